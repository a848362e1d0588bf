import type { GenerationEvent } from '../generation/event.ts';

/** So much of the end of the text is compared with the beginning of what was added. */
const OVERLAP_MAX = 400;
/** A shorter overlap is chance: "the " begins many a sentence that goes on rightly. */
const OVERLAP_MIN = 12;

/**
 * The events of an endpoint that goes on, as the rest of the answer before it: no second beginning, no second thinking, and,
 * where it was only asked to go on, not again what it repeats from the end.
 */
export class Seam {
  readonly #end: string;
  readonly #trims: boolean;
  #waiting = '';
  #isTrimmed: boolean;
  #part = 0;

  constructor(text: string, trims: boolean) {
    this.#end = text.slice(-OVERLAP_MAX);
    this.#trims = trims;
    this.#isTrimmed = !trims;
  }

  join(events: readonly GenerationEvent[]): readonly GenerationEvent[] {
    const joined: GenerationEvent[] = [];
    for (const event of events) {
      if (event.type === 'generation-start' || event.type === 'reasoning-delta') continue;
      if (event.type === 'text-delta' && !this.#isTrimmed) this.#hold(event.text, event.part, joined);
      else {
        if (!this.#isTrimmed && event.type !== 'keep-alive') this.#release(joined);
        joined.push(event);
      }
    }
    return joined;
  }

  #hold(text: string, part: number, joined: GenerationEvent[]): void {
    this.#waiting += text;
    this.#part = part;
    // As long as all of it may still be a repetition, more is needed to tell.
    if (this.#waiting.length < OVERLAP_MAX && this.#end.includes(this.#waiting)) return;
    this.#release(joined);
  }

  #release(joined: GenerationEvent[]): void {
    this.#isTrimmed = true;
    const text = this.#trims ? trimOverlap(this.#end, this.#waiting) : this.#waiting;
    if (text !== '') joined.push({ type: 'text-delta', part: this.#part, text });
    this.#waiting = '';
  }
}

/** `added` without the beginning that repeats how `before` ends: the longest such, and none that may be chance. */
export function trimOverlap(before: string, added: string): string {
  for (let length = Math.min(before.length, added.length); length >= OVERLAP_MIN; length--) {
    if (before.endsWith(added.slice(0, length))) return added.slice(length);
  }
  return added;
}
