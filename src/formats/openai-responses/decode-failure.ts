import { isJsonObject, type Json } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';
import { failureOfErrorObject } from '../openai-chat/decode-failure.ts';

/** Codes of `response.error` that have no other sign of what they mean. */
const KINDS: Readonly<Record<string, Failure['kind']>> = {
  rate_limit_exceeded: 'provider-rate-limited',
  invalid_prompt: 'provider-rejected',
  server_error: 'provider-error',
};

/** An `error` event, or the `error` of a response that failed. */
export function failureOfResponse(error: Json | undefined): Failure {
  const failure = failureOfErrorObject(error ?? {}, undefined);
  const code = isJsonObject(error) && typeof error.code === 'string' ? error.code : '';
  const kind = KINDS[code];
  if (kind === undefined || failure.kind !== 'provider-error') return failure;
  return new Failure(kind, failure.detail);
}
