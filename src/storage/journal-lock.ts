import { SQLiteError, Database as Sqlite } from 'bun:sqlite';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class JournalInUse extends Error {
  override readonly name = 'JournalInUse';
}

/**
 * One process per journal. The lock is the operating system's own on a file, taken through an empty SQLite database: it ends with
 * the process however that dies, so there is no stale lock to judge, not even when process ids repeat or containers hide them.
 */
export function lockJournal(directory: string): { release(): void } {
  const lock = new Sqlite(join(directory, 'lock.sqlite'), { create: true });
  try {
    lock.run('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof SQLiteError) || error.code !== 'SQLITE_BUSY') throw error;
    throw new JournalInUse(`Another process${owner(directory)} is using ${directory}. Stop it, or set another home.`);
  }
  writeFileSync(join(directory, 'owner.pid'), `${process.pid}\n`, { mode: 0o600 });
  return {
    release: () => {
      lock.run('ROLLBACK');
      lock.close();
    },
  };
}

function owner(directory: string): string {
  try {
    const pid = readFileSync(join(directory, 'owner.pid'), 'utf8').trim();
    return /^\d+$/.test(pid) ? ` (pid ${pid})` : '';
  } catch {
    return '';
  }
}
