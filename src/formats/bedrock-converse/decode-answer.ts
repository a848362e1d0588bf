import { z } from 'zod';
import { EventStreamBroken, type EventStreamMessage, EventStreamReader } from '../../base/event-stream.ts';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { FinishReason, GenerationEvent } from '../../generation/event.ts';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';
import type { AnswerDecoder } from '../format.ts';
import { cutOff, endedBadly, garbled } from '../openai-chat/read-frames.ts';
import { FORMAT } from './build-messages.ts';
import { failureOfException } from './decode-failure.ts';

/** Reasoning of Anthropic's models, whoever runs them. Others sign nothing. */
const SIGNED_FORMAT = 'anthropic-claude-v1';
const FINISHES: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};
/** Reasons of an answer that came to no good end. */
const BROKEN: ReadonlySet<string> = new Set(['malformed_model_output', 'malformed_tool_use']);
const PARTS_MAX = 10_000;

/**
 * Decodes a stream of Converse. It is whole after `messageStop` and the `metadata` that follows it, or when the transfer comes to
 * its own end after `messageStop`.
 */
export class ConverseDecoder implements AnswerDecoder {
  readonly #reader = new EventStreamReader((message) => this.#message(message));
  readonly #meaning = new ConverseMeaning();
  #events: GenerationEvent[] = [];
  #hasStopped = false;
  #hasEnded = false;

  push(bytes: Uint8Array): readonly GenerationEvent[] {
    this.#events = [];
    try {
      this.#reader.push(bytes);
    } catch (error) {
      if (error instanceof EventStreamBroken || error instanceof RangeError) throw garbled(error.message);
      throw error;
    }
    return this.#events;
  }

  end(): readonly GenerationEvent[] {
    if (this.#hasEnded) return [];
    if (this.#hasStopped && !this.#reader.isInsideMessage) return [{ type: 'generation-end' }];
    throw cutOff('The provider ended the stream before its end event');
  }

  #message({ headers, payload }: EventStreamMessage): void {
    if (this.#hasEnded) return;
    const kind = headers.get(':message-type') ?? '';
    if (kind === 'exception') throw failureOfException(headers.get(':exception-type') ?? '', payload);
    if (kind === 'error') throw failureOfException(headers.get(':error-code') ?? '', payload);
    const type = headers.get(':event-type') ?? '';
    const data = objectOf(payload);
    if (type === 'messageStart') this.#events.push({ type: 'generation-start' });
    else if (type === 'messageStop') {
      this.#hasStopped = true;
      this.#meaning.finish(textOf(data.stopReason), this.#events);
    } else if (type === 'metadata') {
      addUsage(data.usage, this.#events);
      if (!this.#hasStopped) return;
      this.#hasEnded = true;
      this.#events.push({ type: 'generation-end' });
    } else this.#meaning.event(type, data, this.#events);
  }
}

/** Decodes a plain answer into the events that would have made it. */
export function decodeConverseResult(body: Uint8Array): readonly GenerationEvent[] {
  const answer = objectOf(body);
  const message = isJsonObject(answer.output) ? answer.output.message : undefined;
  if (!isJsonObject(message) || !Array.isArray(message.content)) throw garbled('The provider sent no message');
  const events: GenerationEvent[] = [{ type: 'generation-start' }];
  const meaning = new ConverseMeaning();
  for (const [index, block] of message.content.entries()) if (isJsonObject(block)) meaning.block(block, index, events);
  addUsage(answer.usage, events);
  if (textOf(answer.stopReason) === '') throw cutOff('The answer has not ended');
  meaning.finish(textOf(answer.stopReason), events);
  events.push({ type: 'generation-end' });
  return events;
}

class ConverseMeaning {
  /** Calls that have no input yet. */
  readonly #bare = new Set<number>();

  event(type: string, data: JsonObject, events: GenerationEvent[]): void {
    const part = numberOf(data.contentBlockIndex);
    if (type === 'contentBlockStart') {
      const start = isJsonObject(data.start) ? data.start : {};
      if (isJsonObject(start.toolUse)) this.#call(start.toolUse, part, events);
    } else if (type === 'contentBlockDelta') {
      if (isJsonObject(data.delta)) this.#delta(data.delta, part, events);
    } else if (type === 'contentBlockStop') {
      // Arguments are JSON, even of a call without any.
      if (this.#bare.delete(part)) events.push({ type: 'tool-call-delta', part, argumentsJson: '{}' });
      events.push({ type: 'part-end', part });
    } else events.push({ type: 'native', format: FORMAT, data: { type, ...data } });
  }

  block(block: JsonObject, part: number, events: GenerationEvent[]): void {
    if (isJsonObject(block.toolUse)) {
      this.#call(block.toolUse, part, events);
      this.#bare.delete(part);
      const input = isJsonObject(block.toolUse.input) ? block.toolUse.input : {};
      events.push({ type: 'tool-call-delta', part, argumentsJson: JSON.stringify(input) });
    } else if (isJsonObject(block.reasoningContent)) {
      const { reasoningText, redactedContent } = block.reasoningContent;
      const said = isJsonObject(reasoningText) ? reasoningText : {};
      this.#reasoning({ ...said, ...(redactedContent !== undefined && { redactedContent }) }, part, events);
    } else if (isJsonObject(block.citationsContent)) {
      this.#cited(block.citationsContent, part, events);
    } else if (typeof block.text === 'string') events.push({ type: 'text-delta', part, text: block.text });
    else events.push({ type: 'native', format: FORMAT, data: block });
    events.push({ type: 'part-end', part });
  }

  finish(native: string, events: GenerationEvent[]): void {
    if (native === '') throw cutOff('The provider ended its answer without a reason');
    if (BROKEN.has(native)) throw endedBadly(native);
    const finishReason = Object.hasOwn(FINISHES, native) ? FINISHES[native]! : 'stop';
    events.push({ type: 'finish', finishReason, nativeFinishReason: native });
  }

  #delta(delta: JsonObject, part: number, events: GenerationEvent[]): void {
    if (typeof delta.text === 'string') events.push({ type: 'text-delta', part, text: delta.text });
    else if (isJsonObject(delta.toolUse)) {
      const argumentsJson = textOf(delta.toolUse.input);
      if (argumentsJson === '') return;
      this.#bare.delete(part);
      events.push({ type: 'tool-call-delta', part, argumentsJson });
    } else if (isJsonObject(delta.reasoningContent)) this.#reasoning(delta.reasoningContent, part, events);
    else if (isJsonObject(delta.citation)) this.#citation(delta.citation, part, events);
    else events.push({ type: 'native', format: FORMAT, data: { type: 'contentBlockDelta', delta } });
  }

  #cited({ content, citations }: JsonObject, part: number, events: GenerationEvent[]): void {
    for (const piece of listOf(content)) events.push({ type: 'text-delta', part, text: textOf(piece.text) });
    for (const citation of listOf(citations)) this.#citation(citation, part, events);
  }

  /** Sources in the web have a form in every format; a place in a document that was sent has none. */
  #citation(citation: JsonObject, part: number, events: GenerationEvent[]): void {
    const { location, title } = citation;
    const url = isJsonObject(location) && isJsonObject(location.web) ? textOf(location.web.url) : '';
    if (url === '') events.push({ type: 'native', format: FORMAT, data: { type: 'citation', ...citation } });
    else {
      const said = listOf(citation.sourceContent).map(({ text }) => textOf(text));
      const url_citation = {
        ...{ url, title: textOf(title) || url },
        ...(said.length > 0 && { content: said.join('') }),
      };
      events.push({ type: 'annotation', part, annotation: { type: 'url_citation', url_citation } });
    }
  }

  #call(call: JsonObject, part: number, events: GenerationEvent[]): void {
    this.#bare.add(part);
    events.push({ type: 'tool-call-start', part, id: textOf(call.toolUseId), name: textOf(call.name) });
  }

  #reasoning(piece: JsonObject, part: number, events: GenerationEvent[]): void {
    if (typeof piece.redactedContent === 'string') {
      const text = piece.redactedContent;
      events.push({ type: 'reasoning-delta', part, kind: 'encrypted', text, format: SIGNED_FORMAT });
      return;
    }
    const signature = textOf(piece.signature);
    const seal = signature === '' ? {} : { signature, format: SIGNED_FORMAT };
    events.push({ type: 'reasoning-delta', part, kind: 'text', text: textOf(piece.text), ...seal });
  }
}

const count = z.number().int().min(0).max(1_000_000_000);
const usageSchema = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count.nullish().catch(undefined),
  cacheWriteInputTokens: count.nullish().catch(undefined),
});

/** Tokens of the cache are counted beside the input here, and inside the prompt by us. */
function addUsage(value: Json | undefined, events: GenerationEvent[]): void {
  const parsed = usageSchema.safeParse(value).data;
  if (!parsed) return;
  const cachedTokens = parsed.cacheReadInputTokens ?? 0;
  const cacheWriteTokens = parsed.cacheWriteInputTokens ?? 0;
  const usage: Usage = {
    ...NO_USAGE,
    promptTokens: parsed.inputTokens + cachedTokens + cacheWriteTokens,
    completionTokens: parsed.outputTokens,
    cachedTokens,
    cacheWriteTokens,
    provenance: 'reported',
  };
  events.push({ type: 'usage', usage, reported: value as JsonObject });
}

function objectOf(bytes: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw garbled('The provider sent unreadable JSON', cause);
  }
  if (!isJsonObject(value)) throw garbled('The provider sent JSON that is no object');
  return value;
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((item) => isJsonObject(item)) : [];
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < PARTS_MAX ? value : 0;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
