import { z } from 'zod';
import type { Json } from '../base/json.ts';
import { wantsNoThoughts } from '../generation/reasoning.ts';
import type { GenerationRequest, RequestContent } from '../generation/request.ts';
import type { WireFormat } from './format.ts';
import { decodeChatFailure } from './openai-chat/decode-failure.ts';
import { FieldReader, invalidRequest, scanBody, sharedFeatures, topLevelFields } from './openai-chat/decode-request.ts';
import { errorBody } from './openai-chat/encode-failure.ts';
import { promptTokens } from './openai-chat/measure-prompt.ts';
import { EXCHANGE_FIELDS, fieldSchemas } from './openai-chat/request-fields.ts';
import { CompletionsDecoder, decodeCompletionsResult } from './openai-completions/decode-answer.ts';
import { CompletionsEncoder } from './openai-completions/encode-answer.ts';
import { canWriteOn, encodeCompletionRequest } from './openai-completions/encode-request.ts';

const SPOKEN_ELSEWHERE: ReadonlySet<string> = new Set(['prompt', 'model', 'stream', 'stream_options', 'echo']);
/** Fields of a text completion that a chat completion has no word for. */
const OF_TEXTS: ReadonlySet<string> = new Set(['best_of', 'suffix', 'logprobs']);

const PROMPT = z.union([z.string(), z.array(z.string())]);
/** What of a chat is said in messages has no field here. */
const OF_CHATS = new Set(['tool_choice', 'parallel_tool_calls', 'modalities', 'logprobs', 'top_logprobs']);
const completionFields = Object.fromEntries(Object.entries(fieldSchemas).filter(([name]) => !OF_CHATS.has(name)));

/**
 * OpenAI's legacy text completions, served by any chat model: the prompt becomes one user message. Providers are called with it
 * for one thing: to go on from an answer that broke off, with the prompt in the model's own template.
 */
const openaiCompletions: WireFormat = {
  id: 'openai-completions',
  server: {
    routes: [
      {
        path: '/api/v1/completions',
        descriptions: [
          {
            ...{
              summary: 'Goes on from a text',
              fields: { prompt: PROMPT, ...completionFields },
              required: ['prompt'],
            },
            example: { model: 'trunkline/mini', prompt: 'What are you?' },
          },
        ],
      },
    ],
    decodeRequest: decodeCompletionsRequest,
    encodePreset: ({ fields }) => ({ fill: fields }),
    openEncoder: (identity) => new CompletionsEncoder(identity),
    hidesThoughts: wantsNoThoughts,
    encodeFailure: errorBody,
  },
  client: {
    path: () => '/completions',
    encodeRequest: encodeCompletionRequest,
    canWriteOn,
    openDecoder: () => new CompletionsDecoder(),
    decodeResult: decodeCompletionsResult,
    decodeFailure: decodeChatFailure,
  },
};

export default openaiCompletions;

function decodeCompletionsRequest(body: Uint8Array): GenerationRequest {
  const document = scanBody(body);
  const nodes = topLevelFields(document);
  const reader = new FieldReader(document, nodes, { logprobs: undefined });
  const prompt = readPrompt(reader.raw('prompt'));
  if (reader.raw('echo') === true) throw invalidRequest('echo', 'Not supported: the prompt is not echoed');
  const tokensEstimate = Math.ceil(new TextEncoder().encode(prompt).length / 4);
  return {
    features: {
      ...sharedFeatures(reader),
      inputModalities: ['text'],
      hasTools: false,
      ...promptTokens(tokensEstimate),
    },
    origin: { format: 'openai-completions', body, document, fields: nodes },
    content: () => readContent(reader, prompt),
    field: (name) => reader.raw(name),
  };
}

/** One prompt per request: several would be several answers, each with its own route and price. */
function readPrompt(value: Json | undefined): string {
  const prompt = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof prompt === 'string' && prompt !== '') return prompt;
  throw invalidRequest('prompt', 'Expected a non-empty string, or an array of one');
}

function readContent(reader: FieldReader, prompt: string): RequestContent {
  const fields: Record<string, Json> = {};
  const own: Record<string, Json> = {};
  for (const name of reader.names()) {
    const value = reader.raw(name);
    if (value === undefined || value === null) continue;
    if (OF_TEXTS.has(name)) own[name] = value;
    else if (!SPOKEN_ELSEWHERE.has(name) && !EXCHANGE_FIELDS.has(name)) fields[name] = value;
  }
  const extra = Object.keys(own).length > 0 ? { extra: { format: 'openai-completions', fields: own } } : {};
  return { ...extra, messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }], tools: [], fields };
}
