/**
 * How one thread hands a job to another: by one word of memory that both see, which says whose turn it is, since a message
 * between threads takes as long as the work itself. It imports nothing, which keeps the second thread small.
 */

/** The states, in the order in which a job goes through them. */
const IDLE = 0;
const POSTED = 1;
const BEGUN = 2;
const DONE = 3;
const FAILED = 4;

const STATE = 0;
/** Words that the state takes: a cache line, so that looking at it does not slow whoever writes beside it. */
export const STATE_WORDS = 16;

/** The state that lies at an address. */
export function stateOf(memory: WebAssembly.Memory, address: number): Int32Array<SharedArrayBuffer> {
  // The type of a memory does not tell that it is shared.
  return new Int32Array(memory.buffer as unknown as SharedArrayBuffer, address, STATE_WORDS);
}

/** Of the thread that hands out work. */
export class JobPoster {
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(words: Int32Array<SharedArrayBuffer>) {
    this.#words = words;
  }

  /** Whatever was written into memory before is seen by the other thread. */
  post(): void {
    const words = this.#words;
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
  take(): void {
    const words = this.#words;
    while (Atomics.compareExchange(words, STATE, POSTED, BEGUN) !== POSTED) {
      const state = Atomics.load(words, STATE);
      if (state === POSTED || spinUntil(() => Atomics.load(words, STATE) === POSTED)) continue;
      Atomics.wait(words, STATE, state);
    }
  }

  finish(isDone: boolean): void {
    Atomics.store(this.#words, STATE, isDone ? DONE : FAILED);
    Atomics.notify(this.#words, STATE);
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
