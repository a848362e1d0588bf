import { SQLiteError, Database as Sqlite } from 'bun:sqlite';
import { existsSync, statSync } from 'node:fs';
import { DataRefused } from './database.ts';
import { migrations } from './migrations.ts';

/** What stands in a copy of the database. */
export interface CopyFacts {
  readonly bytes: number;
  readonly generations: number;
  readonly users: number;
}

/** Opens a copy and reads it from end to end, before anybody relies on it. Changes nothing in it. Throws what is wrong with it. */
export function checkCopy(path: string): CopyFacts {
  if (!existsSync(path)) throw new DataRefused(`There is no file ${path}`);
  if (statSync(path).isDirectory()) throw new DataRefused(`${path} is a folder, no copy of a Trunkline database`);
  const copy = new Sqlite(path, { readonly: true });
  try {
    const first = copy.query<{ integrity_check: string }, []>('PRAGMA integrity_check(1)').get();
    if (first?.integrity_check !== 'ok') throw new DataRefused(`${path} is damaged: ${first?.integrity_check}`);
    const count = (sql: string): number => copy.query<{ n: number }, []>(sql).get()?.n ?? 0;
    const newest = migrations.at(-1)!.number;
    const schema = count('SELECT MAX(number) AS n FROM migration');
    if (schema > newest) throw new DataRefused(`${path} is at schema ${schema}, this version knows ${newest}`);
    return {
      bytes: statSync(path).size,
      generations: count('SELECT COUNT(*) AS n FROM generation'),
      users: schema >= 3 ? count('SELECT COUNT(*) AS n FROM user_account') : 0,
    };
  } catch (error) {
    if (!(error instanceof SQLiteError)) throw error;
    throw new DataRefused(`${path} is no copy of a Trunkline database: ${error.message}`);
  } finally {
    copy.close();
  }
}
