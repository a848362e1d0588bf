import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Place } from './journal-segments.ts';

/** A settled record on its way into storage. Without `record` only its place in the journal is known. */
export interface PendingRecord {
  readonly id: string;
  readonly keyHash: string;
  readonly accountId: string;
  readonly chargedPico: bigint;
  readonly place: Place;
  readonly record: GenerationRecord | undefined;
}

/** A queue with sums by key and account, so that reading what is pending costs nothing. Holds so many records, then only places. */
export class PendingRecords {
  readonly #inMemoryMax: number;
  readonly #byId = new Map<string, PendingRecord>();
  readonly #byKey = new Map<string, bigint>();
  readonly #byAccount = new Map<string, bigint>();
  #inMemory = 0;
  #records: readonly GenerationRecord[] | undefined;

  constructor(inMemoryMax: number) {
    this.#inMemoryMax = inMemoryMax;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Oldest first, those in memory. The same list until something changes. */
  records(): readonly GenerationRecord[] {
    this.#records ??= [...this.#byId.values()].flatMap((pending) => pending.record ?? []);
    return this.#records;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  find(id: string): PendingRecord | undefined {
    return this.#byId.get(id);
  }

  keySpending(keyHash: string): bigint {
    return this.#byKey.get(keyHash) ?? 0n;
  }

  accountSpending(accountId: string): bigint {
    return this.#byAccount.get(accountId) ?? 0n;
  }

  add(record: GenerationRecord, place: Place): void {
    const isKept = this.#inMemory < this.#inMemoryMax;
    if (isKept) this.#inMemory++;
    const { id, keyHash, accountId } = record;
    const chargedPico = record.charge.chargedPico;
    this.#byId.set(id, { id, keyHash, accountId, chargedPico, place, record: isKept ? record : undefined });
    addTo(this.#byKey, keyHash, chargedPico);
    addTo(this.#byAccount, accountId, chargedPico);
    this.#records = undefined;
  }

  remove(pending: PendingRecord): void {
    if (!this.#byId.delete(pending.id)) return;
    if (pending.record) this.#inMemory--;
    addTo(this.#byKey, pending.keyHash, -pending.chargedPico);
    addTo(this.#byAccount, pending.accountId, -pending.chargedPico);
    this.#records = undefined;
  }

  /** The oldest ones of one replica, at most `count`. */
  oldest(count: number): readonly PendingRecord[] {
    const batch: PendingRecord[] = [];
    for (const pending of this.#byId.values()) {
      const isSameReplica =
        batch[0] === undefined || batch[0].place.segment.replicaId === pending.place.segment.replicaId;
      if (batch.length === count || !isSameReplica) break;
      batch.push(pending);
    }
    return batch;
  }
}

function addTo(sums: Map<string, bigint>, name: string, amount: bigint): void {
  const sum = (sums.get(name) ?? 0n) + amount;
  if (sum === 0n) sums.delete(name);
  else sums.set(name, sum);
}
