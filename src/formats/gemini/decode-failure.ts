import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { redact } from '../../base/redact.ts';
import { Failure } from '../../generation/failure.ts';
import { decodeChatFailure, failureOfErrorObject, readRetryAfter } from '../openai-chat/decode-failure.ts';
import { listOf, textOf } from './proto-json.ts';

/** What Google says in words only, under a status that means many things. */
const TELLING: readonly (readonly [RegExp, Failure['kind']])[] = [
  [/input token count .{0,40}exceeds|exceeds the maximum number of (?:input )?tokens/i, 'provider-context-too-long'],
  [/api key (?:not valid|expired|not found)|API_KEY_INVALID|API_KEY_SERVICE_BLOCKED/i, 'provider-unauthorised'],
  [/enable billing|billing (?:account|to be enabled)|BILLING_DISABLED/i, 'provider-unpaid'],
  [/location is not supported/i, 'provider-forbidden'],
];

/** `error` of a body or of a frame: code, message, status, and details by type. */
export function failureOfGoogleError(error: Json, httpStatus?: number, retryAfterSeconds?: number): Failure {
  const failure = failureOfErrorObject(error, httpStatus, retryAfterSeconds ?? retryDelayOf(error));
  if (!isJsonObject(error)) return failure;
  const status = textOf(error.status);
  const words = `${textOf(error.message)} ${reasonsOf(error).join(' ')}`;
  const told = TELLING.find(([pattern]) => pattern.test(words))?.[1];
  const isRequest = failure.kind === 'provider-rejected' || failure.kind === 'provider-forbidden';
  const detail = { ...failure.detail, ...(status !== '' && { providerCode: redact(status, 100) }) };
  return new Failure(told !== undefined && isRequest ? told : failure.kind, detail);
}

/** A non-2xx answer: Google's error object, by itself or in a list of one, or whatever a proxy sends. */
export function decodeGeminiFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure {
  if (answer.status < 400) return decodeChatFailure(answer);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(answer.body.subarray(0, 65_536)));
  } catch {
    return decodeChatFailure(answer);
  }
  const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isJsonObject(body) || !isJsonObject(body.error)) return decodeChatFailure(answer);
  return failureOfGoogleError(body.error, answer.status, readRetryAfter(answer.headers));
}

function reasonsOf(error: JsonObject): readonly string[] {
  return listOf(error.details).map((detail) => textOf(detail.reason));
}

/** `google.rpc.RetryInfo` says it as a duration such as `34.07s`. */
function retryDelayOf(error: Json): number | undefined {
  const details = isJsonObject(error) ? listOf(error.details) : [];
  const delay = details.map((detail) => /^(\d{1,9}(?:\.\d+)?)s$/.exec(textOf(detail.retryDelay))?.[1]).find(Boolean);
  return delay === undefined ? undefined : Number(delay);
}

/** A prompt that was refused before anything was written. */
export function failureOfFeedback(feedback: JsonObject): Failure {
  const reason = textOf(feedback.blockReason);
  const said = textOf(feedback.blockReasonMessage);
  return new Failure('provider-moderated', {
    message: 'The provider refused the prompt',
    providerCode: redact(reason, 100),
    providerMessage: redact(said === '' ? `The prompt was blocked: ${reason}` : said),
  });
}
