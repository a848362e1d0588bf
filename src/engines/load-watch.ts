import type { Clock } from '../base/clock.ts';
import type { EngineKind } from './engine.ts';
import { type EngineFetch, Probe } from './probe.ts';
import { type EngineLoad, LOAD_READERS } from './read-load.ts';

/** Where an engine tells its load. Found on this machine, or written down by the operator: never an address from elsewhere. */
export interface LoadSource {
  readonly kind: EngineKind;
  /** Scheme, host and port. */
  readonly baseUrl: string;
  /** What its pages ask for, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadWatchOptions<Source extends LoadSource = LoadSource> {
  readonly clock: Clock;
  fetch(url: string, init: RequestInit, source: Source): Promise<Response>;
  /** Undefined for a provider that is no engine, one that says nothing of its load, or one that is gone. */
  source(providerId: string): Source | undefined;
  /** Undefined: it did not answer, or not with anything that we can read. */
  onReading(providerId: string, load: EngineLoad | undefined): void;
}

/** Figures are this old at most while there is traffic. Engines renew theirs about once a second. */
const PERIOD_MS = 1_500;
/** Traffic counts for so long: the next request of a chat should find figures. */
const QUIET_MS = 15_000;
const PERIOD_MS_MAX = 60_000;

interface Watched {
  heardMs: number;
  dueMs: number;
  /** Answers in a row that were none. */
  misses: number;
  isAsked: boolean;
  /** It answered, or failed to, at least once. */
  wasRead: boolean;
}

/**
 * Reads the load of engines while somebody is interested in them. `hear` returns at once: no request ever waits for a page.
 * An engine without a page, or one that is down, is asked more and more seldom.
 */
export class LoadWatch<Source extends LoadSource = LoadSource> {
  readonly #options: LoadWatchOptions<Source>;
  readonly #watched = new Map<string, Watched>();
  #cancel: (() => void) | undefined;

  constructor(options: LoadWatchOptions<Source>) {
    this.#options = options;
  }

  /** There is a request that this engine could serve. True while its first word is still to come. */
  hear(providerId: string): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    const watched = this.#watched.get(providerId);
    if (watched) {
      watched.heardMs = nowMs;
      return !watched.wasRead;
    }
    if (!this.#options.source(providerId)) return false;
    this.#watched.set(providerId, { heardMs: nowMs, dueMs: nowMs, misses: 0, isAsked: false, wasRead: false });
    this.#cancel ??= this.#options.clock.every(PERIOD_MS, () => this.#turn());
    // In a moment of its own: the request that is heard of goes first.
    this.#options.clock.after(0, () => this.#turn());
    return true;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#watched.clear();
  }

  #turn(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [providerId, watched] of this.#watched) {
      const source = this.#options.source(providerId);
      // One that does not answer is remembered until its pause is over: else every request would begin anew.
      const isQuiet = nowMs - watched.heardMs > QUIET_MS && (watched.misses === 0 || watched.dueMs <= nowMs);
      if (!source || (isQuiet && !watched.isAsked)) this.#watched.delete(providerId);
      else if (!watched.isAsked && watched.dueMs <= nowMs) void this.#ask(providerId, watched, source);
    }
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #ask(providerId: string, watched: Watched, source: Source): Promise<void> {
    const { kind, baseUrl, headers } = source;
    const { clock } = this.#options;
    const read = LOAD_READERS[kind];
    watched.isAsked = true;
    const asking: EngineFetch = (url, init) =>
      this.#options.fetch(url, { ...init, headers: { ...init.headers, ...headers } }, source);
    const load = await read?.(new Probe(baseUrl, asking, clock));
    watched.isAsked = false;
    watched.wasRead = true;
    watched.misses = load ? 0 : watched.misses + 1;
    const pauseMs = Math.min(PERIOD_MS_MAX, PERIOD_MS * 2 ** Math.min(watched.misses, 10));
    // A little early, so that a timer that fires a moment soon does not skip a turn.
    watched.dueMs = clock.monotonicMs() + pauseMs - PERIOD_MS / 2;
    // Gone or stopped meanwhile: nobody is interested any more.
    if (this.#watched.get(providerId) === watched) this.#options.onReading(providerId, load);
  }
}
