import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { FinishReason, GenerationEvent } from '../../generation/event.ts';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';
import { endedBadly } from '../openai-chat/read-frames.ts';

export const FORMAT = 'cohere-chat';
/**
 * By these it is known when it comes back: thoughts stand in the content, the plan for calls of tools beside it. As a `format` of
 * reasoning, which callers may check against OpenRouter's list, Cohere has no word.
 */
export const THOUGHT_ID = 'cohere-thinking';
export const PLAN_ID = 'cohere-tool-plan';

const FINISHES: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool_calls',
  ERROR_TOXIC: 'content_filter',
};
const BROKEN: ReadonlySet<string> = new Set(['ERROR', 'TIMEOUT', 'ERROR_LIMIT', 'USER_CANCEL']);

/** What Cohere says, as events. Its contents and its calls are counted apart; parts are counted together, as they come. */
export class CohereMeaning {
  readonly #parts = new Map<string, number>();
  /** Calls that have no arguments yet. */
  readonly #bare = new Set<number>();

  start(events: GenerationEvent[], id: Json | undefined): void {
    events.push({ type: 'generation-start', ...(textOf(id) !== '' && { upstreamId: textOf(id).slice(0, 256) }) });
  }

  content(piece: JsonObject, index: Json | undefined, events: GenerationEvent[]): void {
    const part = this.#part('content', index);
    if (typeof piece.thinking === 'string' && piece.thinking !== '') {
      events.push({ type: 'reasoning-delta', part, kind: 'text', text: piece.thinking, id: THOUGHT_ID });
    }
    if (typeof piece.text === 'string' && piece.text !== '')
      events.push({ type: 'text-delta', part, text: piece.text });
  }

  plan(text: Json | undefined, events: GenerationEvent[]): void {
    if (textOf(text) === '') return;
    const part = this.#part('plan', 0);
    events.push({ type: 'reasoning-delta', part, kind: 'text', text: textOf(text), id: PLAN_ID });
  }

  callStart(call: JsonObject, index: Json | undefined, events: GenerationEvent[]): void {
    const part = this.#part('call', index);
    const { name, arguments: json } = isJsonObject(call.function) ? call.function : {};
    events.push({ type: 'tool-call-start', part, id: textOf(call.id), name: textOf(name) });
    if (textOf(json) === '') this.#bare.add(part);
    else events.push({ type: 'tool-call-delta', part, argumentsJson: textOf(json) });
  }

  callDelta(call: JsonObject, index: Json | undefined, events: GenerationEvent[]): void {
    const { arguments: json } = isJsonObject(call.function) ? call.function : {};
    if (textOf(json) === '') return;
    const part = this.#part('call', index);
    this.#bare.delete(part);
    events.push({ type: 'tool-call-delta', part, argumentsJson: textOf(json) });
  }

  partEnd(kind: 'content' | 'call', index: Json | undefined, events: GenerationEvent[]): void {
    const part = this.#part(kind, index);
    // Arguments are JSON, even of a call without any.
    if (this.#bare.delete(part)) events.push({ type: 'tool-call-delta', part, argumentsJson: '{}' });
    events.push({ type: 'part-end', part });
  }

  /** Sources with an address have a form in every format; a document that the caller sent has none. */
  citation(citation: JsonObject, events: GenerationEvent[]): void {
    const { start, end, sources } = citation;
    const place = typeof start === 'number' && typeof end === 'number' ? { start_index: start, end_index: end } : {};
    const addressed = listOf(sources).flatMap((source) => {
      const document = isJsonObject(source.document) ? source.document : {};
      const url = textOf(document.url);
      return url === '' ? [] : [{ url, title: textOf(document.title) || url, ...place }];
    });
    const part = this.#part('content', citation.content_index);
    for (const url_citation of addressed) {
      events.push({ type: 'annotation', part, annotation: { type: 'url_citation', url_citation } });
    }
    if (addressed.length === 0)
      events.push({ type: 'native', format: FORMAT, data: { type: 'citation', ...citation } });
  }

  /** One entry for each piece, which may be several tokens: then it is as likely as all of them together. */
  logprobs(value: Json | undefined, events: GenerationEvent[]): void {
    const items = Array.isArray(value) ? listOf(value) : isJsonObject(value) ? [value] : [];
    const content = items.flatMap(({ text, logprobs }) => {
      const each = Array.isArray(logprobs) ? logprobs.filter((item) => typeof item === 'number') : [];
      if (typeof text !== 'string' || each.length === 0) return [];
      const logprob = each.reduce((sum, item) => sum + item, 0);
      return [{ token: text, logprob, bytes: [...new TextEncoder().encode(text)], top_logprobs: [] }];
    });
    if (content.length > 0) events.push({ type: 'logprobs', content });
  }

  finish(reason: Json | undefined, error: Json | undefined, events: GenerationEvent[]): void {
    const native = textOf(reason);
    if (BROKEN.has(native)) throw endedBadly(native, textOf(error).slice(0, 2_000));
    const finishReason = Object.hasOwn(FINISHES, native) ? FINISHES[native]! : 'stop';
    events.push({ type: 'finish', finishReason, nativeFinishReason: native });
  }

  usage(value: Json | undefined, events: GenerationEvent[]): void {
    const parsed = usageSchema.safeParse(value).data;
    const { billed_units: billed, tokens, cached_tokens } = parsed ?? {};
    // What is billed is what the price is for; Cohere adds tokens of its own to a prompt, which it does not bill.
    const promptTokens = billed?.input_tokens ?? tokens?.input_tokens;
    const completionTokens = billed?.output_tokens ?? tokens?.output_tokens;
    if (promptTokens === undefined || completionTokens === undefined) return;
    const cachedTokens = Math.min(cached_tokens ?? 0, promptTokens);
    const usage: Usage = { ...NO_USAGE, promptTokens, completionTokens, cachedTokens, provenance: 'reported' };
    events.push({ type: 'usage', usage, reported: value as JsonObject });
  }

  #part(kind: string, index: Json | undefined): number {
    const key = `${kind} ${typeof index === 'number' ? index : 0}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const part = Math.min(this.#parts.size, PARTS_MAX);
    if (part < PARTS_MAX) this.#parts.set(key, part);
    return part;
  }
}

const PARTS_MAX = 10_000;
const count = z
  .number()
  .min(0)
  .max(1_000_000_000)
  .transform((value) => Math.ceil(value))
  .optional()
  .catch(undefined);
const counts = z.looseObject({ input_tokens: count, output_tokens: count }).optional().catch(undefined);
const usageSchema = z.looseObject({ billed_units: counts, tokens: counts, cached_tokens: count });

export function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter((item) => isJsonObject(item)) : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
