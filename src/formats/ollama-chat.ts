import { Failure } from '../generation/failure.ts';
import type { WireFormat } from './format.ts';
import { decodeOllamaFailure, OllamaDecoder } from './ollama-chat/decode-answer.ts';
import { encodeOllamaRequest } from './ollama-chat/encode-request.ts';

/**
 * Ollama's own `/api/chat`. Its OpenAI-compatible route has no word for the size of the context, so that a prompt longer
 * than the loaded one is cut in silence; here every request says what it needs.
 *
 * Only the client's side exists: callers cannot speak this format to us yet, and the server's side refuses with
 * `wrong-endpoint`.
 */
const ollamaChat: WireFormat = {
  id: 'ollama-chat',
  client: {
    takesInlineMediaOnly: true,
    path: () => '/api/chat',
    encodeRequest: encodeOllamaRequest,
    openDecoder: () => new OllamaDecoder(),
    decodeResult(body) {
      const decoder = new OllamaDecoder();
      return [...decoder.push(body), ...decoder.end()];
    },
    decodeFailure: decodeOllamaFailure,
  },
  server: {
    routes: [],
    decodeRequest: () => refuse(),
    openEncoder: () => refuse(),
    encodeFailure: (failure) => ({ error: failure.detail.message }),
  },
};

export default ollamaChat;

function refuse(): never {
  throw new Failure('wrong-endpoint', { message: 'Requests in the format of Ollama are not served yet' });
}
