/** How many bytes a string still needs, from each state of its automaton and each count of characters. */
import type { CharacterAutomaton } from './character-automaton.ts';
import type { Work } from './work.ts';

export interface LengthBounds {
  readonly min: number;
  /** May be infinite. */
  readonly max: number;
}

export class StringCosts {
  readonly #bounds: LengthBounds;
  readonly #automaton: CharacterAutomaton | undefined;
  /** By characters that must still come, then state; the room beyond them is `max - min` all along. */
  readonly #whileShort: readonly Float32Array<ArrayBuffer>[];
  /** By characters that may still come, then state. Beyond the last, more change nothing. */
  readonly #onceLong: readonly Float32Array<ArrayBuffer>[];

  /** Throws `TooMuchWork`. */
  constructor(automaton: CharacterAutomaton | undefined, bounds: LengthBounds, work: Work) {
    this.#bounds = bounds;
    this.#automaton = automaton;
    if (!automaton) {
      this.#whileShort = [];
      this.#onceLong = [];
      return;
    }
    const ends = Float32Array.from(automaton.states, ({ isEnd }) => (isEnd ? 0 : Number.POSITIVE_INFINITY));
    const onceLong = [ends];
    for (let left = 1, isSettled = false; left <= bounds.max - bounds.min && !isSettled; left++) {
      const last = onceLong.at(-1)!;
      const next = minimum(ends, byOneMore(automaton, last));
      isSettled = next.every((cost, state) => cost === last[state]);
      // Without an upper bound only what it settles at matters.
      if (bounds.max === Number.POSITIVE_INFINITY) onceLong[0] = next;
      else if (!isSettled) onceLong.push(next);
      work.spend(automaton.states.length);
    }
    const whileShort = [onceLong.at(-1)!];
    for (let missing = 1; missing <= bounds.min; missing++) {
      whileShort.push(byOneMore(automaton, whileShort.at(-1)!));
      work.spend(automaton.states.length);
    }
    this.#onceLong = onceLong;
    this.#whileShort = whileShort;
  }

  /** Counts beyond this one change nothing. */
  limit(count: number): number {
    const { min, max } = this.#bounds;
    return max === Number.POSITIVE_INFINITY ? Math.min(count, min) : count;
  }

  isLongEnough(count: number): boolean {
    return count >= this.#bounds.min;
  }

  charactersLeft(count: number): number {
    return Math.max(0, this.#bounds.max - count);
  }

  /** Without the closing quote. Infinite when the string cannot be completed. State -1: every string may follow. */
  bytesMin(state: number, count: number): number {
    const { min, max } = this.#bounds;
    if (count > max) return Number.POSITIVE_INFINITY;
    if (state < 0 || !this.#automaton) return Math.max(0, min - count);
    if (count < min) return this.#whileShort[min - count]![state]!;
    return this.#onceLong[Math.min(max - count, this.#onceLong.length - 1)]![state]!;
  }
}

function byOneMore(automaton: CharacterAutomaton, later: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return Float32Array.from(automaton.states, ({ steps }) =>
    steps.reduce((min, { bytes, target }) => Math.min(min, bytes + later[target]!), Number.POSITIVE_INFINITY),
  );
}

function minimum(one: Float32Array<ArrayBuffer>, other: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return one.map((value, index) => Math.min(value, other[index]!));
}
