import type { LedgerDay, LedgerDays } from '../billing/ledger-days.ts';
import type { Deposit } from '../billing/ledger-store.ts';
import { bigintOf, type Database, numberOf, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';

const DAY_MS = 86_400_000;
/** More deposits of one page are summed, but not shown one by one. */
const DEPOSITS_MAX = 1_000;

/** Deposits and settled spending of an account by UTC day. */
export class SqlDays implements LedgerDays {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(query: {
    readonly accountId: string;
    readonly beforeMs: number;
    readonly limit: number;
  }): Promise<readonly LedgerDay[]> {
    const params = [text(query.accountId), whole(query.beforeMs), whole(query.limit)];
    const day = (table: string, sums: string): string =>
      `SELECT created_ms - (created_ms % ${DAY_MS}) AS day_ms, ${sums} FROM ${table} WHERE account_id = $1 AND created_ms < $2 ` +
      'GROUP BY created_ms - (created_ms % 86400000) ORDER BY day_ms DESC LIMIT $3';
    const [spent, deposited] = await Promise.all([
      this.#database.query(
        day('generation', 'CAST(SUM(charged_pico) AS BIGINT) AS pico, COUNT(*) AS generations'),
        params,
      ),
      this.#database.query(day('deposit', 'CAST(SUM(amount_pico) AS BIGINT) AS pico'), params),
    ]);
    const spending = new Map(spent.map((row) => [numberOf(row.day_ms), row]));
    const deposits = new Map(deposited.map((row) => [numberOf(row.day_ms), bigintOf(row.pico)]));
    const days = [...new Set([...spending.keys(), ...deposits.keys()])].sort((a, b) => b - a).slice(0, query.limit);
    const oldest = days.at(-1);
    const moves = oldest === undefined ? [] : await this.#deposits(query.accountId, oldest, query.beforeMs);
    return days.map((dayMs) => ({
      dayMs,
      depositedPico: deposits.get(dayMs) ?? 0n,
      spentPico: bigintOf(spending.get(dayMs)?.pico),
      generations: numberOf(spending.get(dayMs)?.generations),
      deposits: moves.filter(({ createdAtMs }) => createdAtMs >= dayMs && createdAtMs < dayMs + DAY_MS),
    }));
  }

  async #deposits(accountId: string, fromMs: number, beforeMs: number): Promise<readonly Deposit[]> {
    const rows = await this.#database.query(
      'SELECT id, account_id, amount_pico, note, created_ms FROM deposit ' +
        'WHERE account_id = $1 AND created_ms >= $2 AND created_ms < $3 ORDER BY created_ms DESC LIMIT $4',
      [text(accountId), fromMs, whole(beforeMs), DEPOSITS_MAX],
    );
    return rows.map((row) => ({
      id: textOf(row.id),
      accountId: textOf(row.account_id),
      amountPico: bigintOf(row.amount_pico),
      note: textOf(row.note),
      createdAtMs: numberOf(row.created_ms),
    }));
  }
}
