import { BETA_HEADERS, messagesHeaders } from './anthropic-messages/beta-headers.ts';
import { decodeCount, encodeCount, encodeCountRequest } from './anthropic-messages/count-tokens.ts';
import { decodeMessagesResult, MessagesDecoder } from './anthropic-messages/decode-answer.ts';
import { decodeMessagesFailure } from './anthropic-messages/decode-failure.ts';
import { decodeMessagesRequest } from './anthropic-messages/decode-request.ts';
import { countDescription, messagesDescription } from './anthropic-messages/describe-route.ts';
import { MessagesEncoder } from './anthropic-messages/encode-answer.ts';
import { messagesError } from './anthropic-messages/encode-failure.ts';
import { encodeMessagesPreset } from './anthropic-messages/encode-preset.ts';
import { encodeMessagesRequest } from './anthropic-messages/encode-request.ts';
import type { WireFormat } from './format.ts';

/** Anthropic's Messages as OpenRouter extends it (reference/openrouter.md f.10). */
const anthropicMessages: WireFormat = {
  id: 'anthropic-messages',
  server: {
    routes: [{ path: '/api/v1/messages', descriptions: [messagesDescription] }],
    counting: { routes: [{ path: '/api/v1/messages/count_tokens', descriptions: [countDescription] }], encodeCount },
    headers: BETA_HEADERS,
    requestIdHeader: 'request-id',
    // Anthropic's own word for having too much to do, which its clients wait and try again for.
    statuses: { 503: 529 },
    decodeRequest: decodeMessagesRequest,
    encodePreset: encodeMessagesPreset,
    openEncoder: (identity) => new MessagesEncoder(identity),
    encodeFailure: messagesError,
  },
  client: {
    showsNoSpace: true,
    path: () => '/messages',
    encodeRequest: encodeMessagesRequest,
    counting: { path: () => '/messages/count_tokens', encodeCount: encodeCountRequest, decodeCount },
    headers: ({ origin }) => messagesHeaders(origin.headers),
    openDecoder: (options) => new MessagesDecoder(options),
    decodeResult: decodeMessagesResult,
    decodeFailure: decodeMessagesFailure,
  },
};

export default anthropicMessages;
