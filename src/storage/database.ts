/** What a column can hold. SQL's null stays in this folder: readers turn it into `undefined`. */
export type SqlValue = string | number | bigint | null;
export type Row = Readonly<Record<string, SqlValue>>;
export type Params = readonly SqlValue[];

export interface Queries {
  /** Parameters are `$1`, `$2`, …; values never stand in the text of a statement. */
  query(sql: string, params?: Params): Promise<readonly Row[]>;
  /** Runs one statement once per parameter list, in order and without waiting in between. The rows of each run. */
  queryEach(sql: string, paramLists: readonly Params[]): Promise<readonly (readonly Row[])[]>;
}

/**
 * The tiny port between portable SQL and a database. A transaction is all or nothing, sees what others committed before each of
 * its statements, and is on disk when its promise resolves. `work` may be run again after a deadlock, so it has no effects of its own.
 */
export interface Database extends Queries {
  readonly kind: 'sqlite' | 'postgres';
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  /** A transaction that no other replica's `exclusively` overlaps. */
  exclusively<T>(work: (queries: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The database cannot be reached, has no room or did not answer in time. Whether the work was done is not known. */
export class StorageAway extends Error {
  override readonly name = 'StorageAway';
}

/** The database is well but will never take these values, such as an amount beyond 64 bits. */
export class DataRefused extends Error {
  override readonly name = 'DataRefused';
}

export function bigintOf(value: SqlValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  return value === null || value === undefined ? 0n : BigInt(value);
}

export function numberOf(value: SqlValue | undefined): number {
  return Number(value ?? 0);
}

export function textOf(value: SqlValue | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
