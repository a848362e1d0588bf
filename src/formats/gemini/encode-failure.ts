import type { JsonObject } from '../../base/json.ts';
import type { Failure } from '../../generation/failure.ts';
import { errorObject } from '../openai-chat/encode-failure.ts';

/** Google's names of HTTP statuses (google.rpc.Code). */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'INVALID_ARGUMENT',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  410: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  415: 'INVALID_ARGUMENT',
  422: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Google's error object. What it has no field for stands in `metadata`, as in our other formats. */
export function encodeGeminiFailure(failure: Failure): JsonObject {
  const { policy, detail } = failure;
  const { code, message, metadata, ...rest } = errorObject(failure);
  const delay = detail.retryAfterSeconds;
  const details: JsonObject[] = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: policy.errorType.toUpperCase(),
      domain: 'trunkline',
      metadata: { ...(detail.providerName !== undefined && { provider: detail.providerName }) },
    },
    ...(delay === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(delay)}s` }]),
  ];
  return {
    error: {
      code: code!,
      message: message!,
      status: STATUSES[policy.status] ?? 'UNKNOWN',
      details,
      metadata: metadata!,
      ...rest,
    },
  };
}
