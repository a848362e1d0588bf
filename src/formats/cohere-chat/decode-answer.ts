import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { SseReader, type SseSink } from '../../base/sse.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import type { AnswerDecoder } from '../format.ts';
import { failureOfErrorObject } from '../openai-chat/decode-failure.ts';
import { cutOff, garbled, isDone, pushFrames, scanSentObject } from '../openai-chat/read-frames.ts';
import { CohereMeaning, FORMAT, listOf, textOf } from './answer-meaning.ts';

const FRAME_BYTES_MAX = 16 * 1024 * 1024;
const LIMITS = { depthMax: 64, notedDepth: 1, twins: 'allow' } as const;

/** Decodes a stream of Cohere's chat. It is whole after `message-end`, and nothing counts after that. */
export class CohereDecoder implements AnswerDecoder, SseSink {
  readonly #reader = new SseReader(this, FRAME_BYTES_MAX);
  readonly #meaning = new CohereMeaning();
  #events: GenerationEvent[] = [];
  #hasEnded = false;

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    this.#events = [];
    pushFrames(this.#reader, bytes);
    return this.#events;
  }

  end(): readonly GenerationEvent[] {
    if (this.#hasEnded) return [];
    throw cutOff('The provider ended the stream before its end event');
  }

  comment(): void {
    this.#events.push({ type: 'keep-alive' });
  }

  frame(data: Uint8Array, event: string | undefined): void {
    if (this.#hasEnded || isDone(data)) return;
    const frame = scanSentObject(data, LIMITS).value(0) as JsonObject;
    const type = textOf(frame.type) || (event ?? '');
    const delta = isJsonObject(frame.delta) ? frame.delta : {};
    const message = isJsonObject(delta.message) ? delta.message : {};
    if (type === 'message-end') this.#end(delta);
    else this.#step(type, frame, message);
  }

  #step(type: string, frame: JsonObject, message: JsonObject): void {
    const [meaning, events] = [this.#meaning, this.#events];
    const { content, tool_calls: call, citations } = message;
    if (type === 'message-start') meaning.start(events, frame.id);
    else if (type === 'content-start' || type === 'content-delta') {
      if (isJsonObject(content)) meaning.content(content, frame.index, events);
      meaning.logprobs(frame.logprobs, events);
    } else if (type === 'content-end') meaning.partEnd('content', frame.index, events);
    else if (type === 'tool-plan-delta') meaning.plan(message.tool_plan, events);
    else if (type === 'tool-call-start') meaning.callStart(isJsonObject(call) ? call : {}, frame.index, events);
    else if (type === 'tool-call-delta') meaning.callDelta(isJsonObject(call) ? call : {}, frame.index, events);
    else if (type === 'tool-call-end') meaning.partEnd('call', frame.index, events);
    else if (type === 'citation-start') meaning.citation(isJsonObject(citations) ? citations : {}, events);
    // An error inside a 200 is the body of one, without a type.
    else if (type === '' || type === 'error') throw failureOfErrorObject(frame.error ?? frame, undefined);
    else if (type !== 'citation-end') events.push({ type: 'native', format: FORMAT, data: frame });
  }

  #end(delta: JsonObject): void {
    if (textOf(delta.finish_reason) === '') throw cutOff('The provider ended its answer without a reason');
    this.#meaning.usage(delta.usage, this.#events);
    this.#meaning.finish(delta.finish_reason, delta.error, this.#events);
    this.#hasEnded = true;
    this.#events.push({ type: 'generation-end' });
  }
}

/** Decodes a plain answer into the events that would have made it. */
export function decodeCohereResult(body: Uint8Array): readonly GenerationEvent[] {
  const answer = scanSentObject(body, LIMITS).value(0) as JsonObject;
  const { message } = answer;
  if (!isJsonObject(message)) {
    if (answer.error !== undefined || typeof message === 'string') {
      throw failureOfErrorObject(answer.error ?? answer, undefined);
    }
    throw garbled('The provider sent no message');
  }
  if (textOf(answer.finish_reason) === '') throw cutOff('The answer has not ended');
  const events: GenerationEvent[] = [];
  const meaning = new CohereMeaning();
  meaning.start(events, answer.id);
  meaning.plan(message.tool_plan, events);
  for (const [index, content] of listOf(message.content).entries()) {
    meaning.content(content, index, events);
    meaning.partEnd('content', index, events);
  }
  for (const citation of listOf(message.citations)) meaning.citation(citation, events);
  for (const [index, call] of listOf(message.tool_calls).entries()) {
    meaning.callStart(call, index, events);
    meaning.partEnd('call', index, events);
  }
  meaning.logprobs(answer.logprobs, events);
  meaning.usage(answer.usage, events);
  meaning.finish(answer.finish_reason, answer.error, events);
  events.push({ type: 'generation-end' });
  return events;
}
