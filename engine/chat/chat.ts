/** Answers chat requests with one model: the part that the process's door and the browser's worker have in common. */
import { QueueFull, TaskTooLong } from '../generation/scheduler.ts';
import { NotAllowed } from '../grammar/grammar-constraint.ts';
import { AmbiguityError } from '../grammar/language.ts';
import type { Engine } from '../open-engine.ts';
import { Rejection } from '../rejection.ts';
import { SamplingError } from '../sampling/sampling-error.ts';
import type { ChatSink } from './chat-event.ts';
import type { ChatRequest } from './chat-request.ts';
import { makeTask, tooLong } from './make-task.ts';
import { readAnswer } from './read-answer.ts';
import { offeredTools, readToolUse } from './tool-use.ts';

/**
 * Tells `sink` the answer as it comes; the last event is `ended` or `failed`, unless `signal` is aborted: then not one
 * more token is computed and nothing is told. Throws a `Rejection` when the request cannot run, and what `signal` was
 * aborted with when that came first.
 */
export async function answerChat(
  engine: Engine,
  chat: ChatRequest,
  sink: ChatSink,
  signal: AbortSignal,
): Promise<void> {
  const use = readToolUse(chat);
  const task = await makeTask(chat, use, engine, signal);
  signal.throwIfAborted();
  const reading = {
    stops: chat.stop ?? [],
    wantsScores: chat.logprobs ?? false,
    vocabulary: engine.tokenizer,
    tools: use && { tools: offeredTools(use), callsMax: use.callsMax },
  };
  try {
    const cancel = engine.loop.submit(
      task,
      readAnswer(reading, (event) => {
        if (event.type === 'ended' || event.type === 'failed') signal.removeEventListener('abort', cancel);
        sink(event.type === 'failed' ? { type: 'failed', error: rejectionOf(event.error) } : event);
      }),
    );
    signal.addEventListener('abort', cancel, { once: true });
  } catch (error) {
    if (error instanceof TaskTooLong) throw tooLong(error.promptTokens, error.contextTokensMax);
    throw error instanceof QueueFull ? overloaded() : error;
  }
}

function overloaded(): Rejection {
  return new Rejection(429, 'engine_overloaded', 'the engine is busy and its queue is full');
}

/** What broke an answer off. Without an error, another request took its place in the queue. */
function rejectionOf(error: unknown): Rejection {
  if (error === undefined) return overloaded();
  if (error instanceof Rejection) return error;
  const isStuck = error instanceof SamplingError && error.code === 'nothing-allowed';
  if (isStuck || error instanceof NotAllowed) {
    return new Rejection(400, 'nothing_allowed', 'no token may follow: the beginning of the answer breaks its format');
  }
  if (error instanceof AmbiguityError)
    return new Rejection(400, 'unsupported_parameter', error.message, 'response_format');
  return new Rejection(500, 'engine_failed', 'the engine failed');
}
