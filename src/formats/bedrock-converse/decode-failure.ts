import { z } from 'zod';
import { redact } from '../../base/redact.ts';
import { Failure, type FailureKind } from '../../generation/failure.ts';
import { decodeChatFailure, readRetryAfter } from '../openai-chat/decode-failure.ts';

/** Names of AWS's exceptions, in a header of a body or of a frame. Matched without regard to the case of their first letter. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  throttlingexception: 'provider-rate-limited',
  servicequotaexceededexception: 'provider-rate-limited',
  toomanyrequestsexception: 'provider-rate-limited',
  serviceunavailableexception: 'provider-overloaded',
  modelnotreadyexception: 'provider-overloaded',
  modeltimeoutexception: 'provider-error',
  modelerrorexception: 'provider-error',
  modelstreamerrorexception: 'provider-error',
  internalserverexception: 'provider-error',
  internalfailure: 'provider-error',
  validationexception: 'provider-rejected',
  resourcenotfoundexception: 'provider-model-missing',
  accessdeniedexception: 'provider-forbidden',
  unrecognizedclientexception: 'provider-unauthorised',
  expiredtokenexception: 'provider-unauthorised',
  missingauthenticationtokenexception: 'provider-unauthorised',
  invalidsignatureexception: 'provider-unauthorised',
};
const TOO_LONG =
  /input is too long|too many (?:input )?tokens|maximum context|prompt is too long|exceeds? the model.{0,20}context/i;
const NO_MODEL = /model identifier is invalid|isn.t supported|end of its life/i;
const NO_KEY = /api key|authentication failed|bearer token/i;

const bodySchema = z.looseObject({
  message: z.string().optional().catch(undefined),
  Message: z.string().optional().catch(undefined),
});

/** An exception by its name, from a header, with the words of its body. */
export function failureOfException(type: string, body: Uint8Array, retryAfterSeconds?: number): Failure {
  const name = type.split(':')[0]!.split('#').at(-1)!.trim();
  const message = messageOf(body);
  return new Failure(kindOf(name, message), {
    message: 'Provider returned error',
    providerCode: redact(name, 100),
    providerMessage: redact(message),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function kindOf(name: string, message: string): FailureKind {
  const kind = KINDS[name.toLowerCase()] ?? 'provider-error';
  if (kind === 'provider-rejected' && TOO_LONG.test(message)) return 'provider-context-too-long';
  if (kind === 'provider-rejected' && NO_MODEL.test(message)) return 'provider-model-missing';
  if (kind === 'provider-forbidden' && NO_KEY.test(message)) return 'provider-unauthorised';
  return kind;
}

export function decodeConverseFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure {
  const type = answer.headers.get('x-amzn-errortype');
  if (answer.status < 400 || type === null) return decodeChatFailure(answer);
  return failureOfException(type, answer.body.subarray(0, 65_536), readRetryAfter(answer.headers));
}

function messageOf(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  try {
    const parsed = bodySchema.safeParse(JSON.parse(text)).data;
    return parsed?.message ?? parsed?.Message ?? '';
  } catch {
    return text.slice(0, 2_000);
  }
}
