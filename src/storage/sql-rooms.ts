import { z } from 'zod';
import {
  ALL_ROOMS_BYTES_MAX,
  ROOMS_MAX,
  type RoomDraft,
  type RoomFacts,
  type RoomStore,
  type StoredRoom,
} from '../accounts/room.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';

const FACTS = 'id, title, version, models, message_count, bytes, created_ms, updated_ms';
const slugs = z.array(z.string());

/** Rooms of the chat page in portable SQL. Every statement names the person: an id alone opens nothing. */
export class SqlRooms implements RoomStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(userId: string): Promise<readonly RoomFacts[]> {
    const rows = await this.#database.query(
      `SELECT ${FACTS} FROM room WHERE user_id = $1 ORDER BY updated_ms DESC, id LIMIT $2`,
      [text(userId), ROOMS_MAX],
    );
    return rows.map(factsOf);
  }

  async find(userId: string, id: string): Promise<StoredRoom | undefined> {
    const [row] = await this.#database.query(`SELECT ${FACTS}, body FROM room WHERE user_id = $1 AND id = $2`, [
      text(userId),
      text(id),
    ]);
    return row && { ...factsOf(row), body: textOf(row.body) };
  }

  save(
    userId: string,
    draft: RoomDraft,
    { version, nowMs }: { readonly version: number; readonly nowMs: number },
  ): Promise<RoomFacts | 'changed' | 'full'> {
    const body = text(draft.body);
    const bytes = Buffer.byteLength(body);
    return this.#database.transaction(async (queries) => {
      const [others] = await queries.query(
        'SELECT COUNT(*) AS rooms, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM room WHERE user_id = $1 AND id <> $2',
        [text(userId), text(draft.id)],
      );
      const isFull = numberOf(others?.rooms) >= ROOMS_MAX || numberOf(others?.bytes) + bytes > ALL_ROOMS_BYTES_MAX;
      if (isFull) return 'full';
      const values = [
        text(userId),
        text(draft.id),
        text(draft.title),
        text(JSON.stringify(draft.models)),
        whole(draft.messageCount),
        bytes,
        body,
        whole(nowMs),
      ];
      // Whoever comes second finds no row of the version it started from.
      const rows =
        version === 0
          ? await queries.query(
              'INSERT INTO room (user_id, id, title, version, models, message_count, bytes, body, created_ms, updated_ms) ' +
                `VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $8) ON CONFLICT (user_id, id) DO NOTHING RETURNING ${FACTS}`,
              values,
            )
          : await queries.query(
              'UPDATE room SET title = $3, version = version + 1, models = $4, message_count = $5, bytes = $6, body = $7, ' +
                `updated_ms = $8 WHERE user_id = $1 AND id = $2 AND version = $9 RETURNING ${FACTS}`,
              [...values, whole(version)],
            );
      return rows[0] ? factsOf(rows[0]) : 'changed';
    });
  }

  async delete(userId: string, id: string): Promise<boolean> {
    const rows = await this.#database.query('DELETE FROM room WHERE user_id = $1 AND id = $2 RETURNING id', [
      text(userId),
      text(id),
    ]);
    return rows.length > 0;
  }
}

function factsOf(row: Row): RoomFacts {
  return {
    id: textOf(row.id),
    title: textOf(row.title),
    version: numberOf(row.version),
    models: slugs.parse(JSON.parse(textOf(row.models))),
    messageCount: numberOf(row.message_count),
    bytes: numberOf(row.bytes),
    createdAtMs: numberOf(row.created_ms),
    updatedAtMs: numberOf(row.updated_ms),
  };
}
