/**
 * How one thread hands runs to another: as numbers in memory that both see, since a message between threads takes as long
 * as the work itself. The first word says whose turn it is.
 */
import { PAGE_TOKENS } from './page-pool.ts';
import type { RoomOptions } from './room.ts';
import type { Run } from './text-model.ts';

/** The states, in the order in which a job goes through them. */
const IDLE = 0;
const POSTED = 1;
const BEGUN = 2;
const DONE = 3;
const FAILED = 4;

const STATE = 0;
const COUNT = 1;
const FIRST_RUN = 2;
/** Words of a run before its tokens and pages. */
const HEAD = 4;

/** Words that a job may need. */
export function jobWords({ batchTokensMax, sequencesMax, contextTokensMax }: RoomOptions): number {
  const pagesMax = Math.ceil(contextTokensMax / PAGE_TOKENS) + 1;
  return FIRST_RUN + batchTokensMax + sequencesMax * (HEAD + pagesMax);
}

/** Of the thread that hands out work. */
export class JobPoster {
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.#words = words;
  }

  post(runs: readonly Run[]): void {
    const words = this.#words;
    words[COUNT] = runs.length;
    let at = FIRST_RUN;
    for (const { cache, tokens, wantsScores } of runs) {
      words[at++] = cache.length;
      words[at++] = wantsScores ? 1 : 0;
      words[at++] = tokens.length;
      words[at++] = cache.pages.length;
      for (let i = 0; i < tokens.length; i++) words[at++] = tokens[i]!;
      for (let i = 0; i < cache.pages.length; i++) words[at++] = cache.pages[i]!;
    }
    Atomics.store(words, STATE, POSTED);
    Atomics.notify(words, STATE);
  }

  /** True when the other thread has not begun, and now never will. */
  takeBack(): boolean {
    return Atomics.compareExchange(this.#words, STATE, POSTED, IDLE) === POSTED;
  }

  get isOver(): boolean {
    return Atomics.load(this.#words, STATE) >= DONE;
  }

  get isDone(): boolean {
    return Atomics.load(this.#words, STATE) === DONE;
  }

  /** Waits until a job that was begun is over, at most so long. Nothing else in this thread goes on meanwhile. */
  waitFor(ms: number): void {
    if (!spinUntil(() => this.isOver)) Atomics.wait(this.#words, STATE, BEGUN, ms);
  }
}

/** Of the thread that is given work. */
export class JobTaker {
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.#words = words;
  }

  /** Blocks until there is a job. */
  take(): readonly Run[] {
    const words = this.#words;
    while (Atomics.compareExchange(words, STATE, POSTED, BEGUN) !== POSTED) {
      const state = Atomics.load(words, STATE);
      if (state === POSTED || spinUntil(() => Atomics.load(words, STATE) === POSTED)) continue;
      Atomics.wait(words, STATE, state);
    }
    return this.#read();
  }

  finish(isDone: boolean): void {
    Atomics.store(this.#words, STATE, isDone ? DONE : FAILED);
    Atomics.notify(this.#words, STATE);
  }

  #read(): readonly Run[] {
    const words = this.#words;
    const runs: Run[] = [];
    let at = FIRST_RUN;
    for (let left = words[COUNT]!; left > 0; left--) {
      const length = words[at++]!;
      const wantsScores = words[at++] === 1;
      const tokens = words[at++]!;
      const pages = words[at++]!;
      runs.push({
        cache: { length, pages: Array.from(words.subarray(at + tokens, at + tokens + pages), (page) => page >>> 0) },
        tokens: words.subarray(at, at + tokens),
        wantsScores,
      });
      at += tokens + pages;
    }
    return runs;
  }
}

/** How long a thread looks again and again before it sleeps: being woken takes some 80 µs, half as long as a step. */
const SPIN_MS = 0.1;
const LOOKS = 64;

function spinUntil(isSo: () => boolean): boolean {
  const endMs = performance.now() + SPIN_MS;
  do {
    for (let look = 0; look < LOOKS; look++) if (isSo()) return true;
  } while (performance.now() < endMs);
  return false;
}
