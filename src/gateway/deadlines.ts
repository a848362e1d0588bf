import type { Clock } from '../base/clock.ts';

/** How long each phase of an attempt may take, in milliseconds; speed in content bytes per second. */
export interface Deadlines {
  /** Until the provider's machine accepts a connection. */
  readonly connectMs: number;
  /** Until the first content, keep-alives or not. */
  readonly firstContentMs: number;
  /** Between two signs of life once headers came. */
  readonly silenceMs: number;
  /** For the whole attempt. */
  readonly totalMs: number;
  /** An answer slower than this over `speedWindowMs` is given up. */
  readonly bytesPerSecondMin: number;
  readonly speedWindowMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  connectMs: 3_000,
  firstContentMs: 90_000,
  silenceMs: 45_000,
  totalMs: 900_000,
  bytesPerSecondMin: 0.5,
  speedWindowMs: 60_000,
};

/** An alarm that may be moved without cost. */
export interface Alarm {
  dueMs: number;
  readonly ring: () => void;
}

const TICK_MS = 50;
const IDLE_TICKS_MAX = 100;
const STANDSTILL_MS = 1_000;

/** One wheel for the deadlines of all attempts, instead of a timer each. Rings up to one tick late, never early. */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #alarms = new Set<Alarm>();
  #stop: (() => void) | undefined;
  #idleTicks = 0;
  #lastTickMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#alarms.size;
  }

  set(afterMs: number, ring: () => void): Alarm {
    const alarm = { dueMs: this.#clock.monotonicMs() + afterMs, ring };
    this.#alarms.add(alarm);
    this.#stop ??= this.#clock.every(TICK_MS, () => this.#tick());
    return alarm;
  }

  /** Re-arms an alarm, rung or not. */
  move(alarm: Alarm, afterMs: number): void {
    alarm.dueMs = this.#clock.monotonicMs() + afterMs;
    this.#alarms.add(alarm);
  }

  clear(alarm: Alarm): void {
    this.#alarms.delete(alarm);
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    // After a standstill (a debugger, a suspended laptop) bytes may be waiting that nobody could read: one more tick for them.
    const stoodStill = this.#lastTickMs > 0 && nowMs - this.#lastTickMs > STANDSTILL_MS;
    this.#lastTickMs = nowMs;
    if (stoodStill) return;
    for (const alarm of this.#alarms) {
      if (alarm.dueMs > nowMs) continue;
      this.#alarms.delete(alarm);
      alarm.ring();
    }
    this.#idleTicks = this.#alarms.size === 0 ? this.#idleTicks + 1 : 0;
    if (this.#idleTicks < IDLE_TICKS_MAX) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#idleTicks = 0;
    this.#lastTickMs = 0;
  }
}
