import type { Clock } from '../base/clock.ts';
import type { Stage } from '../billing/generation-record.ts';
import type { ContentTap } from './content-tap.ts';

/** How a request came in. */
export interface Arrival {
  readonly requestId: string;
  /** Monotonic milliseconds at which its body began to be read. */
  readonly receivedMs?: number;
  /** Takes what the providers are sent, where that is stored. */
  readonly tap?: ContentTap | undefined;
}

/** Notes what the gateway does before the first try: a few numbers, so that one can see that it takes no time. */
export class StageClock {
  readonly stages: Stage[] = [];
  readonly #clock: Clock;
  readonly #zeroMs: number;
  #lastMs: number;

  constructor(clock: Clock, zeroMs: number, receivedMs: number | undefined) {
    this.#clock = clock;
    this.#zeroMs = zeroMs;
    this.#lastMs = zeroMs;
    if (receivedMs !== undefined) this.#add('read', receivedMs, zeroMs);
  }

  /** The stage that began where the one before ended is over. */
  end(name: Stage['name']): void {
    const nowMs = this.#clock.monotonicMs();
    this.#add(name, this.#lastMs, nowMs);
    this.#lastMs = nowMs;
  }

  #add(name: Stage['name'], fromMs: number, toMs: number): void {
    this.stages.push({ name, startedMs: round(fromMs - this.#zeroMs), durationMs: round(toMs - fromMs) });
  }
}

/** Ten microseconds: finer is noise. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
