import { DEMO_WORKSPACE } from '../billing/demo.ts';
import type { App } from '../statistics/app-slug.ts';
import type { AttemptClass } from '../statistics/attempt-class.ts';
import type { LatencyMetric } from '../statistics/rollup.ts';
import type {
  AttemptSum,
  DemoChoice,
  Dimension,
  Group,
  LatencySum,
  LogQuery,
  PlaceDimension,
  RollupQuery,
  Sample,
  UsageSum,
} from '../statistics/statistics-store.ts';
import { bigintOf, numberOf, type Params, type Row, type SqlValue, textOf } from './database.ts';
import { text, whole } from './generation-rows.ts';
import { USAGE_SUMS } from './rollup-rows.ts';

/** Questions of statistics as SQL. Values are parameters; the only text that is put together are names from these tables. */
export interface Statement {
  readonly sql: string;
  readonly params: Params;
}

const COLUMNS: Readonly<Record<Dimension, string>> = {
  start: 'start_ms',
  account: 'account_id',
  key: 'key_hash',
  model: 'model_id',
  provider: 'provider_id',
  endpoint: 'endpoint_id',
  app: 'app',
  demo: 'demo',
};
/** Of one dimension: a statement's parameters stay few. */
const VALUES_MAX = 200;

/** Collects parameters while conditions are written. */
class Conditions {
  readonly params: SqlValue[] = [];
  readonly #parts: string[] = [];

  add(write: (parameter: (value: SqlValue) => string) => string): void {
    this.#parts.push(
      write((value) => {
        this.params.push(value);
        return `$${this.params.length}`;
      }),
    );
  }

  equals(column: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.add((parameter) => `${column} = ${parameter(value)}`);
  }

  get sql(): string {
    return this.#parts.join(' AND ');
  }
}

function rollupWhere(query: RollupQuery): Conditions {
  const where = new Conditions();
  where.equals('grain', query.grain);
  where.add((parameter) => `start_ms >= ${parameter(whole(query.fromMs))}`);
  where.add((parameter) => `start_ms < ${parameter(whole(query.toMs))}`);
  if (query.demo !== 'include') where.equals('demo', query.demo === 'only' ? 1 : 0);
  for (const [dimension, values] of Object.entries(query.where ?? {})) {
    const column = COLUMNS[dimension as Dimension];
    const listed = values.slice(0, VALUES_MAX);
    if (listed.length === 0) where.add(() => '1 = 0');
    else where.add((parameter) => `${column} IN (${listed.map((value) => parameter(text(value))).join(', ')})`);
  }
  return where;
}

function summing(table: string, query: RollupQuery, more: readonly string[], sums: readonly string[]): Statement {
  const where = rollupWhere(query);
  const groups = [...query.by.map((dimension) => COLUMNS[dimension]), ...more];
  // PostgreSQL's sum of BIGINT is NUMERIC, which its driver gives as text.
  const columns = [...groups, ...sums.map((sum) => `CAST(COALESCE(SUM(${sum}), 0) AS BIGINT) AS ${sum}`)];
  const grouped = groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`;
  return { sql: `SELECT ${columns.join(', ')} FROM ${table} WHERE ${where.sql}${grouped}`, params: where.params };
}

export function usageStatement(query: RollupQuery): Statement {
  return summing('usage_rollup', query, [], USAGE_SUMS);
}

export function attemptStatement(query: RollupQuery<PlaceDimension>): Statement {
  return summing('attempt_rollup', query, ['outcome'], ['attempts', 'down']);
}

export function latencyStatement(query: RollupQuery<PlaceDimension>, metrics: readonly LatencyMetric[]): Statement {
  const { sql, params } = summing('latency_rollup', query, ['metric', 'bucket'], ['samples']);
  const listed = metrics.map((_, index) => `$${params.length + index + 1}`).join(', ');
  return { sql: sql.replace(' WHERE ', ` WHERE metric IN (${listed}) AND `), params: [...params, ...metrics] };
}

function groupOf(row: Row): Group {
  return {
    startMs: numberOf(row.start_ms),
    account: textOf(row.account_id),
    key: textOf(row.key_hash),
    model: textOf(row.model_id),
    provider: textOf(row.provider_id),
    endpoint: textOf(row.endpoint_id),
    app: textOf(row.app),
    isDemo: numberOf(row.demo) === 1,
  };
}

export function usageOf(row: Row): UsageSum {
  return {
    ...groupOf(row),
    requests: numberOf(row.requests),
    successes: numberOf(row.successes),
    errors: numberOf(row.errors),
    rateLimited: numberOf(row.rate_limited),
    callerErrors: numberOf(row.caller_errors),
    cancelled: numberOf(row.cancelled),
    promptTokens: numberOf(row.prompt_tokens),
    completionTokens: numberOf(row.completion_tokens),
    cachedTokens: numberOf(row.cached_tokens),
    reasoningTokens: numberOf(row.reasoning_tokens),
    chargedPico: bigintOf(row.charged_pico),
    listPico: bigintOf(row.list_pico),
    savedPico: bigintOf(row.saved_pico),
    byokPico: bigintOf(row.byok_pico),
  };
}

export function attemptOf(row: Row): AttemptSum {
  return {
    ...groupOf(row),
    outcome: textOf(row.outcome) as AttemptClass,
    attempts: numberOf(row.attempts),
    down: numberOf(row.down),
  };
}

/** One row per bucket becomes one histogram per group and metric. */
export function latenciesOf(rows: readonly Row[]): readonly LatencySum[] {
  const sums = new Map<string, Group & { readonly metric: LatencyMetric; readonly histogram: Map<number, number> }>();
  for (const row of rows) {
    const group = groupOf(row);
    const metric = textOf(row.metric) as LatencyMetric;
    const id = JSON.stringify([metric, ...Object.values(group)]);
    let sum = sums.get(id);
    if (!sum) {
      sum = { ...group, metric, histogram: new Map() };
      sums.set(id, sum);
    }
    sum.histogram.set(numberOf(row.bucket), numberOf(row.samples));
  }
  return [...sums.values()];
}

function addDemo(where: Conditions, demo: DemoChoice): void {
  if (demo === 'include') return;
  where.add((parameter) => `workspace_id ${demo === 'only' ? '=' : '<>'} ${parameter(DEMO_WORKSPACE)}`);
}

export function logStatement(query: LogQuery, limitMax: number): Statement {
  const where = new Conditions();
  where.equals('account_id', text(query.accountId));
  where.equals('model_id', textOrAbsent(query.model));
  where.equals('provider_id', textOrAbsent(query.provider));
  where.equals('session_id', textOrAbsent(query.sessionId));
  addPart(where, 'model_id', query.modelPart);
  if (query.ends) addEnds(where, query.ends);
  where.equals('app', textOrAbsent(query.app));
  where.equals('key_hash', textOrAbsent(query.keyHash));
  where.equals('outcome', query.outcome);
  where.equals('finish_reason', textOrAbsent(query.finish));
  if (query.status === 'cancelled') where.equals('cancelled', 1);
  else if (query.status) where.add(() => `cancelled = 0 AND failure IS ${query.status === 'error' ? 'NOT ' : ''}NULL`);
  addRange(where, 'charged_pico', query.costMinPico, query.costMaxPico);
  if (query.fromMs !== undefined) where.add((parameter) => `created_ms >= ${parameter(whole(query.fromMs!))}`);
  if (query.toMs !== undefined) where.add((parameter) => `created_ms < ${parameter(whole(query.toMs!))}`);
  addPart(where, 'id', query.idPart);
  addDemo(where, query.demo);
  const { after } = query;
  if (after) {
    const before = whole(after.createdAtMs);
    where.add(
      (parameter) =>
        `(created_ms < ${parameter(before)} OR (created_ms = ${parameter(before)} AND id < ${parameter(text(after.id))}))`,
    );
  }
  const limit = Math.max(0, Math.min(limitMax, whole(query.limit)));
  return {
    sql: `SELECT record FROM generation WHERE ${where.sql} ORDER BY created_ms DESC, id DESC LIMIT ${limit}`,
    params: where.params,
  };
}

function addPart(where: Conditions, column: string, part: string | undefined): void {
  if (part === undefined) return;
  const pattern = `%${text(part)
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')}%`;
  where.add((parameter) => `LOWER(${column}) LIKE ${parameter(pattern)} ESCAPE '\\'`);
}

function addEnds(where: Conditions, { success, cancelled, failures }: NonNullable<LogQuery['ends']>): void {
  where.add((parameter) => {
    const listed = failures.map((kind) => parameter(text(kind))).join(', ');
    const ends = [
      ...(success ? ['(cancelled = 0 AND failure IS NULL)'] : []),
      ...(cancelled ? ['cancelled = 1'] : []),
      ...(listed === '' ? [] : [`(cancelled = 0 AND failure IN (${listed}))`]),
    ];
    return ends.length === 0 ? '1 = 0' : `(${ends.join(' OR ')})`;
  });
}

function addRange(where: Conditions, column: string, from: bigint | undefined, to: bigint | undefined): void {
  if (from !== undefined) where.add((parameter) => `${column} >= ${parameter(from)}`);
  if (to !== undefined) where.add((parameter) => `${column} <= ${parameter(to)}`);
}

function textOrAbsent(value: string | undefined): string | undefined {
  return value === undefined ? undefined : text(value);
}

export function sampleStatement(query: {
  readonly model: string;
  readonly endpoint?: string;
  readonly fromMs: number;
  readonly demo: DemoChoice;
  readonly limit: number;
}): Statement {
  const where = new Conditions();
  where.equals('model_id', text(query.model));
  where.equals('endpoint_id', textOrAbsent(query.endpoint));
  where.add((parameter) => `created_ms >= ${parameter(whole(query.fromMs))}`);
  where.add(() => 'failure IS NULL AND cancelled = 0');
  addDemo(where, query.demo);
  return {
    sql:
      'SELECT created_ms, provider_id, endpoint_id, latency_ms, generation_ms, completion_tokens FROM generation ' +
      `WHERE ${where.sql} ORDER BY created_ms DESC LIMIT ${Math.max(0, whole(query.limit))}`,
    params: where.params,
  };
}

export function sampleOf(row: Row): Sample {
  return {
    atMs: numberOf(row.created_ms),
    providerId: textOf(row.provider_id),
    endpointId: textOf(row.endpoint_id),
    latencyMs: row.latency_ms === null ? undefined : numberOf(row.latency_ms),
    generationMs: row.generation_ms === null ? undefined : numberOf(row.generation_ms),
    completionTokens: numberOf(row.completion_tokens),
  };
}

export function appOf(row: Row): App {
  const url = row.url === null ? undefined : textOf(row.url);
  return {
    slug: textOf(row.slug),
    title: textOf(row.title),
    ...(url !== undefined && { url }),
    categories: textOf(row.categories).split(',').filter(Boolean),
    firstSeenMs: numberOf(row.first_ms),
    lastSeenMs: numberOf(row.last_ms),
  };
}
