import type {
  ContentFacts,
  ContentScope,
  ContentStore,
  ContentTotals,
  SealedContent,
} from '../accounts/stored-content.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';

const FACTS = 'generation_id, account_id, workspace_id, key_hash, created_ms, expires_ms, bytes';
/** One statement deletes so many, so that nobody waits long for the lock. */
const DELETE_ROWS_MAX = 500;

/** Stored requests and answers in portable SQL. What stands in the rows is sealed. */
export class SqlContents implements ContentStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(contents: readonly SealedContent[]): Promise<void> {
    await this.#database.transaction(async (queries) => {
      await queries.queryEach(
        `INSERT INTO generation_content (${FACTS}, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ` +
          'ON CONFLICT (generation_id) DO NOTHING',
        contents.map((content) => [
          text(content.generationId),
          text(content.accountId),
          text(content.workspaceId),
          text(content.keyHash),
          whole(content.createdAtMs),
          whole(content.expiresAtMs),
          whole(content.bytes),
          text(content.sealed),
        ]),
      );
    });
  }

  async find(generationId: string): Promise<SealedContent | undefined> {
    const [row] = await this.#database.query(
      `SELECT ${FACTS}, sealed FROM generation_content WHERE generation_id = $1`,
      [text(generationId)],
    );
    return row && { ...factsOf(row), sealed: textOf(row.sealed) };
  }

  async facts(generationId: string): Promise<ContentFacts | undefined> {
    const [row] = await this.#database.query(`SELECT ${FACTS} FROM generation_content WHERE generation_id = $1`, [
      text(generationId),
    ]);
    return row && factsOf(row);
  }

  async totals({ accountId, workspaceId }: ContentScope): Promise<ContentTotals> {
    const rows = await this.#database.query(
      'SELECT key_hash, COUNT(*) AS contents, CAST(SUM(bytes) AS BIGINT) AS bytes, MIN(created_ms) AS oldest_ms, ' +
        'MAX(created_ms) AS newest_ms FROM generation_content WHERE account_id = $1 AND workspace_id = $2 ' +
        'GROUP BY key_hash ORDER BY key_hash',
      [text(accountId), text(workspaceId)],
    );
    const keys = rows.map((row) => ({
      keyHash: textOf(row.key_hash),
      count: numberOf(row.contents),
      bytes: numberOf(row.bytes),
    }));
    return {
      count: keys.reduce((sum, { count }) => sum + count, 0),
      bytes: keys.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(rows.length > 0 && {
        oldestMs: Math.min(...rows.map((row) => numberOf(row.oldest_ms))),
        newestMs: Math.max(...rows.map((row) => numberOf(row.newest_ms))),
      }),
      keys,
    };
  }

  remove(
    { accountId, workspaceId }: ContentScope,
    which: { readonly keyHash?: string; readonly beforeMs?: number } = {},
  ): Promise<number> {
    const { keyHash, beforeMs = Number.MAX_SAFE_INTEGER } = which;
    return this.#removeAll(
      `account_id = $1 AND workspace_id = $2 AND created_ms < $3${keyHash === undefined ? '' : ' AND key_hash = $4'}`,
      [text(accountId), text(workspaceId), whole(beforeMs), ...(keyHash === undefined ? [] : [text(keyHash)])],
    );
  }

  async removeOne(generationId: string): Promise<boolean> {
    const rows = await this.#database.query(
      'DELETE FROM generation_content WHERE generation_id = $1 RETURNING generation_id',
      [text(generationId)],
    );
    return rows.length > 0;
  }

  sweep(nowMs: number): Promise<number> {
    return this.#removeAll('expires_ms <= $1', [whole(nowMs)]);
  }

  async #removeAll(condition: string, params: readonly (string | number)[]): Promise<number> {
    for (let removed = 0; ; ) {
      const rows = await this.#database.query(
        `DELETE FROM generation_content WHERE generation_id IN (SELECT generation_id FROM generation_content WHERE ${condition} ` +
          `ORDER BY generation_id LIMIT ${DELETE_ROWS_MAX}) RETURNING generation_id`,
        [...params],
      );
      removed += rows.length;
      if (rows.length < DELETE_ROWS_MAX) return removed;
    }
  }
}

function factsOf(row: Row): ContentFacts {
  return {
    generationId: textOf(row.generation_id),
    accountId: textOf(row.account_id),
    workspaceId: textOf(row.workspace_id),
    keyHash: textOf(row.key_hash),
    createdAtMs: numberOf(row.created_ms),
    expiresAtMs: numberOf(row.expires_ms),
    bytes: numberOf(row.bytes),
  };
}
