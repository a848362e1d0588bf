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

const FORMAT = 'openai-embeddings';
const text = z.string().min(1);
const INPUTS = z.union([
  text,
  z.array(text).min(1),
  z.array(z.number().int().min(0)).min(1),
  z.array(z.array(z.number().int().min(0)).min(1)).min(1),
  z.array(z.looseObject({ content: z.array(z.looseObject({ type: z.string() })).min(1) })).min(1),
]);
/** A vector, as numbers or as their bytes. */
const answerSchema = z.looseObject({
  data: z.array(z.looseObject({ embedding: z.union([z.array(z.number()).min(1), z.string().min(1)]) })).min(1),
});

const SHAPE: TaskShape = {
  format: FORMAT,
  task: 'embeddings',
  schemas: {
    input: INPUTS,
    dimensions: z.number().int().min(1).max(100_000),
    encoding_format: z.enum(['float', 'base64']),
    input_type: z.string().max(100),
  },
  required: ['input'],
  example: { model: 'openai/text-embedding-3-small', input: 'A semaphore at danger' },
};

/** OpenAI's embeddings: texts in, vectors out, whole and never streamed. */
const openaiEmbeddings: WireFormat = {
  id: FORMAT,
  server: {
    routes: [{ path: '/api/v1/embeddings', descriptions: [describeTask(SHAPE, 'Embeds texts')] }],
    decodeRequest: (body) => decodeTaskRequest(body, SHAPE),
    openEncoder: (identity) => new TaskEncoder(identity, FORMAT),
    encodeFailure: errorBody,
  },
  client: {
    path: () => '/embeddings',
    encodeRequest: encodeTaskRequest,
    openDecoder: () => {
      throw new Failure('internal', { message: 'Vectors are not streamed' });
    },
    decodeResult: (body) => decodeTaskResult(body, answerSchema, 'The provider sent an answer without vectors'),
    decodeFailure: decodeChatFailure,
  },
};

export default openaiEmbeddings;
