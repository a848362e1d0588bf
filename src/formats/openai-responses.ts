import { wantsNoThoughts } from '../generation/reasoning.ts';
import type { WireFormat } from './format.ts';
import { decodeChatFailure } from './openai-chat/decode-failure.ts';
import { errorBody } from './openai-chat/encode-failure.ts';
import { decodeResponsesResult, ResponsesDecoder } from './openai-responses/decode-answer.ts';
import { decodeResponsesRequest } from './openai-responses/decode-request.ts';
import { responsesDescription } from './openai-responses/describe-route.ts';
import { ResponsesEncoder } from './openai-responses/encode-answer.ts';
import { encodeResponsesPreset } from './openai-responses/encode-preset.ts';
import { encodeResponsesRequest } from './openai-responses/encode-request.ts';

/** OpenAI's Responses API, without its store: every request carries its whole history (reference/openrouter.md f.9). */
const openaiResponses: WireFormat = {
  id: 'openai-responses',
  server: {
    routes: [{ path: '/api/v1/responses', descriptions: [responsesDescription] }],
    decodeRequest: decodeResponsesRequest,
    encodePreset: encodeResponsesPreset,
    openEncoder: (identity, request) => new ResponsesEncoder(identity, request),
    hidesThoughts: wantsNoThoughts,
    encodeFailure: (failure) => ({ ...errorBody(failure), error_type: failure.policy.errorType }),
  },
  client: {
    path: () => '/responses',
    encodeRequest: encodeResponsesRequest,
    openDecoder: (options) => new ResponsesDecoder(options),
    decodeResult: decodeResponsesResult,
    decodeFailure: decodeChatFailure,
  },
};

export default openaiResponses;
