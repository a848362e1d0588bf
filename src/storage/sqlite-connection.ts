import { SQLiteError, Database as Sqlite, type Statement } from 'bun:sqlite';
import type { Params, Row } from './database.ts';

/** How long a statement waits for another process, such as the CLI, that is writing. */
const BUSY_TIMEOUT_MS = 5_000;
/** Becoming a WAL database takes a lock that SQLite doesn't wait for when several processes open a new file at once. */
const OPEN_TRIES = 250;
const OPEN_RETRY_MS = 20;
/** Enough for every statement of ours; a bound, so that a mistake can't fill memory. */
const PREPARED_MAX = 200;

/**
 * One SQLite connection, synchronous. `synchronous=FULL` makes each commit wait for the disk: the journal deletes what is
 * drained, so what is drained must survive a loss of power. It costs one fsync per batch, not per generation.
 */
export class SqliteConnection {
  readonly #sqlite: Sqlite;
  readonly #prepared = new Map<string, Statement<Row, SqlBinding[]>>();

  constructor(path: string) {
    this.#sqlite = new Sqlite(path, { create: true, safeIntegers: true, strict: true });
    this.#sqlite.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#useWriteAheadLog();
    this.#sqlite.run('PRAGMA synchronous = FULL');
    this.#sqlite.run('PRAGMA foreign_keys = ON');
  }

  #useWriteAheadLog(): void {
    for (let tries = 1; ; tries++) {
      try {
        this.#sqlite.run('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!(error instanceof SQLiteError) || !error.code?.startsWith('SQLITE_BUSY') || tries === OPEN_TRIES)
          throw error;
        // This is SQLite's own thread: nobody else waits here.
        Bun.sleepSync(OPEN_RETRY_MS);
      }
    }
  }

  query(sql: string, params: Params): Row[] {
    return this.#prepare(sql).all(...params);
  }

  queryEach(sql: string, paramLists: readonly Params[]): Row[][] {
    const statement = this.#prepare(sql);
    return paramLists.map((params) => statement.all(...params));
  }

  /** Leaves a transaction that failed or whose caller has gone. */
  rollBack(): void {
    if (this.#sqlite.inTransaction) this.#sqlite.run('ROLLBACK');
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.finalize();
    this.#prepared.clear();
    this.#sqlite.close();
  }

  #prepare(sql: string): Statement<Row, SqlBinding[]> {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      if (this.#prepared.size >= PREPARED_MAX) {
        for (const old of this.#prepared.values()) old.finalize();
        this.#prepared.clear();
      }
      // `$1` would be a parameter by name here; `?1` is the same by number.
      statement = this.#sqlite.prepare<Row, SqlBinding[]>(sql.replace(/\$(\d+)/g, '?$1'));
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

type SqlBinding = string | number | bigint | null;
