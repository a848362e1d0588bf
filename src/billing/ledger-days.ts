import type { Deposit } from './ledger-store.ts';

/** Money of one UTC day. */
export interface LedgerDay {
  readonly dayMs: number;
  readonly depositedPico: bigint;
  readonly spentPico: bigint;
  readonly generations: number;
  readonly deposits: readonly Deposit[];
}

export interface LedgerDays {
  /** Days on which something moved, newest first. */
  list(query: {
    readonly accountId: string;
    readonly beforeMs: number;
    readonly limit: number;
  }): Promise<readonly LedgerDay[]>;
}
