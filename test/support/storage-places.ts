import { afterAll, afterEach, describe, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiKey } from '../../src/accounts/api-key.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Deposit } from '../../src/billing/ledger-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { openStorage, type Storage } from '../../src/storage/open-storage.ts';
import { PostgresDatabase } from '../../src/storage/postgres-database.ts';
import { SqliteDatabase } from '../../src/storage/sqlite-database.ts';
import { startPostgres } from './postgres.ts';

/** A place for one database: opened any number of times, by as many replicas. */
export interface Place {
  open(): Promise<Storage>;
  /** Below the storage, to look at tables. */
  database(): Database;
}

const cleanups: (() => Promise<void> | void)[] = [];

/** Declares a suite once for SQLite and once for a real PostgreSQL, which it starts; each place is a new, empty database. */
export async function onBothDatabases(declare: (makePlace: () => Promise<Place>) => void): Promise<void> {
  const postgres = await startPostgres();
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  describe('SQLite', () => declare(makeSqlitePlace));
  if (typeof postgres === 'string') {
    test.skip(`PostgreSQL: ${postgres}`, () => {});
    return;
  }
  afterAll(() => postgres.remove());
  describe('PostgreSQL', () =>
    declare(async () => {
      const url = await postgres.createDatabase();
      return placeOf({ url, directory: '/nowhere' }, () => new PostgresDatabase(url, systemClock));
    }));
}

async function makeSqlitePlace(): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-storage-'));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return placeOf({ directory }, () => new SqliteDatabase(join(directory, 'trunkline.sqlite')));
}

function placeOf(where: { url?: string; directory: string }, makeDatabase: () => Database): Place {
  return {
    async open() {
      const storage = await openStorage({ ...where, clock: systemClock, log: silentLog });
      cleanups.push(() => storage.close());
      return storage;
    },
    database() {
      const database = makeDatabase();
      cleanups.push(() => database.close());
      return database;
    },
  };
}

/** What a promise was rejected with. (`expect(…).rejects` keeps the messages of a worker thread from arriving.) */
export const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

export const deposit = (id: string, amountPico: bigint, accountId = 'home'): Deposit => ({
  id,
  accountId,
  amountPico,
  note: 'test',
  createdAtMs: 1,
});

/** Tuesday, 1 September 2026, 12:00 UTC: a month's first day in a week that began on Monday. */
export const NOON_MS = Date.UTC(2026, 8, 1, 12);
export const DAY_MS = 86_400_000;

export const plainKey: ApiKey = {
  hash: 'b2',
  accountId: 'home',
  name: 'plain',
  label: 'sk',
  isManagement: false,
  disabled: false,
  includeByokInLimit: false,
  createdAtMs: 1_795_000_000_009,
  workspaceId: 'workspace-1',
};

/** Opens what a server left in its data folder, for as long as `use` takes. */
export async function withStorage<T>(directory: string, use: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await openStorage({ directory, clock: systemClock, log: silentLog });
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}
