import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { HealthEvent } from '../contract/generation-log.ts';

export type Topic = 'generations' | 'health';

/** What happened, with its number. A generation is for its own account; health is for everybody with a key. */
export type HubEvent = { readonly number: number } & (
  | { readonly topic: 'generations'; readonly accountId: string; readonly record: GenerationRecord }
  | { readonly topic: 'health'; readonly health: HealthEvent }
);

export interface Listener {
  readonly accountId: string;
  readonly topics: ReadonlySet<Topic>;
  /** Must return at once, and never throws. */
  hear(event: HubEvent): void;
}

/** So many can be caught up on after a break. Records are held, not copied. */
const KEPT_MAX = 500;
/** Per account: a page holds one stream. */
export const LISTENERS_MAX = 50;
const WATCH_MS = 1_000;

export interface HubOptions {
  readonly clock: Clock;
  /** The breaker of each endpoint that was called, now. Asked once a second, and only while somebody listens. */
  breakers(): ReadonlyMap<string, HealthEvent['breaker']>;
  providerOf(endpointId: string): string;
}

/**
 * Tells those who listen what is settled and whose breaker moved, from memory. Publishing is pushing to a list: it never waits
 * for a listener, and one that does not read loses its place, not our memory.
 */
export class EventHub {
  /** Names this process's numbering: ids of an earlier one are known to be so. */
  readonly bootId = randomText(8);
  readonly #options: HubOptions;
  readonly #listeners = new Set<Listener>();
  readonly #kept: HubEvent[] = [];
  #last = 0;
  #breakers: ReadonlyMap<string, HealthEvent['breaker']> | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  settled(record: GenerationRecord): void {
    this.#publish({ number: ++this.#last, topic: 'generations', accountId: record.accountId, record });
  }

  /** Undefined when the account listens too often already. */
  listen(listener: Listener): (() => void) | undefined {
    const own = [...this.#listeners].filter(({ accountId }) => accountId === listener.accountId);
    if (own.length >= LISTENERS_MAX) return undefined;
    this.#listeners.add(listener);
    this.#stopWatching ??= this.#watch();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stopWatching?.();
      this.#stopWatching = undefined;
      this.#breakers = undefined;
    };
  }

  /** What this listener missed since the id; a reason when it cannot be said. */
  since(lastEventId: string, listener: Listener): readonly HubEvent[] | 'too-old' | 'restarted' {
    const [boot, text = ''] = lastEventId.split('-');
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (boot !== this.bootId || Number.isNaN(number) || number > this.#last) return 'restarted';
    const [oldest] = this.#kept;
    if (oldest ? number < oldest.number - 1 : number < this.#last) return 'too-old';
    return this.#kept.filter((event) => event.number > number && isFor(event, listener));
  }

  #publish(event: HubEvent): void {
    this.#kept.push(event);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    for (const listener of this.#listeners) if (isFor(event, listener)) listener.hear(event);
  }

  #watch(): () => void {
    this.#breakers = this.#options.breakers();
    return this.#options.clock.every(WATCH_MS, () => {
      const now = this.#options.breakers();
      const before = this.#breakers;
      this.#breakers = now;
      const at = new Date(this.#options.clock.nowMs()).toISOString();
      for (const [endpoint, breaker] of now) {
        if ((before?.get(endpoint) ?? 'closed') === breaker) continue;
        const health = { endpoint, provider: this.#options.providerOf(endpoint), breaker, at };
        this.#publish({ number: ++this.#last, topic: 'health', health });
      }
    });
  }
}

function isFor(event: HubEvent, { accountId, topics }: Listener): boolean {
  return topics.has(event.topic) && (event.topic === 'health' || event.accountId === accountId);
}
