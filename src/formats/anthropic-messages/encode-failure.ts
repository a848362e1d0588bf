import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { ErrorType, Failure } from '../../generation/failure.ts';
import { errorObject as detailsOf } from '../openai-chat/encode-failure.ts';

const TYPES: Readonly<Record<ErrorType, string>> = {
  context_length_exceeded: 'invalid_request_error',
  max_tokens_exceeded: 'invalid_request_error',
  invalid_request: 'invalid_request_error',
  image_download_failed: 'invalid_request_error',
  content_policy_violation: 'invalid_request_error',
  unprocessable: 'invalid_request_error',
  precondition_failed: 'invalid_request_error',
  authentication: 'authentication_error',
  payment_required: 'billing_error',
  permission_denied: 'permission_error',
  not_found: 'not_found_error',
  payload_too_large: 'request_too_large',
  rate_limit_exceeded: 'rate_limit_error',
  server: 'api_error',
  provider_unavailable: 'api_error',
  provider_overloaded: 'overloaded_error',
  timeout: 'timeout_error',
  unmapped: 'api_error',
};

/** Clients of this format look for these words to shorten a conversation and go on. */
const TOO_LONG = 'prompt is too long';

export function messagesError(failure: Failure, requestId?: string): JsonObject {
  const { message: _, metadata, ...details } = detailsOf(failure);
  return {
    type: 'error',
    error: errorObject(failure),
    request_id: requestId || null,
    metadata: { ...details, ...(isJsonObject(metadata) && metadata) },
  };
}

/** With the provider's own words, since this format has no other place that a client shows. */
function errorObject({ detail, policy }: Failure): JsonObject {
  const words = detail.providerMessage ? `${detail.message}: ${detail.providerMessage}` : detail.message;
  const isUnsaid = policy.errorType === 'context_length_exceeded' && !words.toLowerCase().includes(TOO_LONG);
  return {
    type: TYPES[policy.errorType],
    message: isUnsaid ? `${TOO_LONG}: ${words}` : words,
    error_type: policy.errorType,
  };
}
