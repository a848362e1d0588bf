import { chmodSync, existsSync, rmSync } from 'node:fs';
import { checkCopy } from './check-copy.ts';
import { bigintOf, type Database, DataRefused, numberOf } from './database.ts';
import { SqliteDatabase } from './sqlite-database.ts';

/**
 * Copies a SQLite database while it is in use. In the copy nobody is signed in, no invitation and no link is open, and the
 * installation counts as claimed: whoever restores it can reopen nothing that was closed since. Stored requests and answers are
 * not in it: nobody would delete them there when their time has come.
 */
export async function backUp(database: Database, path: string): Promise<void> {
  if (database.kind !== 'sqlite') {
    throw new DataRefused('A PostgreSQL database is backed up with its own tools, such as pg_dump');
  }
  // Not ours to delete when it fails.
  if (existsSync(path)) throw new DataRefused(`${path} is there already`);
  try {
    await copyWithout(database, path);
    checkCopy(path);
  } catch (error) {
    // Half of the way it still holds what must not be in it, and looks like a copy.
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(path + end, { force: true });
    throw error;
  }
}

async function copyWithout(database: Database, path: string): Promise<void> {
  await database.query('VACUUM INTO $1', [path]);
  chmodSync(path, 0o600);
  const copy = new SqliteDatabase(path);
  try {
    await copy.transaction(async (queries) => {
      await queries.query('DELETE FROM user_session');
      await queries.query('DELETE FROM invitation');
      await queries.query('DELETE FROM generation_content');
      await queries.query("DELETE FROM setting WHERE name = 'claim-token'");
      await queries.query("INSERT INTO setting (name, value) VALUES ('claimed-at', '0') ON CONFLICT (name) DO NOTHING");
    });
    await copy.query('VACUUM');
    // One file, without the write-ahead log beside it.
    await copy.query('PRAGMA journal_mode = DELETE');
  } finally {
    await copy.close();
  }
}

export async function databaseBytes(database: Database): Promise<number | undefined> {
  if (database.kind === 'postgres') {
    const [row] = await database.query('SELECT pg_database_size(current_database()) AS bytes');
    return numberOf(row?.bytes);
  }
  const [pages] = await database.query('PRAGMA page_count');
  const [size] = await database.query('PRAGMA page_size');
  return Number(bigintOf(pages?.page_count) * bigintOf(size?.page_size));
}
