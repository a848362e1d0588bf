import { z } from 'zod';
import { contentOf, type GenerationEvent, keepEvent, type RawContent } from '../generation/event.ts';

/** An answer longer than this is not gone on from: it would have to be sent along once more. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What the caller has been sent of an answer, as far as another endpoint needs it to go on. Calls of tools are held back until
 * the answer is whole: one that breaks off inside is asked for anew and never glued. So is the finish: where the provider's own
 * end does not follow it, the answer goes on elsewhere.
 */
export class AnswerSoFar {
  /** The inside of a JSON string: text with its escapes, as frames carry it. */
  #json = new Uint8Array(1024);
  #length = 0;
  #isTooLong = false;
  /** Something that nobody can go on from was sent: a picture, sound, a part that only its own format knows. */
  #isBeyondText = false;
  #hasReasoned = false;
  readonly #held: GenerationEvent[] = [];

  /** Why no other endpoint can go on from here; undefined when one can. Where nothing was sent yet, one begins anew. */
  get obstacle(): string | undefined {
    if (this.#isBeyondText) return 'more than text was sent';
    if (this.#isTooLong) return 'the answer is too long to be sent along';
    return this.#length === 0 && this.#hasReasoned ? 'it broke off while the model was thinking' : undefined;
  }

  get text(): string {
    return z.string().parse(JSON.parse(`"${decoder.decode(this.#json.subarray(0, this.#length))}"`));
  }

  /** The events that may go to the caller now. What is held back comes with a later batch. */
  take(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    if (this.#held.length === 0 && !events.some(isHeldBack)) {
      for (const event of events) this.#note(event);
      return events;
    }
    return this.#takeApart(events);
  }

  /** What was held back of a call that broke off is forgotten. */
  forgetHeld(): void {
    this.#held.length = 0;
  }

  /** Frames are held or sent as wholes: an event without one of its own belongs to the frame before it. */
  #takeApart(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    const sent: GenerationEvent[] = [];
    for (let start = 0; start < events.length; ) {
      let end = start + 1;
      while (end < events.length && isOfEarlierFrame(events[end]!)) end++;
      const frame = events.slice(start, end);
      start = end;
      const isWhole = frame.some((event) => event.type === 'generation-end');
      // Once something is held, all that follows waits with it, so that the order stays.
      const waits = !isWhole && (this.#held.length > 0 || frame.some(isHeldBack));
      if (isWhole) sent.push(...this.#held.splice(0));
      if (waits) for (const event of frame) this.#held.push(keepEvent(event));
      else for (const event of frame) sent.push(event);
      if (!waits) for (const event of frame) this.#note(event);
    }
    return sent;
  }

  #note(event: GenerationEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#add(encoder.encode(JSON.stringify(event.text).slice(1, -1)));
        return;
      case 'reasoning-delta':
        this.#hasReasoned = true;
        return;
      case 'raw-content':
        this.#noteContent(contentOf(event));
        return;
      case 'media-delta':
      case 'refusal-delta':
        this.#isBeyondText = true;
    }
  }

  #noteContent(content: RawContent | undefined): void {
    if (content?.kind === 'text' && content.json) this.#add(content.json);
    else if (content?.kind === 'reasoning') this.#hasReasoned = true;
    else if (content?.kind !== 'tool-call') this.#isBeyondText = true;
  }

  #add(json: Uint8Array): void {
    const length = this.#length + json.length;
    if (length > TEXT_BYTES_MAX) {
      this.#isTooLong = true;
      return;
    }
    if (length > this.#json.length) {
      const grown = new Uint8Array(Math.max(length, this.#json.length * 2));
      grown.set(this.#json.subarray(0, this.#length));
      this.#json = grown;
    }
    this.#json.set(json, this.#length);
    this.#length = length;
  }
}

function isHeldBack(event: GenerationEvent): boolean {
  return event.type === 'finish' || isOfCall(event);
}

function isOfCall(event: GenerationEvent): boolean {
  if (event.type === 'raw-content') return kindOf(event) === 'tool-call';
  return event.type === 'tool-call-start' || event.type === 'tool-call-delta';
}

function kindOf({ raw, content }: GenerationEvent & { readonly type: 'raw-content' }): RawContent['kind'] | undefined {
  return raw === 'earlier' || raw.shape === undefined ? content?.kind : raw.shape.kind;
}

function isOfEarlierFrame(event: GenerationEvent): boolean {
  return 'raw' in event && event.raw === 'earlier';
}
