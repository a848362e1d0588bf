import { windowStartMs } from '../accounts/windows.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { appSlug } from '../statistics/app-slug.ts';
import type { Params } from './database.ts';
import { recordToJson } from './record-json.ts';

/** How a settled generation becomes rows: itself and its key's usage windows. Pure. */

const GENERATION_COLUMNS =
  'id, created_ms, account_id, key_hash, workspace_id, requested_model, model_id, provider_id, endpoint_id, app_url, app_title, ' +
  'external_user, session_id, outcome, failure, finish_reason, streamed, cancelled, is_byok, prompt_tokens, completion_tokens, ' +
  'cached_tokens, reasoning_tokens, charged_pico, list_pico, latency_ms, generation_ms, record, rolled, app';

export const INSERT_GENERATION = `INSERT INTO generation (${GENERATION_COLUMNS}) VALUES (${numbered(30)}) ON CONFLICT (id) DO NOTHING RETURNING id`;

export function generationRow(record: GenerationRecord): Params {
  const { usage, charge, app } = record;
  return [
    text(record.id),
    whole(record.createdAtMs),
    text(record.accountId),
    text(record.keyHash),
    text(record.workspaceId),
    text(record.requestedModel),
    textOrNull(record.modelId),
    textOrNull(record.providerId),
    textOrNull(record.endpointId),
    textOrNull(app.url),
    textOrNull(app.title),
    textOrNull(record.externalUser),
    textOrNull(record.sessionId),
    text(record.outcome),
    textOrNull(record.failure),
    textOrNull(record.finishReason),
    record.streamed ? 1 : 0,
    record.cancelled ? 1 : 0,
    record.isByok ? 1 : 0,
    whole(usage.promptTokens),
    whole(usage.completionTokens),
    whole(usage.cachedTokens),
    whole(usage.reasoningTokens),
    charge.chargedPico,
    charge.listPico,
    record.latencyMs === undefined ? null : whole(record.latencyMs),
    record.generationMs === undefined ? null : whole(record.generationMs),
    recordToJson(record),
    1,
    appSlug(record.app),
  ];
}

/** What the caller owes a provider with its own key there: the list price, unless nothing was charged at all. */
export function byokPico(record: GenerationRecord): bigint {
  return record.isByok && record.outcome !== 'voided' ? record.charge.listPico : 0n;
}

export const ADD_KEY_USAGE =
  'INSERT INTO key_usage (key_hash, period, window_start_ms, spent_pico, byok_pico) VALUES ($1, $2, $3, $4, $5) ' +
  'ON CONFLICT (key_hash, period, window_start_ms) DO UPDATE SET ' +
  'spent_pico = key_usage.spent_pico + excluded.spent_pico, byok_pico = key_usage.byok_pico + excluded.byok_pico';

/** `total` first: it is also the row whose lock orders everything that touches a key. */
export const USAGE_PERIODS = [
  { period: 'total', reset: undefined },
  { period: 'daily', reset: 'daily' },
  { period: 'monthly', reset: 'monthly' },
  { period: 'weekly', reset: 'weekly' },
] as const;

export type UsagePeriod = (typeof USAGE_PERIODS)[number]['period'];

export interface KeySpending {
  readonly keyHash: string;
  readonly period: UsagePeriod;
  readonly windowStartMs: number;
  spentPico: bigint;
  byokPico: bigint;
}

/** One sum per key and window, in the order in which rows are locked. */
export function sumKeySpending(records: readonly GenerationRecord[]): readonly KeySpending[] {
  const sums = new Map<string, KeySpending>();
  for (const record of records) {
    for (const { period, reset } of USAGE_PERIODS) {
      const start = windowStartMs(reset, whole(record.createdAtMs)).windowStartMs;
      const id = `${text(record.keyHash)} ${USAGE_PERIODS.findIndex((other) => other.period === period)} ${start}`;
      let sum = sums.get(id);
      if (!sum) {
        sum = { keyHash: text(record.keyHash), period, windowStartMs: start, spentPico: 0n, byokPico: 0n };
        sums.set(id, sum);
      }
      sum.spentPico += record.charge.chargedPico;
      sum.byokPico += byokPico(record);
    }
  }
  return inLockOrder(sums);
}

/** One sum per account, in the order in which rows are locked. */
export function sumAccountSpending(records: readonly GenerationRecord[]): readonly [string, bigint][] {
  const sums = new Map<string, bigint>();
  for (const record of records) {
    const accountId = text(record.accountId);
    sums.set(accountId, (sums.get(accountId) ?? 0n) + record.charge.chargedPico);
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Everyone locks rows in the same order, so that two replicas never wait for each other. */
function inLockOrder<T>(sums: ReadonlyMap<string, T>): T[] {
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

export function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `$${index + 1}`).join(', ');
}

/** PostgreSQL takes no NUL and neither takes half a surrogate pair; what callers and providers sent may hold both. */
export function text(value: string): string {
  return value.toWellFormed().replaceAll('\0', '\ufffd');
}

export function textOrNull(value: string | undefined): string | null {
  return value === undefined ? null : text(value);
}

/** Counts and times reach us as doubles: a column takes whole, finite ones. */
export function whole(value: number): number {
  if (!Number.isFinite(value)) return 0;
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value)));
}
