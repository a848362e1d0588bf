import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { readReasoningDetail } from '../../generation/reasoning.ts';

export const FORMAT = 'openai-chat';
const TEXT_PART = 1;
const REASONING_PART = 0;
const FIRST_TOOL_PART = 2;
/** Beyond any number of calls a provider makes. */
const FIRST_MEDIA_PART = 10_000;

/** A call is told from its name on: some providers give it after the id. */
interface OpenCall {
  readonly part: number;
  id: string;
  name: string;
  waiting: string;
  hasStarted: boolean;
}

/** Reads what a delta, or a whole message, says. Keeps what it knows of the calls that are open. */
export class ChatMeaning {
  /** By the provider's index. */
  readonly #calls = new Map<number, OpenCall>();
  readonly #callParts = new Set<number>();
  #media = 0;

  delta(delta: JsonObject, events: GenerationEvent[]): void {
    this.#reasoning(delta, events);
    if (Array.isArray(delta.content)) for (const piece of listOf(delta.content)) this.#piece(piece, events);
    this.#text(delta.content, events);
    const refusal = textOf(delta.refusal);
    if (refusal !== '') events.push({ type: 'refusal-delta', part: TEXT_PART, text: refusal });
    for (const [place, call] of listOf(delta.tool_calls).entries()) this.#toolCall(call, place, events);
    for (const image of listOf(delta.images)) this.#image(image, events);
    if (isJsonObject(delta.audio)) this.#audio(delta.audio, events);
    for (const annotation of listOf(delta.annotations)) {
      events.push({ type: 'annotation', part: TEXT_PART, annotation });
    }
  }

  /** A choice has finished: what waited for its name waits no longer. */
  end(events: GenerationEvent[]): void {
    for (const call of this.#calls.values()) this.#startCall(call, events);
  }

  #text(value: Json | undefined, events: GenerationEvent[]): void {
    const text = textOf(value);
    if (text !== '') events.push({ type: 'text-delta', part: TEXT_PART, text });
  }

  #thought(value: Json | undefined, events: GenerationEvent[]): void {
    const text = textOf(value);
    if (text !== '') events.push({ type: 'reasoning-delta', part: REASONING_PART, text });
  }

  /** Content may be a list: Mistral's models think in a part of it. */
  #piece(piece: JsonObject, events: GenerationEvent[]): void {
    if (piece.type === 'text') this.#text(piece.text, events);
    else if (piece.type === 'thinking') for (const { text } of listOf(piece.thinking)) this.#thought(text, events);
    else if (piece.type === 'image_url') this.#image(piece, events);
    else events.push({ type: 'native', format: FORMAT, data: piece });
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
    this.#thought(textOf(delta.reasoning) || textOf(delta.reasoning_content), events);
  }

  #toolCall(piece: JsonObject, place: number, events: GenerationEvent[]): void {
    const index = typeof piece.index === 'number' ? piece.index : place;
    const named = isJsonObject(piece.function) ? piece.function : {};
    const id = textOf(piece.id);
    const known = this.#calls.get(index);
    // Some providers number every call 0: another id is another call.
    const isKnown = known !== undefined && (id === '' || known.id === '' || known.id === id);
    if (known && !isKnown) {
      this.#startCall(known, events);
      events.push({ type: 'part-end', part: known.part });
    }
    const call = isKnown ? known : this.#openCall(index);
    call.id ||= id;
    call.name ||= textOf(named.name);
    call.waiting += textOf(named.arguments);
    if (call.name !== '') this.#startCall(call, events);
  }

  #openCall(index: number): OpenCall {
    let part = FIRST_TOOL_PART + index;
    while (this.#callParts.has(part)) part++;
    this.#callParts.add(part);
    const call = { part, id: '', name: '', waiting: '', hasStarted: false };
    this.#calls.set(index, call);
    return call;
  }

  #startCall(call: OpenCall, events: GenerationEvent[]): void {
    const { part, id, name, waiting: argumentsJson } = call;
    if (!call.hasStarted) events.push({ type: 'tool-call-start', part, id, name });
    if (argumentsJson !== '') events.push({ type: 'tool-call-delta', part, argumentsJson });
    call.hasStarted = true;
    call.waiting = '';
  }

  #image(image: JsonObject, events: GenerationEvent[]): void {
    const url = isJsonObject(image.image_url) ? textOf(image.image_url.url) : '';
    const inline = /^data:([^;,]+);base64,/.exec(url);
    if (!inline) {
      events.push({ type: 'native', format: FORMAT, data: image });
      return;
    }
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
