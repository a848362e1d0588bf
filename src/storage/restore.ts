import { SQLiteError, Database as Sqlite } from 'bun:sqlite';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { type CopyFacts, checkCopy } from './check-copy.ts';
import { DataRefused } from './database.ts';
import { lockJournal } from './journal-lock.ts';

export interface Restoring {
  /** The data folder. */
  readonly directory: string;
  readonly from: string;
  /** A database that is there already goes beside the new one; without this, it stops the restoring. */
  readonly replaces: boolean;
  readonly nowMs: number;
}

/** Puts a checked copy in the place of the database. Only while no server runs on the data folder. */
export function restore({ directory, from, replaces, nowMs }: Restoring): CopyFacts & { readonly kept?: string } {
  const facts = checkCopy(from);
  const journal = join(directory, 'journal');
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  const lock = lockJournal(journal);
  try {
    const target = join(directory, 'trunkline.sqlite');
    const isThere = existsSync(target);
    if (isThere && !replaces)
      throw new DataRefused(`There is a database at ${target} already: --replace puts it aside`);
    const incoming = `${target}.incoming`;
    try {
      copyFileSync(from, incoming);
      chmodSync(incoming, 0o600);
      sync(incoming);
    } catch (error) {
      rmSync(incoming, { force: true });
      throw error;
    }
    const kept = isThere ? putAside(target, nowMs) : undefined;
    renameSync(incoming, target);
    sync(directory);
    return { ...facts, ...(kept !== undefined && { kept }) };
  } finally {
    lock.release();
  }
}

/** With what stands in its write-ahead log: in it where it can still be read, else beside it. */
function putAside(target: string, nowMs: number): string {
  const isWhole = takeIn(target);
  const kept = `${target}.before-${new Date(nowMs).toISOString().replace(/[-:.]/g, '')}`;
  renameSync(target, kept);
  if (!isWhole && existsSync(`${target}-wal`)) renameSync(`${target}-wal`, `${kept}-wal`);
  for (const end of ['-wal', '-shm']) rmSync(target + end, { force: true });
  return kept;
}

/** False for a database that is broken, which is when a copy is needed most. */
function takeIn(target: string): boolean {
  try {
    const old = new Sqlite(target);
    try {
      old.run('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      old.close();
    }
    return true;
  } catch (error) {
    if (error instanceof SQLiteError) return false;
    throw error;
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
