import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import type { AnswerDecoder } from '../format.ts';
import { failureOfErrorObject } from '../openai-chat/decode-failure.ts';
import { normaliseFinishReason } from '../openai-chat/finish-reason.ts';
import { cutOff, garbled, isDone, pushFrames, scanSentObject, upstreamIdentity } from '../openai-chat/read-frames.ts';
import { readUsage } from '../openai-chat/read-usage.ts';

const FRAME_BYTES_MAX = 16 * 1024 * 1024;
const LIMITS = { depthMax: 64, notedDepth: 2, twins: 'allow' } as const;

/** Decodes a stream of text completions. Whole only after `[DONE]`, and only when the text had finished before. */
export class CompletionsDecoder implements AnswerDecoder, SseSink {
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  #events: GenerationEvent[] = [];
  #hasStarted = false;
  #hasFinished = false;
  #hasEnded = false;

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    this.#events = [];
    pushFrames(this.#reader, bytes);
    return this.#events;
  }

  end(): readonly GenerationEvent[] {
    if (this.#hasEnded) return [];
    throw cutOff('The provider ended the stream before its end marker');
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array, event: string | undefined): void {
    if (this.#hasEnded) return;
    if (isDone(data)) {
      if (!this.#hasFinished) throw cutOff('The provider ended the stream without a finish reason');
      this.#hasEnded = true;
      this.#events.push({ type: 'generation-end' });
      return;
    }
    const document = scanSentObject(data, LIMITS);
    const frame = document.value(0) as JsonObject;
    refuseError(frame, event);
    if (!this.#hasStarted) this.#events.push({ type: 'generation-start', ...upstreamIdentity(document) });
    this.#hasStarted = true;
    this.#hasFinished = readChoice(frame, this.#events) || this.#hasFinished;
    addUsage(frame.usage, this.#events);
  }
}

/** Decodes a plain text completion. */
export function decodeCompletionsResult(body: Uint8Array): readonly GenerationEvent[] {
  const document = scanSentObject(body, LIMITS);
  const answer = document.value(0) as JsonObject;
  refuseError(answer, undefined);
  if (!Array.isArray(answer.choices)) throw garbled('The provider sent no choices');
  const events: GenerationEvent[] = [{ type: 'generation-start', ...upstreamIdentity(document) }];
  addUsage(answer.usage, events);
  if (!readChoice(answer, events)) throw cutOff('The answer has not finished');
  events.push({ type: 'generation-end' });
  return events;
}

function refuseError(frame: JsonObject, event: string | undefined): void {
  const isError = event === 'error' || frame.object === 'error' || (frame.error !== undefined && frame.error !== null);
  if (isError) throw failureOfErrorObject(frame.error ?? frame, undefined);
}

/** One text is asked for. True when it has finished. */
function readChoice({ choices }: JsonObject, events: GenerationEvent[]): boolean {
  const choice: Json | undefined = Array.isArray(choices) ? (choices as readonly Json[])[0] : undefined;
  if (!isJsonObject(choice)) return false;
  if (typeof choice.text === 'string' && choice.text !== '')
    events.push({ type: 'text-delta', part: 0, text: choice.text });
  const native = choice.finish_reason;
  if (typeof native !== 'string' || native === '') return false;
  const finishReason = normaliseFinishReason(native);
  if (finishReason === 'error')
    throw new Failure('provider-error', { message: 'The provider ended the answer with an error' });
  events.push({ type: 'finish', finishReason, nativeFinishReason: native });
  return true;
}

function addUsage(value: Json | undefined, events: GenerationEvent[]): void {
  const usage = readUsage(value);
  if (usage) events.push({ type: 'usage', usage, reported: value as JsonObject });
}
