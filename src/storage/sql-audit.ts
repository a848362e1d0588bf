import { type AuditDraft, type AuditEntry, type AuditStore, FIRST_HASH, hashEntry } from '../accounts/audit.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';

const COLUMNS = 'sequence, at_ms, actor_kind, actor_id, actor_name, action, target, outcome, detail, hash';
const HEAD = 'audit-head';

/** The audit log in portable SQL: rows are added, one after the other across all replicas, and never changed. */
export class SqlAudit implements AuditStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  append(draft: AuditDraft): Promise<AuditEntry> {
    const clean = cleaned(draft);
    return this.#database.exclusively(async (queries) => {
      const [last] = await queries.query('SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1');
      const sequence = numberOf(last?.sequence) + 1;
      const hash = hashEntry(last ? textOf(last.hash) : FIRST_HASH, sequence, clean);
      const { atMs, actor, action, target, outcome, detail } = clean;
      await queries.query(`INSERT INTO audit_entry (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
        sequence,
        atMs,
        actor.kind,
        actor.id,
        actor.name,
        action,
        target,
        outcome,
        detail,
        hash,
      ]);
      await queries.query(
        'INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        [HEAD, `${sequence} ${hash}`],
      );
      return { ...clean, sequence, hash };
    });
  }

  async entries(query: {
    readonly limit: number;
    readonly beforeSequence?: number;
    readonly actorId?: string;
  }): Promise<readonly AuditEntry[]> {
    const before = whole(query.beforeSequence ?? Number.MAX_SAFE_INTEGER);
    const limit = whole(query.limit);
    const rows =
      query.actorId === undefined
        ? await this.#database.query(
            `SELECT ${COLUMNS} FROM audit_entry WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2`,
            [before, limit],
          )
        : await this.#database.query(
            `SELECT ${COLUMNS} FROM audit_entry WHERE actor_id = $3 AND sequence < $1 ORDER BY sequence DESC LIMIT $2`,
            [before, limit, text(query.actorId)],
          );
    return rows.map(entryOf);
  }

  async entriesAfter(sequence: number, limit: number): Promise<readonly AuditEntry[]> {
    const rows = await this.#database.query(
      `SELECT ${COLUMNS} FROM audit_entry WHERE sequence > $1 ORDER BY sequence LIMIT $2`,
      [whole(sequence), whole(limit)],
    );
    return rows.map(entryOf);
  }

  async head(): Promise<{ readonly sequence: number; readonly hash: string } | undefined> {
    const [row] = await this.#database.query('SELECT value FROM setting WHERE name = $1', [HEAD]);
    if (!row) return undefined;
    const [sequence = '', hash = ''] = textOf(row.value).split(' ');
    return { sequence: Number(sequence), hash };
  }
}

/** As storage will give it back, or its hash would not be found again. */
function cleaned(draft: AuditDraft): AuditDraft {
  const { actor } = draft;
  return {
    atMs: whole(draft.atMs),
    actor: { kind: actor.kind, id: text(actor.id), name: text(actor.name) },
    action: text(draft.action),
    target: text(draft.target),
    outcome: draft.outcome,
    detail: text(draft.detail),
  };
}

const KINDS = ['user', 'key', 'nobody', 'operator'] as const;
const OUTCOMES = ['done', 'denied', 'failed'] as const;

function entryOf(row: Row): AuditEntry {
  // A word that we never wrote becomes one of ours, and the hash then does not fit: the chain tells, nothing falls over.
  const kind = KINDS.find((known) => known === row.actor_kind) ?? 'nobody';
  const outcome = OUTCOMES.find((known) => known === row.outcome) ?? 'failed';
  return {
    sequence: numberOf(row.sequence),
    atMs: numberOf(row.at_ms),
    actor: { kind, id: textOf(row.actor_id), name: textOf(row.actor_name) },
    action: textOf(row.action),
    target: textOf(row.target),
    outcome,
    detail: textOf(row.detail),
    hash: textOf(row.hash),
  };
}
