import { createHash } from 'node:crypto';
import { type Database, numberOf, type Queries, textOf } from './database.ts';
import type { Migration } from './migrations.ts';

/** The database was written by a newer version, or a released migration was changed. Never mended by going on. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

/**
 * Brings the schema up to date: all missing steps in one transaction, under a lock, so that two replicas starting together
 * migrate once and a failed step leaves nothing behind. Returns how many steps were applied.
 */
export function migrate(database: Database, migrations: readonly Migration[], nowMs: number): Promise<number> {
  return database.exclusively(async (queries) => {
    await queries.query(
      'CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_ms BIGINT NOT NULL)',
    );
    const applied = await readApplied(queries);
    const newest = migrations.at(-1)?.number ?? 0;
    for (const number of applied.keys()) {
      if (number > newest)
        throw new SchemaMismatch(`The database is at schema ${number}, this version knows ${newest}`);
    }
    let count = 0;
    for (const migration of migrations) {
      const checksum = checksumOf(migration);
      const known = applied.get(migration.number);
      if (known === checksum) continue;
      if (known !== undefined) throw new SchemaMismatch(`Migration ${migration.number} differs from the one applied`);
      for (const statement of migration.statements) await queries.query(statement);
      await queries.query('INSERT INTO migration (number, name, checksum, applied_ms) VALUES ($1, $2, $3, $4)', [
        migration.number,
        migration.name,
        checksum,
        nowMs,
      ]);
      count++;
    }
    return count;
  });
}

async function readApplied(queries: Queries): Promise<Map<number, string>> {
  const rows = await queries.query('SELECT number, checksum FROM migration ORDER BY number');
  return new Map(rows.map((row) => [numberOf(row.number), textOf(row.checksum)]));
}

/** Spaces don't count, so that a formatter can't make a released migration foreign. */
function checksumOf(migration: Migration): string {
  const text = migration.statements.map((statement) => statement.replace(/\s+/g, ' ').trim()).join(';\n');
  return createHash('sha256').update(text).digest('hex');
}
