import { assert } from '../base/assert.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { rollUp } from '../statistics/rollup.ts';
import { bigintOf, type Database, numberOf, type Queries, textOf } from './database.ts';
import {
  ADD_KEY_USAGE,
  generationRow,
  INSERT_GENERATION,
  type KeySpending,
  sumAccountSpending,
  sumKeySpending,
  text,
} from './generation-rows.ts';
import { accountSubject, keySubject, LOCK_ACCOUNT, leasedPico, noteReplica } from './leases.ts';
import { addRollup } from './rollup-rows.ts';

/** SQLite's thread and PostgreSQL's locks are held for one batch at a time. */
export const SETTLE_RECORDS_MAX = 500;

const SPEND =
  'UPDATE account_balance SET spent_pico = spent_pico + $2, shortfall_pico = shortfall_pico + $3 WHERE account_id = $1';
const SHRINK_LEASE =
  'UPDATE lease SET amount_pico = CASE WHEN amount_pico > $3 THEN amount_pico - $3 ELSE 0 END ' +
  'WHERE subject = $1 AND replica_id = $2';

/**
 * Keeps generations exactly once. Whoever inserts an id first moves the money for it; the same record again inserts nothing and
 * so moves nothing, whether it comes a second time, from two replicas at once or after a commit whose outcome nobody learned.
 * Rows are locked in the order generation, replica, account, key, lease, rollups.
 */
export function settle(
  database: Database,
  records: readonly GenerationRecord[],
  replicaId: string | undefined,
  nowMs: number,
): Promise<readonly string[]> {
  assert(records.length <= SETTLE_RECORDS_MAX, 'more records in a batch than storage takes at once');
  if (records.length === 0) return Promise.resolve([]);
  const byId = new Map(records.map((record) => [text(record.id), record]));
  const sorted = [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
  const rows = sorted.map(generationRow);
  return database.transaction(async (queries) => {
    const inserted = (await queries.queryEach(INSERT_GENERATION, rows)).flatMap((ids) =>
      ids.map((row) => textOf(row.id)),
    );
    if (replicaId !== undefined) await noteReplica(queries, replicaId, nowMs);
    const fresh = inserted.map((id) => byId.get(id)).filter((record) => record !== undefined);
    assert(fresh.length === inserted.length, 'storage returned an id that was not sent');
    if (fresh.length > 0) await moveMoney(queries, fresh, replicaId);
    return fresh.map((record) => record.id);
  });
}

async function moveMoney(queries: Queries, fresh: readonly GenerationRecord[], replicaId: string | undefined) {
  const accounts = sumAccountSpending(fresh);
  const keys = sumKeySpending(fresh);
  const balances = await queries.queryEach(
    LOCK_ACCOUNT,
    accounts.map(([accountId]) => [accountId]),
  );
  await queries.queryEach(
    ADD_KEY_USAGE,
    keys.map((key) => [key.keyHash, key.period, key.windowStartMs, key.spentPico, key.byokPico]),
  );
  for (const [index, [accountId, charged]] of accounts.entries()) {
    const balance = balances[index]?.[0];
    assert(balance, 'a locked balance is returned');
    const left = bigintOf(balance.deposited_pico) - bigintOf(balance.spent_pico);
    await spend(queries, accountId, { charged, left, replicaId });
  }
  if (replicaId !== undefined) await shrinkKeyLeases(queries, keys, replicaId);
  await addRollup(queries, rollUp(fresh));
}

interface Spending {
  readonly charged: bigint;
  /** Deposited and not yet spent, leased or not. */
  readonly left: bigint;
  readonly replicaId: string | undefined;
}

async function spend(queries: Queries, accountId: string, { charged, left, replicaId }: Spending): Promise<void> {
  const subject = accountSubject(accountId);
  const lease = replicaId === undefined ? undefined : await ownLease(queries, subject, replicaId);
  if (replicaId === undefined || lease === undefined) {
    await queries.query(SPEND, [accountId, charged, 0n]);
    return;
  }
  const fromLease = charged < lease ? charged : lease;
  let fromFree = 0n;
  if (charged > fromLease) {
    const free = left - (await leasedPico(queries, subject));
    const rest = charged - fromLease;
    fromFree = free <= 0n ? 0n : free < rest ? free : rest;
  }
  await queries.query(SHRINK_LEASE, [subject, replicaId, fromLease]);
  await queries.query(SPEND, [accountId, fromLease + fromFree, charged - fromLease - fromFree]);
}

/** Undefined when this replica never leased from the account. */
async function ownLease(queries: Queries, subject: string, replicaId: string): Promise<bigint | undefined> {
  const [row] = await queries.query('SELECT amount_pico FROM lease WHERE subject = $1 AND replica_id = $2', [
    subject,
    replicaId,
  ]);
  return row && bigintOf(row.amount_pico);
}

/** A key has one limit window at a time; a lease of any window that a charge falls into is what the charge was held from. */
async function shrinkKeyLeases(queries: Queries, keys: readonly KeySpending[], replicaId: string): Promise<void> {
  const hashes = [...new Set(keys.map((key) => key.keyHash))];
  const settings = await queries.queryEach(
    'SELECT hash FROM api_key WHERE hash = $1 AND include_byok_in_limit = 1',
    hashes.map((hash) => [hash]),
  );
  const countsByok = new Set(settings.flat().map((row) => textOf(row.hash)));
  const amounts = new Map<string, bigint>();
  for (const key of keys) {
    const subject = keySubject(key.keyHash, numberOf(key.windowStartMs));
    // Windows that start together (a Monday, a first) share one lease and hold the same charges: the largest sum is all of them.
    const amount = key.spentPico + (countsByok.has(key.keyHash) ? key.byokPico : 0n);
    const other = amounts.get(subject);
    if (other === undefined || other < amount) amounts.set(subject, amount);
  }
  const sorted = [...amounts].filter(([, amount]) => amount > 0n).sort(([a], [b]) => (a < b ? -1 : 1));
  await queries.queryEach(
    SHRINK_LEASE,
    sorted.map(([subject, amount]) => [subject, replicaId, amount]),
  );
}
