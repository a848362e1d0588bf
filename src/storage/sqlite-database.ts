import { assert } from '../base/assert.ts';
import { type Database, DataRefused, type Params, type Queries, type Row, StorageAway } from './database.ts';

export type SqliteTask = { readonly id: number } & SqliteWork;
type SqliteWork =
  | { readonly do: 'open'; readonly path: string }
  | { readonly do: 'query'; readonly sql: string; readonly params: Params }
  | { readonly do: 'query-each'; readonly sql: string; readonly paramLists: readonly Params[] }
  | { readonly do: 'roll-back' }
  | { readonly do: 'close' };

export interface SqliteReply {
  readonly id: number;
  readonly result?: readonly Row[] | readonly (readonly Row[])[] | undefined;
  readonly error?: { readonly name: string; readonly code: string; readonly message: string };
}

interface Waiting {
  resolve(result: SqliteReply['result']): void;
  reject(error: Error): void;
}

/** SQLite behind the port: one connection in a worker thread, one transaction at a time. */
export class SqliteDatabase implements Database {
  readonly kind = 'sqlite';
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  /** Ends when the work before has ended: statements of others never slip into a transaction. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  query(sql: string, params: Params = []): Promise<readonly Row[]> {
    return this.#inTurn(() => this.#query(sql, params));
  }

  queryEach(sql: string, paramLists: readonly Params[]): Promise<readonly (readonly Row[])[]> {
    return this.transaction((queries) => queries.queryEach(sql, paramLists));
  }

  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      // IMMEDIATE takes the write lock at once: a transaction never fails half-way because another process wrote.
      await this.#query('BEGIN IMMEDIATE', []);
      try {
        const result = await work({
          query: (sql, params = []) => this.#query(sql, params),
          queryEach: async (sql, paramLists) =>
            (await this.#send({ do: 'query-each', sql, paramLists })) as readonly (readonly Row[])[],
        });
        await this.#query('COMMIT', []);
        return result;
      } catch (error) {
        if (this.#worker) await this.#send({ do: 'roll-back' }).catch(() => this.#drop('cannot roll back'));
        throw error;
      }
    });
  }

  /** SQLite has one writer anyway, across processes too. */
  exclusively<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.transaction(work);
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#worker) await this.#send({ do: 'close' });
    }).catch(() => {});
    this.#isClosed = true;
    this.#drop('closed');
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #query(sql: string, params: Params): Promise<readonly Row[]> {
    return (await this.#send({ do: 'query', sql, params })) as readonly Row[];
  }

  async #send(work: SqliteWork): Promise<SqliteReply['result']> {
    if (this.#isClosed) throw new StorageAway('Storage is closed');
    if (!this.#worker) await this.#start();
    return this.#post(work);
  }

  async #start(): Promise<void> {
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url));
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<SqliteReply>) => this.#receive(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.#worker === worker) this.#drop(event.message);
    };
    try {
      await this.#post({ do: 'open', path: this.#path });
    } catch (error) {
      this.#drop('cannot open');
      throw error;
    }
  }

  #post(work: SqliteWork): Promise<SqliteReply['result']> {
    assert(this.#worker, 'SQLite worker is running');
    const id = ++this.#lastId;
    const answer = new Promise<SqliteReply['result']>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#worker.postMessage({ id, ...work } satisfies SqliteTask);
    return answer;
  }

  #receive(reply: SqliteReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.error) waiting?.reject(sqliteFailure(reply.error));
    else waiting?.resolve(reply.result);
  }

  /** The next statement starts a new worker, except in memory, where all would be lost. */
  #drop(reason: string): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(new StorageAway(`SQLite stopped: ${reason}`));
    this.#waiting.clear();
    if (this.#path === ':memory:') this.#isClosed = true;
  }
}

const REFUSED_CODES = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;
const AWAY_CODES =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOTADB|CORRUPT|NOMEM|PROTOCOL|PERM|AUTH|INTERRUPT)/;

function sqliteFailure(error: { readonly name: string; readonly code: string; readonly message: string }): Error {
  const message = `SQLite: ${error.message}`;
  if (error.name === 'RangeError' || REFUSED_CODES.test(error.code)) return new DataRefused(message);
  if (AWAY_CODES.test(error.code)) return new StorageAway(message);
  return new Error(message);
}
