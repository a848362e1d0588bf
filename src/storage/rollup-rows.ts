import type { App } from '../statistics/app-slug.ts';
import type { Rollup, RollupPlace } from '../statistics/rollup.ts';
import type { Params, Queries } from './database.ts';
import { numbered, text, textOrNull } from './generation-rows.ts';

const PLACE = ['grain', 'start_ms', 'demo', 'account_id', 'model_id', 'provider_id', 'endpoint_id'];

function adding(table: string, keys: readonly string[], sums: readonly string[]): string {
  return (
    `INSERT INTO ${table} (${[...keys, ...sums].join(', ')}) VALUES (${numbered(keys.length + sums.length)}) ` +
    `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ` +
    sums.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ')
  );
}

export const USAGE_SUMS = [
  'requests',
  'successes',
  'errors',
  'rate_limited',
  'caller_errors',
  'cancelled',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'charged_pico',
  'list_pico',
  'saved_pico',
  'byok_pico',
] as const;

const ADD_USAGE = adding('usage_rollup', [...PLACE, 'key_hash', 'app'], USAGE_SUMS);
const ADD_ATTEMPTS = adding('attempt_rollup', [...PLACE, 'outcome'], ['attempts', 'down']);
const ADD_LATENCIES = adding('latency_rollup', [...PLACE, 'metric', 'bucket'], ['samples']);

const SAVE_APP =
  'INSERT INTO app (slug, title, url, categories, first_ms, last_ms) VALUES ($1, $2, $3, $4, $5, $6) ' +
  'ON CONFLICT (slug) DO UPDATE SET ' +
  ['title', 'url', 'categories']
    .map(
      (column) =>
        `${column} = CASE WHEN excluded.last_ms >= app.last_ms THEN excluded.${column} ELSE app.${column} END`,
    )
    .join(', ') +
  ', first_ms = CASE WHEN excluded.first_ms < app.first_ms THEN excluded.first_ms ELSE app.first_ms END' +
  ', last_ms = CASE WHEN excluded.last_ms > app.last_ms THEN excluded.last_ms ELSE app.last_ms END';

/** In the transaction that stores the generations. Rows come in the order in which everyone locks them. */
export async function addRollup(queries: Queries, rollup: Rollup): Promise<void> {
  await queries.queryEach(
    ADD_USAGE,
    rollup.usage.map((row) => [
      ...placeOf(row),
      text(row.keyHash),
      text(row.app),
      row.requests,
      row.successes,
      row.errors,
      row.rateLimited,
      row.callerErrors,
      row.cancelled,
      row.promptTokens,
      row.completionTokens,
      row.cachedTokens,
      row.reasoningTokens,
      row.chargedPico,
      row.listPico,
      row.savedPico,
      row.byokPico,
    ]),
  );
  await queries.queryEach(
    ADD_ATTEMPTS,
    rollup.attempts.map((row) => [...placeOf(row), row.outcome, row.attempts, row.down]),
  );
  await queries.queryEach(
    ADD_LATENCIES,
    rollup.latencies.map((row) => [...placeOf(row), row.metric, row.bucket, row.samples]),
  );
  await queries.queryEach(SAVE_APP, rollup.apps.map(appRow));
}

function placeOf({ grain, startMs, isDemo, accountId, modelId, providerId, endpointId }: RollupPlace): Params {
  return [grain, startMs, isDemo ? 1 : 0, text(accountId), text(modelId), text(providerId), text(endpointId)];
}

function appRow(app: App): Params {
  return [
    app.slug,
    text(app.title),
    textOrNull(app.url),
    text(app.categories.join(',')),
    app.firstSeenMs,
    app.lastSeenMs,
  ];
}
