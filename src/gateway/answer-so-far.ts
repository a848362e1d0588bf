import { z } from 'zod';
import type { GenerationEvent } from '../generation/event.ts';
import { keepEvent } from '../generation/event.ts';

/** An answer longer than this is not gone on from: it would have to be sent along once more. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * What the caller has been sent of an answer, as far as another endpoint needs it to go on. Calls of tools are held back until
 * they are whole: one that breaks off inside is asked for anew and never glued.
 */
export class AnswerSoFar {
  /** The inside of a JSON string: text with its escapes, as frames carry it. */
  #json = new Uint8Array(1024);
  #length = 0;
  #isTooLong = false;
  /** Something that nobody can go on from was sent: a picture, sound, a part that only its own format knows. */
  #isBeyondText = false;
  #hasReasoned = false;
  #hasFinished = false;
  readonly #held: GenerationEvent[] = [];

  /** Why no other endpoint can go on from here; undefined when one can. */
  get obstacle(): string | undefined {
    if (this.#hasFinished) return 'the answer was complete but for its end';
    if (this.#isBeyondText) return 'more than text was sent';
    if (this.#isTooLong) return 'the answer is too long to be sent along';
    if (this.#length === 0) return this.#hasReasoned ? 'it broke off while the model was thinking' : 'no text was sent';
    return undefined;
  }

  get text(): string {
    return z.string().parse(JSON.parse(`"${decoder.decode(this.#json.subarray(0, this.#length))}"`));
  }

  get hasFinished(): boolean {
    return this.#hasFinished;
  }

  /** The events that may go to the caller now. What is held back comes with a later batch. */
  take(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    if (this.#held.length === 0 && !events.some(isOfCall)) {
      for (const event of events) this.#note(event);
      return events;
    }
    return this.#takeWithCalls(events);
  }

  /** What was held back of a call that broke off is forgotten. */
  forgetHeld(): void {
    this.#held.length = 0;
  }

  /** Frames are held or sent as wholes: an event without one of its own belongs to the frame before it. */
  #takeWithCalls(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    const sent: GenerationEvent[] = [];
    for (let start = 0; start < events.length; ) {
      let end = start + 1;
      while (end < events.length && isOfEarlierFrame(events[end]!)) end++;
      const frame = events.slice(start, end);
      start = end;
      // Once a call has begun, all that follows waits for the finish, so that the order stays.
      if (this.#held.length > 0 || frame.some(isOfCall)) for (const event of frame) this.#held.push(keepEvent(event));
      else for (const event of frame) sent.push(event);
      for (const event of frame) this.#note(event);
      if (this.#hasFinished) sent.push(...this.#held.splice(0));
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
        if (event.content?.kind === 'text' && event.content.json) this.#add(event.content.json);
        else if (event.content?.kind === 'reasoning') this.#hasReasoned = true;
        else if (event.content?.kind !== 'tool-call') this.#isBeyondText = true;
        return;
      case 'media-delta':
      case 'refusal-delta':
        this.#isBeyondText = true;
        return;
      case 'finish':
        this.#hasFinished = true;
    }
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

function isOfCall(event: GenerationEvent): boolean {
  if (event.type === 'raw-content') return event.content?.kind === 'tool-call';
  return event.type === 'tool-call-start' || event.type === 'tool-call-delta';
}

function isOfEarlierFrame(event: GenerationEvent): boolean {
  return 'raw' in event && event.raw === 'earlier';
}
