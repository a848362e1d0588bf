import type { GenerationEvent } from '../generation/event.ts';

/** So much of the end of the text is compared with the beginning of what was added. */
const OVERLAP_MAX = 400;
/** A shorter overlap is chance: "the " begins many a sentence that goes on rightly. */
const OVERLAP_MIN = 12;

/**
 * The events of an endpoint that goes on, as the rest of the answer before it: no second beginning, no second thinking, and
 * not again what it repeats from the end: white space that it was not shown, and, where it was only asked to go on, a piece of
 * the text.
 */
export class Seam {
  readonly #end: string;
  readonly #repeats: Repeats;
  #waiting = '';
  #isTrimmed: boolean;
  #part = 0;

  constructor(text: string, repeats: Repeats) {
    this.#end = text.slice(-OVERLAP_MAX);
    this.#repeats = repeats;
    this.#isTrimmed = !repeats.text && !(repeats.space && SPACE_AT_END.test(this.#end));
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
    const mayRepeat = this.#repeats.text ? this.#end.includes(this.#waiting) : this.#waiting.trim() === '';
    if (this.#waiting.length < OVERLAP_MAX && mayRepeat) return;
    this.#release(joined);
  }

  #release(joined: GenerationEvent[]): void {
    this.#isTrimmed = true;
    const added = this.#repeats.text ? trimOverlap(this.#end, this.#waiting) : this.#waiting;
    const text = added.length < this.#waiting.length ? added : trimSpace(this.#end, added);
    if (text !== '') joined.push({ type: 'text-delta', part: this.#part, text });
    this.#waiting = '';
  }
}

/** What an endpoint may write a second time. */
export interface Repeats {
  /** A piece of the text: it was asked for the rest, and may begin a little before it. */
  readonly text: boolean;
  /** White space at the end of the text: it was not shown to it. */
  readonly space: boolean;
}

const SPACE_AT_END = /\s+$/;
const SPACE_AT_START = /^\s+/;

/** `added` without the white space at its beginning that stands at the end of `before` already, or that it stands for. */
export function trimSpace(before: string, added: string): string {
  const [had = ''] = SPACE_AT_END.exec(before) ?? [];
  const [given = ''] = SPACE_AT_START.exec(added) ?? [];
  if (had === '' || given === '') return added;
  if (given.startsWith(had)) return added.slice(had.length);
  // A new paragraph is more than the blank before it; any other space is the one that the caller has.
  return given.includes('\n') && !had.includes('\n') ? added : added.slice(given.length);
}

/** `added` without the beginning that repeats how `before` ends: the longest such, and none that may be chance. */
export function trimOverlap(before: string, added: string): string {
  for (let length = Math.min(before.length, added.length); length >= OVERLAP_MIN; length--) {
    if (before.endsWith(added.slice(0, length))) return added.slice(length);
  }
  return added;
}
