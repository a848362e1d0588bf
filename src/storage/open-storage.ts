import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountStore } from '../accounts/account-store.ts';
import type { AuditStore } from '../accounts/audit.ts';
import type { PersonStore } from '../accounts/person.ts';
import type { PolicyStore } from '../accounts/policy-store.ts';
import type { RoomStore } from '../accounts/room.ts';
import type { ContentStore } from '../accounts/stored-content.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { LedgerDays } from '../billing/ledger-days.ts';
import type { LedgerStore } from '../billing/ledger-store.ts';
import type { StatisticsStore } from '../statistics/statistics-store.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { SqlStorage } from './sql-storage.ts';
import { SqliteDatabase } from './sqlite-database.ts';

export interface Storage extends AccountStore, LedgerStore {
  readonly kind: 'sqlite' | 'postgres';
  readonly statistics: StatisticsStore;
  readonly people: PersonStore;
  readonly audit: AuditStore;
  readonly rooms: RoomStore;
  /** Requests and answers, where a workspace wants them stored. */
  readonly contents: ContentStore;
  readonly policies: PolicyStore;
  /** Deposits and settled spending by day. */
  readonly days: LedgerDays;
  /** Size of the database; undefined where that is not known. */
  bytes(): Promise<number | undefined>;
  /** Writes a whole copy to a file that is not there yet; what must not come back to life is not in it. SQLite only. */
  backUp(path: string): Promise<void>;
  /** Whether the database answers now. */
  isReady(): Promise<boolean>;
  close(): Promise<void>;
}

export interface StorageOptions {
  /** `postgres://…` makes this process a replica of a cluster. Absent: SQLite. */
  readonly url?: string;
  /** Where `trunkline.sqlite` stands; `:memory:` for a database that ends with the process. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Opens storage with its schema up to date. Throws when the database is away, newer than this version, or the URL is none of
 * ours; once open, operations throw `StorageAway` while the database is away and work again when it returns.
 */
export async function openStorage({ url, directory, clock, log }: StorageOptions): Promise<Storage> {
  const database = url ? new PostgresDatabase(checkedUrl(url), clock) : new SqliteDatabase(sqlitePath(directory));
  try {
    const applied = await migrate(database, migrations, clock.nowMs());
    if (applied > 0) log.write('info', 'storage schema migrated', { kind: database.kind, steps: applied });
  } catch (error) {
    await database.close();
    throw error;
  }
  return new SqlStorage(database, clock);
}

function sqlitePath(directory: string): string {
  if (directory === ':memory:') return directory;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return join(directory, 'trunkline.sqlite');
}

/** The URL may hold a password, so it's never part of a message. */
function checkedUrl(url: string): string {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new Error('The database URL must begin with postgres:// or postgresql://');
  return url;
}
