import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { FinishReason, GenerationEvent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import { failureOfResponse } from './decode-failure.ts';
import { FORMAT, REASONING_FORMAT } from './read-content.ts';
import { readResponsesUsage } from './usage.ts';

/** Parts of one output item lie together; an item has fewer than so many. */
const PARTS_PER_ITEM = 1_000;
/** Inside an item: contents from 0, summaries from here, the encrypted whole last. */
const FIRST_SUMMARY = 500;
const ENCRYPTED = 999;

/** Reads the events of a response, and a whole one as the events that would have made it. */
export class ResponseMeaning {
  /** Items whose text or arguments have come in pieces: their whole, which comes again at their end, is old news. */
  readonly #told = new Set<string>();
  #calls = 0;

  event(type: string, data: JsonObject, events: GenerationEvent[]): void {
    const item = numberOf(data.output_index) * PARTS_PER_ITEM;
    switch (type) {
      case 'response.output_text.delta':
        this.#text(data, item + numberOf(data.content_index), events);
        return;
      case 'response.refusal.delta':
        this.#tell('text', item + numberOf(data.content_index));
        events.push({ type: 'refusal-delta', part: item + numberOf(data.content_index), text: textOf(data.delta) });
        return;
      case 'response.reasoning_text.delta':
        this.#thought('text', data, item + numberOf(data.content_index), events);
        return;
      case 'response.reasoning_summary_text.delta':
        this.#thought('summary', data, item + FIRST_SUMMARY + numberOf(data.summary_index), events);
        return;
      case 'response.output_text.annotation.added':
        this.#annotation(data.annotation, item + numberOf(data.content_index), events);
        return;
      case 'response.function_call_arguments.delta':
        this.#tell('call', item);
        events.push({ type: 'tool-call-delta', part: item, argumentsJson: textOf(data.delta) });
        return;
      case 'response.output_item.added':
        if (isJsonObject(data.item) && data.item.type === 'function_call') this.#callStart(data.item, item, events);
        return;
      case 'response.output_item.done':
        if (isJsonObject(data.item)) this.#done(data.item, item, events);
        return;
      default:
        // Items of other kinds, and the echoes of what was told: nothing new in them.
        return;
    }
  }

  /** The events of a whole response's output, but for items that were told before. */
  output(output: Json | undefined, events: GenerationEvent[]): void {
    for (const [index, item] of (Array.isArray(output) ? output : []).entries()) {
      if (!isJsonObject(item)) continue;
      if (item.type === 'function_call') this.#callStart(item, index * PARTS_PER_ITEM, events);
      this.#done(item, index * PARTS_PER_ITEM, events);
    }
  }

  /** Usage, finish and end of a response that came to its own end. */
  end(response: JsonObject, events: GenerationEvent[]): void {
    const usage = readResponsesUsage(response.usage);
    if (usage) events.push({ type: 'usage', usage, reported: response.usage as JsonObject });
    events.push({ type: 'finish', ...this.#finish(response) });
  }

  #finish(response: JsonObject): { finishReason: FinishReason; nativeFinishReason: string } {
    const status = textOf(response.status);
    if (status === 'failed' || status === 'cancelled') throw failureOfResponse(response.error);
    if (status === 'incomplete') {
      const details = isJsonObject(response.incomplete_details) ? response.incomplete_details : {};
      const reason = textOf(details.reason) || 'incomplete';
      return { finishReason: reason === 'content_filter' ? 'content_filter' : 'length', nativeFinishReason: reason };
    }
    if (status !== 'completed') {
      throw new Failure('provider-cut-off', { message: 'The provider sent a response that has not ended' });
    }
    return { finishReason: this.#calls > 0 ? 'tool_calls' : 'stop', nativeFinishReason: 'completed' };
  }

  #text(data: JsonObject, part: number, events: GenerationEvent[]): void {
    this.#tell('text', part);
    events.push({ type: 'text-delta', part, text: textOf(data.delta) });
    const logprobs = listOf(data.logprobs);
    if (logprobs.length > 0) events.push({ type: 'logprobs', content: logprobs });
  }

  #thought(kind: 'text' | 'summary', data: JsonObject, part: number, events: GenerationEvent[]): void {
    this.#tell('thought', part);
    const id = typeof data.item_id === 'string' ? { id: data.item_id } : {};
    events.push({ type: 'reasoning-delta', part, kind, text: textOf(data.delta), ...id, format: REASONING_FORMAT });
  }

  #annotation(annotation: Json | undefined, part: number, events: GenerationEvent[]): void {
    this.#tell('annotation', part);
    if (isJsonObject(annotation)) events.push({ type: 'annotation', part, annotation: nestAnnotation(annotation) });
  }

  #callStart(item: JsonObject, part: number, events: GenerationEvent[]): void {
    if (this.#was('start', part)) return;
    this.#tell('start', part);
    this.#calls++;
    events.push({ type: 'tool-call-start', part, id: textOf(item.call_id), name: textOf(item.name) });
  }

  /** What of an item was not told in pieces. */
  #done(item: JsonObject, first: number, events: GenerationEvent[]): void {
    if (this.#was('item', first)) return;
    this.#tell('item', first);
    if (item.type === 'function_call') {
      const argumentsJson = textOf(item.arguments);
      if (!this.#was('call', first) && argumentsJson !== '') {
        events.push({ type: 'tool-call-delta', part: first, argumentsJson });
      }
      events.push({ type: 'part-end', part: first });
    } else if (item.type === 'message') this.#message(item, first, events);
    else if (item.type === 'reasoning') this.#reasoning(item, first, events);
    else if (item.type === 'image_generation_call' && typeof item.result === 'string') {
      const mediaType = `image/${typeof item.output_format === 'string' ? item.output_format : 'png'}`;
      events.push({ type: 'media-delta', part: first, modality: 'image', mediaType, base64: item.result });
    } else events.push({ type: 'native', format: FORMAT, data: item });
  }

  #message(item: JsonObject, first: number, events: GenerationEvent[]): void {
    for (const [index, content] of listOf(item.content).entries()) {
      const part = first + index;
      if (!this.#was('text', part)) {
        const refusal = textOf(content.refusal);
        if (refusal !== '') events.push({ type: 'refusal-delta', part, text: refusal });
        else this.#text({ delta: textOf(content.text), logprobs: content.logprobs ?? null }, part, events);
      }
      if (!this.#was('annotation', part)) {
        for (const annotation of listOf(content.annotations)) this.#annotation(annotation, part, events);
      }
      events.push({ type: 'part-end', part });
    }
  }

  #reasoning(item: JsonObject, first: number, events: GenerationEvent[]): void {
    const tell = (kind: 'text' | 'summary', list: Json | undefined, from: number): void => {
      for (const [index, entry] of listOf(list).entries()) {
        const part = from + index;
        if (!this.#was('thought', part))
          this.#thought(kind, { delta: textOf(entry.text), item_id: item.id ?? null }, part, events);
      }
    };
    tell('summary', item.summary, first + FIRST_SUMMARY);
    tell('text', item.content, first);
    if (typeof item.encrypted_content !== 'string') return;
    const id = typeof item.id === 'string' ? { id: item.id } : {};
    const part = first + ENCRYPTED;
    events.push({
      type: 'reasoning-delta',
      part,
      kind: 'encrypted',
      text: item.encrypted_content,
      ...id,
      format: REASONING_FORMAT,
    });
  }

  #tell(what: string, part: number): void {
    this.#told.add(`${what}${part}`);
  }

  #was(what: string, part: number): boolean {
    return this.#told.has(`${what}${part}`);
  }
}

/** OpenRouter nests what this API lays flat. */
function nestAnnotation(annotation: JsonObject): JsonObject {
  const { type, ...rest } = annotation;
  return typeof type === 'string' && type.endsWith('_citation') ? { type, [type]: rest } : annotation;
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e6 ? value : 0;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
