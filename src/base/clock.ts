/** Time comes in through the front door, so that the whole gateway runs on a wound clock in tests. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. For records and calendar windows, never for durations. */
  nowMs(): number;
  /** Monotonic milliseconds. For durations and deadlines. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back every `periodMs` until cancelled. Never keeps the process alive by itself. */
  every(periodMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref?.();
    return () => clearInterval(timer);
  },
};

export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}

/** A clock that stands still until `advance` is called: callbacks run in order of their due time. */
export class WoundClock implements Clock {
  readonly #timers = new Set<{ dueMs: number; periodMs: number | undefined; callback: () => void }>();
  #elapsedMs = 0;
  readonly #startMs: number;

  constructor(startMs = 1_795_000_000_000) {
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#add({ dueMs: this.#elapsedMs + Math.max(0, delayMs), periodMs: undefined, callback });
  }

  every(periodMs: number, callback: () => void): () => void {
    return this.#add({ dueMs: this.#elapsedMs + periodMs, periodMs, callback });
  }

  /** Moves time on, letting promises settle between two callbacks. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + byMs;
    for (;;) {
      await settlePromises();
      const next = [...this.#timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!next) break;
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs);
      if (next.periodMs === undefined) this.#timers.delete(next);
      else next.dueMs += next.periodMs;
      next.callback();
    }
    this.#elapsedMs = untilMs;
    await settlePromises();
  }

  #add(timer: { dueMs: number; periodMs: number | undefined; callback: () => void }): () => void {
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }
}

/** Streams hop over several microtasks and a few macrotasks; a dozen turns let them all finish. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}
