import type { OffSwitch, StatisticsStore } from '../statistics/statistics-store.ts';

/** What operators took out of routing: in memory for every plan, in storage for a restart and for other replicas. */
export class SwitchKeeper {
  readonly #store: StatisticsStore;
  #switches: readonly OffSwitch[] = [];
  #targets: ReadonlySet<string> = new Set();
  /** Counts changes of ours, so that a slow reading of storage never undoes one. */
  #changes = 0;

  constructor(store: StatisticsStore) {
    this.#store = store;
  }

  /** The same set until something changes. */
  targets(): ReadonlySet<string> {
    return this.#targets;
  }

  list(): readonly OffSwitch[] {
    return this.#switches;
  }

  /** In storage first: what is said to be off stays off. Off already: nothing changes. */
  async turnOff(off: OffSwitch): Promise<void> {
    await this.#store.saveOffSwitch(off);
    this.#changes++;
    if (!this.#targets.has(off.target)) this.#replace([...this.#switches, off]);
  }

  /** Whether it was off. */
  async turnOn(target: string): Promise<boolean> {
    const wasOff = await this.#store.removeOffSwitch(target);
    this.#changes++;
    this.#replace(this.#switches.filter((off) => off.target !== target));
    return wasOff;
  }

  async refresh(): Promise<void> {
    const changes = this.#changes;
    const stored = await this.#store.offSwitches();
    if (changes === this.#changes && JSON.stringify(stored) !== JSON.stringify(this.#switches)) this.#replace(stored);
  }

  #replace(switches: readonly OffSwitch[]): void {
    this.#switches = switches;
    this.#targets = new Set(switches.map(({ target }) => target));
  }
}
