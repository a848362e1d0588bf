import type { Json, JsonObject } from '../../base/json.ts';
import type { Availability, Failure } from '../../generation/failure.ts';

/** OpenRouter's error object (reference/openrouter.md a.5), for bodies and for the last frame of a broken stream. */
export function errorObject(failure: Failure): JsonObject {
  const { detail, policy } = failure;
  return {
    code: policy.status,
    message: messageOf(failure),
    metadata: {
      error_type: policy.errorType,
      ...(detail.providerName !== undefined && { provider_name: detail.providerName }),
      ...(detail.providerCode !== undefined && { provider_code: detail.providerCode }),
      ...(detail.providerMessage !== undefined && { raw: detail.providerMessage }),
      ...(detail.retryAfterSeconds !== undefined && { retry_after: detail.retryAfterSeconds }),
      ...detail.metadata,
    },
    ...(detail.availability !== undefined && { availability: encodeAvailability(detail.availability) }),
  };
}

/** Agents look for these words in the message, at status 400, to shorten a conversation and go on. */
const TOO_LONG = /context length|context window/i;

function messageOf({ detail, policy }: Failure): string {
  const { message, providerMessage } = detail;
  if (policy.errorType !== 'context_length_exceeded' || providerMessage === undefined) return message;
  const words = TOO_LONG.test(providerMessage) ? '' : 'the maximum context length is exceeded: ';
  return `${message}: ${words}${providerMessage}`;
}

function encodeAvailability(availability: Availability): Json {
  return {
    code: availability.code,
    retryable: availability.retryable,
    retry_after: availability.retryAfterSeconds ?? null,
    requested_models: availability.requestedModels,
    affected_providers: availability.affectedProviders,
    excluded_by: availability.excludedBy,
    fallback_models: availability.fallbackModels,
    ...(availability.constraint && { constraint: availability.constraint }),
  };
}

export function errorBody(failure: Failure): JsonObject {
  return { error: errorObject(failure) };
}
