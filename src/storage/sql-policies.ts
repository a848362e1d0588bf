import { z } from 'zod';
import type {
  PolicyScope,
  PolicyStore,
  Preset,
  PresetChange,
  PresetDraft,
  PresetVersion,
  RoutingDefault,
} from '../accounts/policy-store.ts';
import type { JsonObject } from '../base/json.ts';
import { type Database, numberOf, type Row, textOf } from './database.ts';
import { text, textOrNull, whole } from './generation-rows.ts';

const DEFAULT_COLUMNS = 'scope_kind, scope_id, version, provider, by_whom, at_ms';
const VERSION_COLUMNS = 'id, preset_id, version, system_prompt, config, creator, created_ms';
const PRESET_COLUMNS =
  'p.id, p.workspace_id, p.slug, p.name, p.description, p.status, p.status_ms, p.creator, p.created_ms, p.updated_ms, ' +
  'p.versions, v.id AS version_id, v.version, v.system_prompt, v.config, v.creator AS version_creator, ' +
  'v.created_ms AS version_created_ms';
const object = z.record(z.string(), z.unknown());

/** Routing defaults and presets in portable SQL. Versions are added, never changed. */
export class SqlPolicies implements PolicyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async routingDefaults(): Promise<readonly RoutingDefault[]> {
    const rows = await this.#database.query(
      `SELECT ${DEFAULT_COLUMNS} FROM routing_default AS d WHERE version = (SELECT MAX(version) FROM routing_default AS o ` +
        'WHERE o.scope_kind = d.scope_kind AND o.scope_id = d.scope_id) ORDER BY scope_kind, scope_id',
    );
    return rows.map(defaultOf);
  }

  async routingDefaultVersions({ kind, id }: PolicyScope, limit: number): Promise<readonly RoutingDefault[]> {
    const rows = await this.#database.query(
      `SELECT ${DEFAULT_COLUMNS} FROM routing_default WHERE scope_kind = $1 AND scope_id = $2 ORDER BY version DESC LIMIT $3`,
      [kind, text(id), whole(limit)],
    );
    return rows.map(defaultOf);
  }

  async saveRoutingDefault(
    { scope, provider, by, atMs }: Omit<RoutingDefault, 'version'>,
    base: number,
  ): Promise<RoutingDefault | 'changed'> {
    // Whoever comes second finds the version taken that it would be.
    const rows = await this.#database.query(
      `INSERT INTO routing_default (${DEFAULT_COLUMNS}) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), ` +
        'CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS BIGINT) WHERE CAST($7 AS BIGINT) = (' +
        'SELECT COALESCE(MAX(version), 0) FROM routing_default WHERE scope_kind = $1 AND scope_id = $2) ' +
        `ON CONFLICT (scope_kind, scope_id, version) DO NOTHING RETURNING ${DEFAULT_COLUMNS}`,
      [scope.kind, text(scope.id), whole(base + 1), text(JSON.stringify(provider)), text(by), whole(atMs), whole(base)],
    );
    return rows[0] ? defaultOf(rows[0]) : 'changed';
  }

  async presets(): Promise<readonly Preset[]> {
    const rows = await this.#database.query(
      `SELECT ${PRESET_COLUMNS} FROM preset AS p JOIN preset_version AS v ON v.preset_id = p.id AND v.version = p.designated ` +
        'ORDER BY p.updated_ms DESC, p.slug',
    );
    return rows.map(presetOf);
  }

  async presetVersions(
    presetId: string,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<readonly PresetVersion[]> {
    const rows = await this.#database.query(
      `SELECT ${VERSION_COLUMNS} FROM preset_version WHERE preset_id = $1 ORDER BY version LIMIT $2 OFFSET $3`,
      [text(presetId), whole(limit), whole(offset)],
    );
    return rows.map(versionOf);
  }

  async findPresetVersion(presetId: string, version: number): Promise<PresetVersion | undefined> {
    const [row] = await this.#database.query(
      `SELECT ${VERSION_COLUMNS} FROM preset_version WHERE preset_id = $1 AND version = $2`,
      [text(presetId), whole(version)],
    );
    return row && versionOf(row);
  }

  savePreset(draft: PresetDraft): Promise<'saved' | 'changed'> {
    const nowMs = whole(draft.nowMs);
    return this.#database.exclusively(async (queries) => {
      const [known] = await queries.query('SELECT id, versions FROM preset WHERE workspace_id = $1 AND slug = $2', [
        text(draft.workspaceId),
        text(draft.slug),
      ]);
      const versions = numberOf(known?.versions);
      if (draft.base !== undefined && draft.base !== versions) return 'changed';
      const id = known ? textOf(known.id) : text(draft.presetId);
      if (known) {
        await queries.query(
          'UPDATE preset SET versions = $2, designated = $2, updated_ms = $3, name = COALESCE($4, name), ' +
            'description = COALESCE($5, description) WHERE id = $1',
          [id, versions + 1, nowMs, textOrNull(draft.name), textOrNull(draft.description)],
        );
      } else {
        await queries.query(
          'INSERT INTO preset (id, workspace_id, slug, name, description, status, status_ms, creator, created_ms, updated_ms, ' +
            "versions, designated) VALUES ($1, $2, $3, $4, $5, 'active', NULL, $6, $7, $7, 1, 1)",
          [
            id,
            text(draft.workspaceId),
            text(draft.slug),
            text(draft.name ?? draft.slug),
            textOrNull(draft.description),
            text(draft.creator),
            nowMs,
          ],
        );
      }
      await queries.query(`INSERT INTO preset_version (${VERSION_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
        text(draft.versionId),
        id,
        versions + 1,
        textOrNull(draft.systemPrompt),
        text(JSON.stringify(draft.config)),
        text(draft.creator),
        nowMs,
      ]);
      return 'saved';
    });
  }

  async changePreset(presetId: string, change: PresetChange, nowMs: number): Promise<boolean> {
    const { name, description, status, designated } = change;
    const rows = await this.#database.query(
      'UPDATE preset SET name = COALESCE($2, name), description = COALESCE($3, description), ' +
        'status_ms = CASE WHEN COALESCE($4, status) = status THEN status_ms ELSE $6 END, status = COALESCE($4, status), ' +
        'designated = COALESCE($5, designated), updated_ms = $6 WHERE id = $1 AND ' +
        'COALESCE($5, designated) IN (SELECT version FROM preset_version WHERE preset_id = $1) RETURNING id',
      [
        text(presetId),
        textOrNull(name),
        textOrNull(description),
        textOrNull(status),
        designated === undefined ? null : whole(designated),
        whole(nowMs),
      ],
    );
    return rows.length > 0;
  }

  deletePreset(presetId: string): Promise<boolean> {
    return this.#database.transaction(async (queries) => {
      await queries.query('DELETE FROM preset_version WHERE preset_id = $1', [text(presetId)]);
      const rows = await queries.query('DELETE FROM preset WHERE id = $1 RETURNING id', [text(presetId)]);
      return rows.length > 0;
    });
  }
}

function defaultOf(row: Row): RoutingDefault {
  return {
    scope: { kind: row.scope_kind === 'key' ? 'key' : 'workspace', id: textOf(row.scope_id) },
    version: numberOf(row.version),
    provider: objectOf(row.provider),
    by: textOf(row.by_whom),
    atMs: numberOf(row.at_ms),
  };
}

const STATUSES = ['active', 'disabled', 'archived'] as const;

function presetOf(row: Row): Preset {
  return {
    id: textOf(row.id),
    workspaceId: textOf(row.workspace_id),
    slug: textOf(row.slug),
    name: textOf(row.name),
    ...(row.description !== null && { description: textOf(row.description) }),
    // A word that we never wrote opens nothing.
    status: STATUSES.find((known) => known === row.status) ?? 'disabled',
    ...(row.status_ms !== null && { statusAtMs: numberOf(row.status_ms) }),
    creator: textOf(row.creator),
    createdAtMs: numberOf(row.created_ms),
    updatedAtMs: numberOf(row.updated_ms),
    versions: numberOf(row.versions),
    designated: versionOf({
      ...{ id: row.version_id, preset_id: row.id, version: row.version, system_prompt: row.system_prompt },
      ...{ config: row.config, creator: row.version_creator, created_ms: row.version_created_ms },
    } as Row),
  };
}

function versionOf(row: Row): PresetVersion {
  return {
    id: textOf(row.id),
    presetId: textOf(row.preset_id),
    version: numberOf(row.version),
    ...(row.system_prompt !== null && { systemPrompt: textOf(row.system_prompt) }),
    config: objectOf(row.config),
    creator: textOf(row.creator),
    createdAtMs: numberOf(row.created_ms),
  };
}

function objectOf(value: Row[string] | undefined): JsonObject {
  return object.parse(JSON.parse(textOf(value))) as JsonObject;
}
