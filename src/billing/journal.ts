import type { GenerationRecord } from './generation-record.ts';

/**
 * Settled generations on local disk, on their way into storage. `append` returns when the operating system has the line, so a
 * killed process loses none; storage may be slow or away for as long as the disk has room.
 */
export interface Journal {
  /** Whose leases the appended charges are taken from. Stays the same when the process starts again on the same directory. */
  readonly replicaId: string;
  /** Appends synchronously. Throws when the disk refuses: then the answer's end must not be reported as success. */
  append(record: GenerationRecord): void;
  /** Notes that a generation has begun to cost money, and how far it came; a later `append` of the same id closes it. */
  checkpoint(open: OpenGeneration): void;
  /** Records that are settled but not yet drained, newest last. Of very many, only the oldest that are kept in memory. */
  pending(): readonly GenerationRecord[];
  /** How many there are in all. */
  readonly pendingCount: number;
  /** A record that is settled but not yet drained. */
  findPending(id: string): GenerationRecord | undefined;
  /** Charges of a key that are settled but not yet in storage, in picodollars. */
  pendingSpending(keyHash: string): bigint;
  pendingAccountSpending(accountId: string): bigint;
  /** What an earlier process left open: begun, never settled. Read once at start. */
  leftOpen(): readonly OpenGeneration[];
  /** Pushes pending records into storage until none is left or storage fails. Safe to repeat: storage keeps each id once. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** A generation whose answer has begun: enough to settle it by estimate if the process dies. */
export interface OpenGeneration {
  /** The record as it would be settled now, with `outcome: 'estimated'`. */
  readonly record: GenerationRecord;
}
