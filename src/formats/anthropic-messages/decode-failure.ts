import { z } from 'zod';
import { redact } from '../../base/redact.ts';
import { Failure, type FailureKind } from '../../generation/failure.ts';
import { decodeChatFailure, failureOfErrorObject } from '../openai-chat/decode-failure.ts';

/** What only the words tell: Anthropic says all of these with `invalid_request_error`. */
const WORDS: readonly (readonly [RegExp, FailureKind])[] = [
  [/prompt is too long|exceeds? (?:the )?context (?:limit|window)|exceed context limit/i, 'provider-context-too-long'],
  [/credit balance is too low|purchase credits/i, 'provider-unpaid'],
  [/content filtering policy/i, 'provider-moderated'],
];

const errorSchema = z.looseObject({ message: z.string() });

/** An error inside the stream or the body of a 200. */
export function failureOfMessagesError(value: unknown): Failure {
  return bySense(failureOfErrorObject(value, undefined), value);
}

/** A non-2xx answer. */
export function decodeMessagesFailure(answer: { status: number; headers: Headers; body: Uint8Array }): Failure {
  const failure = decodeChatFailure(answer);
  // A server at fault is at fault whatever it says.
  return answer.status < 500 ? bySense(failure, { message: failure.detail.providerMessage }) : failure;
}

function bySense(failure: Failure, value: unknown): Failure {
  const error = errorSchema.safeParse(value);
  if (!error.success) return failure;
  const words = redact(error.data.message);
  const kind = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  return kind === undefined || kind === failure.kind ? failure : new Failure(kind, failure.detail);
}
