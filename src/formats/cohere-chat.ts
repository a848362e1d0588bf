import { Failure } from '../generation/failure.ts';
import { CohereDecoder, decodeCohereResult } from './cohere-chat/decode-answer.ts';
import { encodeCohereRequest } from './cohere-chat/encode-request.ts';
import type { WireFormat } from './format.ts';
import { decodeChatFailure } from './openai-chat/decode-failure.ts';

/**
 * Cohere's own `/v2/chat`, which has words for thoughts, plans, documents and citations that its OpenAI-compatible route lacks.
 * Only the client's side exists: callers of it are not served.
 */
const cohereChat: WireFormat = {
  id: 'cohere-chat',
  tasks: { rerank: 'cohere-rerank' },
  server: {
    routes: [],
    decodeRequest: () => refuse(),
    openEncoder: () => refuse(),
    encodeFailure: (failure) => ({ message: failure.detail.message }),
  },
  client: {
    path: () => '/chat',
    encodeRequest: encodeCohereRequest,
    openDecoder: () => new CohereDecoder(),
    decodeResult: decodeCohereResult,
    decodeFailure: decodeChatFailure,
  },
};

export default cohereChat;

function refuse(): never {
  throw new Failure('wrong-endpoint', { message: 'Requests in the format of Cohere’s chat are not served' });
}
