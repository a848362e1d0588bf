import type { KeyUsage } from '../accounts/account-store.ts';
import type { ApiKey, LimitReset } from '../accounts/api-key.ts';
import { windowStartMs } from '../accounts/windows.ts';
import { assert } from '../base/assert.ts';
import { bigintOf, numberOf, type Params, type Queries, type Row, type SqlValue, textOf } from './database.ts';
import { text, textOrNull, USAGE_PERIODS, type UsagePeriod, whole } from './generation-rows.ts';

/** How keys and their usage stand in rows. */

const KEY_COLUMNS = [
  'hash',
  'account_id',
  'name',
  'label',
  'is_management',
  'disabled',
  'limit_pico',
  'limit_reset',
  'include_byok_in_limit',
  'created_ms',
  'updated_ms',
  'expires_ms',
  'creator_user_id',
  'workspace_id',
];

export const SELECT_KEYS = `SELECT ${KEY_COLUMNS.join(', ')} FROM api_key ORDER BY created_ms, hash`;
export const SAVE_KEY =
  `INSERT INTO api_key (${KEY_COLUMNS.join(', ')}) VALUES (${KEY_COLUMNS.map((_, index) => `$${index + 1}`).join(', ')}) ` +
  `ON CONFLICT (hash) DO UPDATE SET ${KEY_COLUMNS.slice(1)
    .map((column) => `${column} = excluded.${column}`)
    .join(', ')}`;

export function keyRow(key: ApiKey): Params {
  return [
    text(key.hash),
    text(key.accountId),
    text(key.name),
    text(key.label),
    key.isManagement ? 1 : 0,
    key.disabled ? 1 : 0,
    key.limitPico ?? null,
    key.limitReset ?? null,
    key.includeByokInLimit ? 1 : 0,
    whole(key.createdAtMs),
    key.updatedAtMs === undefined ? null : whole(key.updatedAtMs),
    key.expiresAtMs === undefined ? null : whole(key.expiresAtMs),
    textOrNull(key.creatorUserId),
    text(key.workspaceId),
  ];
}

export function keyOf(row: Row): ApiKey {
  const limitReset = optional(row.limit_reset, resetOf);
  const limitPico = optional(row.limit_pico, bigintOf);
  const updatedAtMs = optional(row.updated_ms, numberOf);
  const expiresAtMs = optional(row.expires_ms, numberOf);
  const creatorUserId = optional(row.creator_user_id, textOf);
  return {
    hash: textOf(row.hash),
    accountId: textOf(row.account_id),
    name: textOf(row.name),
    label: textOf(row.label),
    isManagement: numberOf(row.is_management) === 1,
    disabled: numberOf(row.disabled) === 1,
    ...(limitPico !== undefined && { limitPico }),
    ...(limitReset !== undefined && { limitReset }),
    includeByokInLimit: numberOf(row.include_byok_in_limit) === 1,
    createdAtMs: numberOf(row.created_ms),
    ...(updatedAtMs !== undefined && { updatedAtMs }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(creatorUserId !== undefined && { creatorUserId }),
    workspaceId: textOf(row.workspace_id),
  };
}

export async function readKeyUsage(queries: Queries, hash: string, nowMs: number): Promise<KeyUsage> {
  const rows = await queries.queryEach(
    'SELECT spent_pico, byok_pico FROM key_usage WHERE key_hash = $1 AND period = $2 AND window_start_ms = $3',
    USAGE_PERIODS.map(({ period, reset }) => [text(hash), period, windowStartMs(reset, nowMs).windowStartMs]),
  );
  const of = (period: UsagePeriod, column: 'spent_pico' | 'byok_pico') =>
    bigintOf(rows[USAGE_PERIODS.findIndex((other) => other.period === period)]?.[0]?.[column]);
  return {
    totalPico: of('total', 'spent_pico'),
    dailyPico: of('daily', 'spent_pico'),
    weeklyPico: of('weekly', 'spent_pico'),
    monthlyPico: of('monthly', 'spent_pico'),
    byokTotalPico: of('total', 'byok_pico'),
    byokDailyPico: of('daily', 'byok_pico'),
    byokWeeklyPico: of('weekly', 'byok_pico'),
    byokMonthlyPico: of('monthly', 'byok_pico'),
  };
}

function resetOf(value: SqlValue): LimitReset {
  assert(value === 'daily' || value === 'weekly' || value === 'monthly', 'unknown limit reset in storage');
  return value;
}

function optional<T>(value: SqlValue | undefined, read: (value: SqlValue) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}
