import { windowStartMs } from '../accounts/windows.ts';
import { assert } from '../base/assert.ts';
import type { BudgetSubject } from '../billing/ledger-store.ts';
import { bigintOf, type Database, numberOf, type Queries, textOf } from './database.ts';
import { text, USAGE_PERIODS } from './generation-rows.ts';

/**
 * Leases: parts of a budget that replicas hold, so that a request needn't ask storage. Each change locks the budget's row first
 * (an account's balance, a key's total), so that grants and settlements of one budget happen one after another and their sum
 * never exceeds it.
 */

const DAY_MS = 86_400_000;
/**
 * An emptied lease on an account stays this long after its replica was last heard of: records it settles late are still known to
 * be limited, and may become shortfall but never debt.
 */
const FORGET_REPLICA_MS = 30 * DAY_MS;

/** Makes the row when there is none, locks it, and returns it. */
export const LOCK_ACCOUNT =
  'INSERT INTO account_balance (account_id, deposited_pico, spent_pico, shortfall_pico) VALUES ($1, 0, 0, 0) ' +
  'ON CONFLICT (account_id) DO UPDATE SET spent_pico = account_balance.spent_pico ' +
  'RETURNING deposited_pico, spent_pico, shortfall_pico';

const LOCK_KEY =
  "INSERT INTO key_usage (key_hash, period, window_start_ms, spent_pico, byok_pico) VALUES ($1, 'total', 0, 0, 0) " +
  'ON CONFLICT (key_hash, period, window_start_ms) DO UPDATE SET spent_pico = key_usage.spent_pico';

export function accountSubject(accountId: string): string {
  return `account:${accountId}`;
}

export function keySubject(keyHash: string, startMs: number): string {
  return `key:${keyHash}:${startMs}`;
}

export interface LeaseRequest {
  readonly subject: BudgetSubject;
  readonly replicaId: string;
  readonly wantPico: bigint;
  readonly nowMs: number;
}

export function lease(database: Database, { subject, replicaId, wantPico, nowMs }: LeaseRequest): Promise<bigint> {
  assert(wantPico >= 0n, 'leasing less than nothing');
  const name = nameOf(subject);
  return database.transaction(async (queries) => {
    await noteReplica(queries, replicaId, nowMs);
    const free = (await lockBudget(queries, subject, nowMs)) - (await leasedPico(queries, name));
    const granted = free <= 0n ? 0n : free < wantPico ? free : wantPico;
    await queries.query(
      'INSERT INTO lease (subject, replica_id, amount_pico) VALUES ($1, $2, $3) ' +
        'ON CONFLICT (subject, replica_id) DO UPDATE SET amount_pico = lease.amount_pico + excluded.amount_pico',
      [name, replicaId, granted],
    );
    return granted;
  });
}

export function returnLease(database: Database, request: LeaseRequest): Promise<void> {
  const { subject, replicaId, wantPico, nowMs } = request;
  assert(wantPico >= 0n, 'returning less than nothing');
  return database.transaction(async (queries) => {
    await noteReplica(queries, replicaId, nowMs);
    await lockBudget(queries, subject, nowMs);
    await queries.query(
      'UPDATE lease SET amount_pico = CASE WHEN amount_pico > $3 THEN amount_pico - $3 ELSE 0 END ' +
        'WHERE subject = $1 AND replica_id = $2',
      [nameOf(subject), replicaId, wantPico],
    );
  });
}

export function expireLeases(database: Database, beforeMs: number): Promise<void> {
  return database.transaction(async (queries) => {
    // Locks the replica's row: one that comes back to life this moment waits, and then leases anew.
    const dead = await queries.query(
      'UPDATE replica SET seen_ms = seen_ms WHERE seen_ms < $1 RETURNING replica_id, seen_ms',
      [beforeMs],
    );
    const sorted = dead.toSorted((a, b) => (textOf(a.replica_id) < textOf(b.replica_id) ? -1 : 1));
    for (const row of sorted) {
      const isForgotten = numberOf(row.seen_ms) < beforeMs - FORGET_REPLICA_MS;
      if (isForgotten) {
        await queries.query('DELETE FROM lease WHERE replica_id = $1', [textOf(row.replica_id)]);
        await queries.query('DELETE FROM replica WHERE replica_id = $1', [textOf(row.replica_id)]);
      } else {
        await queries.query('UPDATE lease SET amount_pico = 0 WHERE replica_id = $1 AND amount_pico > 0', [
          textOf(row.replica_id),
        ]);
      }
    }
  });
}

export function dropLeases(database: Database, replicaId: string, nowMs: number): Promise<void> {
  return database.transaction(async (queries) => {
    await noteReplica(queries, replicaId, nowMs);
    await queries.query('UPDATE lease SET amount_pico = 0 WHERE replica_id = $1 AND amount_pico > 0', [replicaId]);
  });
}

/** The sum of what all replicas hold of one budget. */
export async function leasedPico(queries: Queries, subject: string): Promise<bigint> {
  const [row] = await queries.query(
    'SELECT CAST(COALESCE(SUM(amount_pico), 0) AS BIGINT) AS leased_pico FROM lease WHERE subject = $1',
    [subject],
  );
  return bigintOf(row?.leased_pico);
}

export async function noteReplica(queries: Queries, replicaId: string, nowMs: number): Promise<void> {
  await queries.query(
    'INSERT INTO replica (replica_id, seen_ms) VALUES ($1, $2) ' +
      'ON CONFLICT (replica_id) DO UPDATE SET seen_ms = CASE WHEN replica.seen_ms > excluded.seen_ms THEN replica.seen_ms ELSE excluded.seen_ms END',
    [replicaId, nowMs],
  );
}

function nameOf(subject: BudgetSubject): string {
  return subject.kind === 'account'
    ? accountSubject(text(subject.accountId))
    : keySubject(text(subject.keyHash), subject.windowStartMs);
}

/** Locks the budget and returns what is not spent of it, leased or not. */
async function lockBudget(queries: Queries, subject: BudgetSubject, nowMs: number): Promise<bigint> {
  if (subject.kind === 'account') {
    const [row] = await queries.query(LOCK_ACCOUNT, [text(subject.accountId)]);
    return bigintOf(row?.deposited_pico) - bigintOf(row?.spent_pico);
  }
  const hash = text(subject.keyHash);
  await queries.query(LOCK_KEY, [hash]);
  // Of a window that is over (or has not begun) nothing is granted: its spending is no longer the key's limit.
  const window = USAGE_PERIODS.find(({ reset }) => windowStartMs(reset, nowMs).windowStartMs === subject.windowStartMs);
  if (!window) return 0n;
  const [row] = await queries.query(
    'SELECT spent_pico, byok_pico FROM key_usage WHERE key_hash = $1 AND period = $2 AND window_start_ms = $3',
    [hash, window.period, subject.windowStartMs],
  );
  const [key] = await queries.query('SELECT include_byok_in_limit FROM api_key WHERE hash = $1', [hash]);
  const countsByok = numberOf(key?.include_byok_in_limit) === 1;
  return subject.limitPico - bigintOf(row?.spent_pico) - (countsByok ? bigintOf(row?.byok_pico) : 0n);
}
