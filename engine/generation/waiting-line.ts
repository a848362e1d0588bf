/**
 * Who waits for a turn. Tenants take turns, each in its own order, so that one with a hundred requests does not keep out
 * one with a single request. When the line is full, the longest queue gives up its newest place.
 */
export interface Waiting {
  readonly task: { readonly tenant: string };
}

export class WaitingLine<Item extends Waiting> {
  /** Tenants in the order in which they are served next. */
  readonly #queues = new Map<string, Item[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns who has no place any more where there are `placesMax`: somebody of the longest queue, or `item` itself. */
  join(item: Item, placesMax: number): Item | undefined {
    const { tenant } = item.task;
    const queue = this.#queues.get(tenant) ?? [];
    let turnedAway: Item | undefined;
    if (this.#length >= placesMax) {
      const longest = this.#longest();
      if (!longest || longest.length <= queue.length + 1) return item;
      turnedAway = longest.at(-1)!;
      this.leave(turnedAway);
    }
    queue.push(item);
    this.#queues.set(tenant, queue);
    this.#length++;
    return turnedAway;
  }

  /** Whoever is next, still in line. */
  first(): Item | undefined {
    return this.#queues.values().next().value?.[0];
  }

  /** The first one's turn has come: its tenant goes to the end of the line, also when more of its requests wait. */
  takeFirst(): void {
    const next = this.#queues.entries().next().value;
    if (!next) return;
    const [tenant, queue] = next;
    queue.shift();
    this.#length--;
    this.#queues.delete(tenant);
    if (queue.length > 0) this.#queues.set(tenant, queue);
  }

  leave(item: Item): void {
    const { tenant } = item.task;
    const queue = this.#queues.get(tenant);
    const index = queue?.indexOf(item) ?? -1;
    if (!queue || index < 0) return;
    queue.splice(index, 1);
    this.#length--;
    if (queue.length === 0) this.#queues.delete(tenant);
  }

  #longest(): readonly Item[] | undefined {
    let longest: readonly Item[] | undefined;
    for (const queue of this.#queues.values()) if (queue.length > (longest?.length ?? 0)) longest = queue;
    return longest;
  }
}
