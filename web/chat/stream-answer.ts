import { readJson, sendApi } from '../api/fetch-api.ts';
import { readStream } from '../api/read-stream.ts';
import { type Answer, type AnswerError, applyFrame, isRunning, readError } from './answer.ts';
import { pastedKey } from './pasted-key.ts';

export interface AskedAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  /** Continued when it has text already. */
  readonly answer: Answer;
  readonly signal: AbortSignal;
  /** With each piece; the last call is with the answer that is returned. */
  onChange(answer: Answer): void;
}

/** How this page is called in statistics, by the headers that any app may send. */
const APP_TITLE = 'Trunkline Chat';

/** Calls the public API as any customer would, and follows the stream to its end. Never throws: what failed stands in the answer. */
export async function streamAnswer(asked: AskedAnswer): Promise<Answer> {
  let answer = asked.answer;
  let isWhole = false;
  const end = (change: Partial<Answer>): Answer => {
    answer = { ...answer, totalMs: Date.now() - answer.startedAtMs, ...change };
    asked.onChange(answer);
    return answer;
  };
  try {
    const response = await send(asked);
    if (!response.ok || !response.body) return end({ state: 'broken', error: await errorOf(response) });
    const generation = response.headers.get('x-generation-id');
    if (generation !== null) answer = { ...answer, generation };
    isWhole = await readStream(response, {
      onFrame: (frame) => {
        answer = applyFrame(answer, frame, Date.now());
      },
      onPiece: () => asked.onChange(answer),
    });
  } catch (error) {
    if (asked.signal.aborted) return end({ state: 'stopped' });
    return end({ state: 'broken', error: answer.error ?? cutOff(error) });
  }
  if (answer.error) return end({ state: 'broken' });
  return end(isWhole ? { state: 'done' } : { state: 'broken', error: cutOff(undefined) });
}

async function send({ body, signal }: AskedAnswer): Promise<Response> {
  const key = pastedKey();
  return await sendApi('/api/v1/chat/completions', {
    method: 'POST',
    body: { ...body, stream: true },
    signal,
    headers: {
      accept: 'text/event-stream',
      'x-title': APP_TITLE,
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
  });
}

async function errorOf(response: Response): Promise<AnswerError> {
  const body = readJson(await response.text());
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  const fields = typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>) : {};
  const read = readError(fields, response.headers.get('x-request-id') ?? undefined);
  const message = fields.message === undefined ? `The server answered with status ${response.status}` : read.message;
  return { ...read, message, status: read.status || response.status };
}

function cutOff(error: unknown): AnswerError {
  const isSilent = error instanceof Error && error.name === 'ApiError';
  return {
    status: 0,
    code: isSilent ? 'unreachable' : 'cut_off',
    message: isSilent ? error.message : 'The stream broke off before its end: this is only a part of the answer',
  };
}

/** What is left of an answer that ran when the page was closed. */
export function asLeft(answer: Answer): Answer {
  return isRunning(answer) ? { ...answer, state: 'broken', error: cutOff(undefined) } : answer;
}
