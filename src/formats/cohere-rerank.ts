import { z } from 'zod';
import { Failure } from '../generation/failure.ts';
import type { WireFormat } from './format.ts';
import { decodeChatFailure } from './openai-chat/decode-failure.ts';
import { errorBody } from './openai-chat/encode-failure.ts';
import {
  decodeTaskRequest,
  decodeTaskResult,
  describeTask,
  encodeTaskRequest,
  TaskEncoder,
  type TaskShape,
} from './openai-embeddings/task-format.ts';

const FORMAT = 'cohere-rerank';
const documentSchema = z.union([
  z.string(),
  z.looseObject({ text: z.string().optional(), image: z.string().optional() }),
]);
const answerSchema = z.looseObject({
  results: z.array(z.looseObject({ index: z.number().int().min(0), relevance_score: z.number() })).min(1),
});

const SHAPE: TaskShape = {
  format: FORMAT,
  task: 'rerank',
  schemas: {
    query: z.string().min(1),
    documents: z.array(documentSchema).min(1).max(10_000),
    top_n: z.number().int().min(1),
  },
  required: ['query', 'documents'],
  example: {
    model: 'cohere/rerank-v3.5',
    query: 'How does a train stop?',
    documents: ['Brakes press on the wheels.', 'Tickets are sold at the counter.'],
  },
};

/** Reranking as Cohere, Jina, Voyage and vLLM speak it: documents in, their order by relevance out. */
const cohereRerank: WireFormat = {
  id: FORMAT,
  server: {
    routes: [
      {
        path: '/api/v1/rerank',
        descriptions: [describeTask(SHAPE, 'Orders documents by how well they answer a query')],
      },
    ],
    decodeRequest: (body) => decodeTaskRequest(body, SHAPE),
    openEncoder: (identity, request) => new TaskEncoder(identity, FORMAT, request),
    encodeFailure: errorBody,
  },
  client: {
    path: () => '/rerank',
    encodeRequest: encodeTaskRequest,
    openDecoder: () => {
      throw new Failure('internal', { message: 'An order is not streamed' });
    },
    decodeResult: (body) => decodeTaskResult(body, answerSchema, 'The provider sent an answer without results'),
    decodeFailure: decodeChatFailure,
  },
};

export default cohereRerank;
