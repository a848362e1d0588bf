import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { readReasoningDetail } from '../../generation/reasoning.ts';

const TEXT_PART = 1;
const REASONING_PART = 0;
const FIRST_TOOL_PART = 2;
/** Beyond any number of calls a provider makes. */
const FIRST_MEDIA_PART = 10_000;

/** Reads what a delta, or a whole message, says. Keeps what it knows of the calls that are open. */
export class ChatMeaning {
  readonly #toolParts = new Set<number>();
  #media = 0;

  delta(delta: JsonObject, events: GenerationEvent[]): void {
    this.#reasoning(delta, events);
    const text = textOf(delta.content);
    if (text !== '') events.push({ type: 'text-delta', part: TEXT_PART, text });
    const refusal = textOf(delta.refusal);
    if (refusal !== '') events.push({ type: 'refusal-delta', part: TEXT_PART, text: refusal });
    for (const [place, call] of listOf(delta.tool_calls).entries()) this.#toolCall(call, place, events);
    for (const image of listOf(delta.images)) this.#image(image, events);
    if (isJsonObject(delta.audio)) this.#audio(delta.audio, events);
    for (const annotation of listOf(delta.annotations)) {
      events.push({ type: 'annotation', part: TEXT_PART, annotation });
    }
  }

  /** The details say all that the plain text says, and its signatures: where they came, they count. */
  #reasoning(delta: JsonObject, events: GenerationEvent[]): void {
    const details = listOf(delta.reasoning_details).flatMap((detail) => {
      const piece = readReasoningDetail(detail);
      return piece ? [{ ...piece, index: typeof detail.index === 'number' ? detail.index : 0 }] : [];
    });
    for (const { index, ...piece } of details) {
      // Below the text's own part: each detail has a number of its own, and so has each part.
      events.push({ type: 'reasoning-delta', part: REASONING_PART - index, ...piece });
    }
    if (details.length > 0) return;
    const text = textOf(delta.reasoning) || textOf(delta.reasoning_content);
    if (text !== '') events.push({ type: 'reasoning-delta', part: REASONING_PART, text });
  }

  #toolCall(call: JsonObject, place: number, events: GenerationEvent[]): void {
    const part = FIRST_TOOL_PART + (typeof call.index === 'number' ? call.index : place);
    const named = isJsonObject(call.function) ? call.function : {};
    if (!this.#toolParts.has(part)) {
      this.#toolParts.add(part);
      events.push({ type: 'tool-call-start', part, id: textOf(call.id), name: textOf(named.name) });
    }
    const argumentsJson = textOf(named.arguments);
    if (argumentsJson !== '') events.push({ type: 'tool-call-delta', part, argumentsJson });
  }

  #image(image: JsonObject, events: GenerationEvent[]): void {
    const url = isJsonObject(image.image_url) ? textOf(image.image_url.url) : '';
    const inline = /^data:([^;,]+);base64,/.exec(url);
    if (!inline) return;
    const part = FIRST_MEDIA_PART + this.#media++;
    const base64 = url.slice(inline[0].length);
    events.push({ type: 'media-delta', part, modality: 'image', mediaType: inline[1]!, base64 });
  }

  #audio(audio: JsonObject, events: GenerationEvent[]): void {
    const base64 = textOf(audio.data);
    const transcript = textOf(audio.transcript);
    if (base64 === '' && transcript === '') return;
    const said = transcript === '' ? {} : { transcript };
    events.push({
      type: 'media-delta',
      part: FIRST_MEDIA_PART,
      modality: 'audio',
      mediaType: 'audio/pcm16',
      base64,
      ...said,
    });
  }
}

/** One entry for each token, as they came. */
export function readLogprobs(value: Json): readonly JsonObject[] {
  return isJsonObject(value) ? listOf(value.content) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
