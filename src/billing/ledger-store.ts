import type { Endpoint } from '../catalog/endpoint.ts';
import type { GenerationRecord } from './generation-record.ts';

/** A movement of credit into (or out of) an account that no generation caused. */
export interface Deposit {
  /** Unique: the same deposit twice is one deposit. */
  readonly id: string;
  readonly accountId: string;
  readonly amountPico: bigint;
  readonly note: string;
  readonly createdAtMs: number;
}

export interface AccountBalance {
  readonly depositedPico: bigint;
  /** Never above what was deposited, when spending is leased. */
  readonly spentPico: bigint;
  /** Charges that no lease and no credit covered any more: the operator's loss, never the account's debt. */
  readonly shortfallPico: bigint;
}

/** What spending is limited by: an account's credit, or a key's limit in its current window. */
export type BudgetSubject =
  | { readonly kind: 'account'; readonly accountId: string }
  | {
      readonly kind: 'key';
      readonly keyHash: string;
      readonly windowStartMs: number;
      readonly windowEndMs?: number;
      readonly limitPico: bigint;
    };

export interface LedgerStore {
  /**
   * Keeps settled generations, exactly once each: a record whose id is already there changes nothing. One transaction for the
   * batch, with balances, key usage windows and rollups. At most 500 records. Returns the ids that were new.
   *
   * Leased credit becomes spent credit in the same transaction: a charge is taken from the lease that `replicaId` (who served the
   * generation) has on the account, then from credit nobody leased; what neither covers is the operator's shortfall. The lease on
   * the key's window shrinks alike. A replica that never leased from the account, or none, is not limited: all is spent.
   */
  settle(records: readonly GenerationRecord[], replicaId?: string): Promise<readonly string[]>;
  deposit(deposit: Deposit): Promise<void>;
  balance(accountId: string): Promise<AccountBalance>;
  findGeneration(id: string): Promise<GenerationRecord | undefined>;
  /** Newest first. */
  recentGenerations(query: {
    accountId: string;
    limit: number;
    beforeMs?: number;
  }): Promise<readonly GenerationRecord[]>;
  /** The endpoints a plan was made from, kept once per key. */
  saveRouteFacts(key: string, endpoints: readonly Endpoint[]): Promise<void>;
  findRouteFacts(key: string): Promise<readonly Endpoint[] | undefined>;
  /**
   * Moves up to `wantPico` of what is left of a budget into this replica's lease, so that it can be held without asking again.
   * The sum of all leases and all spending never exceeds the budget. Returns what was granted, possibly 0. Any call, also one that
   * wants 0, tells that the replica lives.
   */
  lease(subject: BudgetSubject, replicaId: string, wantPico: bigint, nowMs: number): Promise<bigint>;
  /**
   * Gives leases back: on shutdown, or the unused part of one. Not to be repeated after an error, since the first may have
   * arrived: what was not given back comes free when the replica's leases expire.
   */
  returnLease(subject: BudgetSubject, replicaId: string, amountPico: bigint): Promise<void>;
  /** Drops what dead replicas still hold: those not heard of (no lease, return or settlement) since `beforeMs`. */
  expireLeases(beforeMs: number): Promise<void>;
  /** Drops all leases of one replica: at its start, when nothing of its earlier life is left to settle. */
  dropLeases(replicaId: string): Promise<void>;
  /**
   * Deletes the generations of the demonstration's workspace with all that was counted of them, and gives their charges back.
   * How many there were. Those on their way into storage come in later: drain first.
   */
  removeDemo(): Promise<number>;
}
