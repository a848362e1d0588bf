import { wantsNoThoughts } from '../generation/reasoning.ts';
import type { WireFormat } from './format.ts';
import { ChatDecoder, decodeChatResult } from './openai-chat/decode-answer.ts';
import { decodeChatFailure } from './openai-chat/decode-failure.ts';
import { decodeChatRequest } from './openai-chat/decode-request.ts';
import { chatDescription } from './openai-chat/describe-route.ts';
import { ChatEncoder } from './openai-chat/encode-answer.ts';
import { errorBody } from './openai-chat/encode-failure.ts';
import { encodeChatPreset } from './openai-chat/encode-preset.ts';
import { encodeChatRequest } from './openai-chat/encode-request.ts';

/** OpenAI's chat completions as OpenRouter extends it (reference/openrouter.md b, e). */
const openaiChat: WireFormat = {
  id: 'openai-chat',
  tasks: { embeddings: 'openai-embeddings', rerank: 'cohere-rerank' },
  server: {
    routes: [{ path: '/api/v1/chat/completions', descriptions: [chatDescription] }],
    headers: ['x-anthropic-beta'],
    decodeRequest: decodeChatRequest,
    encodePreset: encodeChatPreset,
    openEncoder: (identity) => new ChatEncoder(identity),
    // Only the meaning of one answer is read: thoughts are better shown than the other answers lost.
    hidesThoughts: (request) => wantsNoThoughts(request) && (request.field('n') ?? 1) === 1,
    encodeFailure: errorBody,
  },
  client: {
    path: () => '/chat/completions',
    encodeRequest: encodeChatRequest,
    openDecoder: (options) => new ChatDecoder(options),
    decodeResult: decodeChatResult,
    decodeFailure: decodeChatFailure,
  },
};

export default openaiChat;
