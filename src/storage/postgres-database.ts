import { SQL } from 'bun';
import type { Clock } from '../base/clock.ts';
import { type Database, DataRefused, type Params, type Queries, type Row, StorageAway } from './database.ts';

const CONNECTIONS_MAX = 8;
const CONNECT_TIMEOUT_SECONDS = 3;
/** A server that keeps silent longer is away: its connections are dropped and made anew. */
const OPERATION_TIMEOUT_MS = 10_000;
/** Migrations may wait for another replica that is migrating. */
const EXCLUSIVE_TIMEOUT_MS = 120_000;
const DEADLOCK_TRIES = 4;
/** Any constant will do; it must be the same in every version. */
const ADVISORY_LOCK = 7_117_001;

type Runner = Pick<SQL, 'unsafe'>;

/** PostgreSQL behind the port, through Bun's own driver. Fails fast while the server is away; the next call tries again. */
export class PostgresDatabase implements Database {
  readonly kind = 'postgres';
  readonly #url: string;
  readonly #clock: Clock;
  #sql: SQL;
  #commitsAreDurable: boolean | undefined;

  constructor(url: string, clock: Clock) {
    this.#url = url;
    this.#clock = clock;
    this.#sql = connect(url);
  }

  query(sql: string, params: Params = []): Promise<readonly Row[]> {
    return this.#within(OPERATION_TIMEOUT_MS, () => queriesOf(this.#sql).query(sql, params));
  }

  queryEach(sql: string, paramLists: readonly Params[]): Promise<readonly (readonly Row[])[]> {
    return this.transaction((queries) => queries.queryEach(sql, paramLists));
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#transaction(OPERATION_TIMEOUT_MS, work);
  }

  exclusively<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#transaction(EXCLUSIVE_TIMEOUT_MS, async (queries) => {
      await queries.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
      return work(queries);
    });
  }

  async close(): Promise<void> {
    await this.#sql.close({ timeout: 1 }).catch(() => {});
  }

  async #transaction<T>(timeoutMs: number, work: (queries: Queries) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#within(timeoutMs, () => this.#begin(work));
      } catch (error) {
        if (!(error instanceof Conflict) || tries === DEADLOCK_TRIES) throw error;
      }
    }
  }

  async #begin<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    // A server set to lose acknowledged commits in a crash would lose money: those transactions then ask for a real commit.
    this.#commitsAreDurable ??= (await this.#sql.unsafe('SHOW synchronous_commit'))[0]?.synchronous_commit !== 'off';
    const isDurable = this.#commitsAreDurable;
    return (await this.#sql.begin('ISOLATION LEVEL READ COMMITTED', async (transaction) => {
      if (!isDurable) await transaction.unsafe('SET LOCAL synchronous_commit TO on');
      return await work(queriesOf(transaction));
    })) as T;
  }

  async #within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
    let cancel = () => {};
    const timeout = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(timeoutMs, () => {
        this.#reconnect();
        reject(new StorageAway(`PostgreSQL did not answer within ${timeoutMs} ms`));
      });
    });
    try {
      return await Promise.race([work(), timeout]);
    } catch (error) {
      throw postgresFailure(error);
    } finally {
      cancel();
    }
  }

  #reconnect(): void {
    const silent = this.#sql;
    this.#sql = connect(this.#url);
    this.#commitsAreDurable = undefined;
    silent.close({ timeout: 0 }).catch(() => {});
  }
}

function connect(url: string): SQL {
  return new SQL(url, {
    max: CONNECTIONS_MAX,
    bigint: true,
    connectionTimeout: CONNECT_TIMEOUT_SECONDS,
    idleTimeout: 0,
  });
}

function queriesOf(runner: Runner): Queries {
  const query = async (sql: string, params: Params = []): Promise<readonly Row[]> => runner.unsafe(sql, [...params]);
  return {
    query,
    // The driver sends them one after another without waiting: one round trip for all.
    queryEach: (sql, paramLists) => Promise.all(paramLists.map((params) => query(sql, params))),
  };
}

class Conflict extends StorageAway {}

function postgresFailure(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!(error instanceof SQL.PostgresError)) return error;
  const state = String(error.errno ?? '');
  const message = `PostgreSQL: ${error.message}`;
  if (error.code !== 'ERR_POSTGRES_SERVER_ERROR') return new StorageAway(message);
  if (state === '40001' || state === '40P01') return new Conflict(message);
  if (/^(22|23)/.test(state)) return new DataRefused(message);
  // 08 connection, 25006 read-only, 28 sign-in, 53 no room, 57 shutting down, 58 disk.
  if (/^(08|25006|28|53|57|58)/.test(state)) return new StorageAway(message);
  return new Error(`${message} (${state})`);
}
