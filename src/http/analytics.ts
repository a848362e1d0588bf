import { usdNumber } from '../base/money.ts';
import { type AnalyticsQuery, analyticsQuery } from '../contract/analytics.ts';
import { Failure } from '../generation/failure.ts';
import { joinSamples, METRICS, type Metric, type MetricId } from '../statistics/activity-metrics.ts';
import { addUsage, NO_USAGE_AMOUNTS } from '../statistics/rollup.ts';
import type { Group, LatencySum, UsageSum } from '../statistics/statistics-store.ts';
import { type BucketGrain, bucketStart } from '../statistics/time-buckets.ts';
import { DAY_MS, HOURS_KEPT_MS } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';

export const analyticsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/analytics/meta', audience: 'management', answer: showMeta },
  { method: 'POST', path: '/api/v1/analytics/query', audience: 'management', isReading: true, answer: queryAnalytics },
];

/** OpenRouter's name of a metric, and ours. */
const NAMES: Readonly<Record<string, MetricId>> = {
  request_count: 'requests',
  success_count: 'successes',
  error_count: 'errors',
  rate_limited_count: 'rate_limited',
  error_rate: 'error_rate',
  tokens_total: 'tokens',
  tokens_prompt: 'prompt_tokens',
  tokens_completion: 'completion_tokens',
  tokens_reasoning: 'reasoning_tokens',
  tokens_cached: 'cached_tokens',
  total_usage: 'spend',
  cache_savings: 'cache_saving',
  latency_p50: 'first_content_p50',
  latency_p90: 'first_content_p90',
  throughput_p50: 'tokens_per_second_p50',
};
const DIMENSIONS = {
  model: ['model', 'Model'],
  provider: ['provider', 'Provider'],
  endpoint: ['endpoint', 'Endpoint'],
  app: ['app', 'App'],
  api_key_id: ['key', 'API Key'],
} as const;
type DimensionName = keyof typeof DIMENSIONS;
type Column = (typeof DIMENSIONS)[DimensionName][0];

const OPERATORS = [
  { name: 'eq', value_type: 'scalar' },
  { name: 'neq', value_type: 'scalar' },
  { name: 'in', value_type: 'array' },
  { name: 'not_in', value_type: 'array' },
] as const;
const FORMATS = {
  count: 'number',
  tokens: 'number',
  usd: 'currency',
  percent: 'percent',
  ms: 'latency',
  'tokens/s': 'throughput',
} as const;
const ROWS_USUAL = 1_000;
const HOURLY_DAYS_MAX = 31;
const RANGE_DAYS_MAX = 366;

function showMeta(): Response {
  return answerPrivate({
    data: {
      metrics: Object.entries(NAMES).map(([name, id]) => ({
        name,
        display_label: METRICS[id].label,
        is_rate: !METRICS[id].isSum,
        display_format: FORMATS[METRICS[id].unit],
      })),
      dimensions: Object.entries(DIMENSIONS).map(([name, [, display_label]]) => ({ name, display_label })),
      operators: OPERATORS,
      granularities: (['hour', 'day', 'week', 'month'] as const).map((name) => ({
        name,
        display_label: name[0]!.toUpperCase() + name.slice(1),
      })),
    },
  });
}

interface Question {
  readonly metrics: readonly (readonly [string, Metric])[];
  readonly dimensions: readonly DimensionName[];
  readonly filters: readonly Filter[];
  readonly grain: BucketGrain | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows by the hour are still kept. */
  readonly isRecent: boolean;
}

interface Filter {
  readonly column: Column;
  readonly values: ReadonlySet<string>;
  readonly isNegated: boolean;
  readonly includesUnset: boolean;
}

type OutRow = Record<string, string | number | null>;

async function queryAnalytics({ request, caller, exchange }: RouteCall): Promise<Response> {
  const startedMs = exchange.clock.monotonicMs();
  const { fields } = await readJsonBody(request, analyticsQuery);
  const question = readQuestion(fields, exchange.clock.nowMs());
  const rows = await readRows(exchange, question, caller!.key.accountId);
  const grouped = groupRows(rows, question);
  const sorted = sortRows(grouped, fields, question);
  const limited = limitGroups(sorted, fields, question);
  const limit = fields.limit ?? ROWS_USUAL;
  const data = limited.slice(0, limit);
  return answerPrivate({
    data: {
      data,
      metadata: {
        query_time_ms: Math.max(0, exchange.clock.monotonicMs() - startedMs),
        row_count: data.length,
        truncated: data.length < sorted.length,
      },
    },
  });
}

function readQuestion(fields: AnalyticsQuery, nowMs: number): Question {
  if (fields.classifier_dimensions !== undefined || fields.classifier_filters !== undefined) {
    throw invalid('classifier_dimensions', 'there are no classifiers here');
  }
  if (fields.granularity === 'minute') throw invalid('granularity', 'rows are kept by the hour');
  const toMs = fields.time_range ? Date.parse(fields.time_range.end) : nowMs + 1;
  const fromMs = fields.time_range ? Date.parse(fields.time_range.start) : nowMs - 30 * DAY_MS;
  if (!(fromMs < toMs)) throw invalid('time_range', 'end must be after start');
  if (toMs - fromMs > RANGE_DAYS_MAX * DAY_MS) throw invalid('time_range', 'at most a year at once');
  if (fields.granularity === 'hour' && toMs - fromMs > HOURLY_DAYS_MAX * DAY_MS) {
    throw invalid('granularity', 'hours for at most 31 days');
  }
  if (fields.granularity === 'hour' && fromMs < nowMs - HOURS_KEPT_MS) {
    throw invalid('granularity', 'hours are kept for 100 days');
  }
  return {
    metrics: [...new Set(fields.metrics)].map((name) => [name, METRICS[known(NAMES, 'metrics', name)]] as const),
    dimensions: [...new Set(fields.dimensions ?? [])].map((name) => {
      known(DIMENSIONS, 'dimensions', name);
      return name as DimensionName;
    }),
    filters: (fields.filters ?? []).map(readFilter),
    grain: fields.granularity,
    fromMs,
    toMs,
    isRecent: fromMs >= nowMs - HOURS_KEPT_MS,
  };
}

function readFilter(filter: NonNullable<AnalyticsQuery['filters']>[number]): Filter {
  const [column] = known(DIMENSIONS, 'filters.field', filter.field);
  const { operator, value } = filter;
  if (operator !== 'eq' && operator !== 'neq' && operator !== 'in' && operator !== 'not_in') {
    throw invalid('filters.operator', 'dimensions are names: only eq, neq, in and not_in compare them');
  }
  const isList = operator === 'in' || operator === 'not_in';
  if (Array.isArray(value) !== isList)
    throw invalid('filters.value', `${operator} takes ${isList ? 'a list' : 'one value'}`);
  return {
    column,
    values: new Set((Array.isArray(value) ? value : [value]).map(String)),
    isNegated: operator === 'neq' || operator === 'not_in',
    includesUnset: filter.include_unset ?? false,
  };
}

interface Rows {
  readonly usage: readonly UsageSum[];
  readonly latencies: readonly LatencySum[];
}

/** With every column that is grouped or filtered by; what a filter keeps out is dropped here. */
async function readRows(exchange: Exchange, question: Question, accountId: string): Promise<Rows> {
  const columns = new Set([
    ...question.dimensions.map((name) => DIMENSIONS[name][0]),
    ...question.filters.map(({ column }) => column),
  ]);
  const isShort = question.toMs - question.fromMs <= 2 * DAY_MS && question.isRecent;
  const grain = question.grain === 'hour' || isShort ? 'hour' : 'day';
  // Rows begin at an hour or a day: those that the range cuts count whole.
  const fromMs = bucketStart(grain, question.fromMs);
  const window = { grain, fromMs, toMs: question.toMs, demo: 'include' } as const;
  const where = { account: [accountId] };
  const isKept = (row: Group) => question.filters.every((filter) => passes(row, filter));
  const metrics = question.metrics.flatMap(([, metric]) => (metric.of === 'latency' ? [metric.metric] : []));
  if (metrics.length > 0 && (columns.has('app') || columns.has('key'))) {
    throw invalid('metrics', 'latency and throughput are kept by endpoint, not by app or key');
  }
  const places = [...columns].filter((column) => column !== 'app' && column !== 'key');
  const [usage, latencies] = await Promise.all([
    exchange.statistics.sumUsage({ ...window, by: ['start', ...columns], where }),
    metrics.length > 0 ? exchange.statistics.sumLatencies({ ...window, by: ['start', ...places], where }, metrics) : [],
  ]);
  return { usage: usage.filter(isKept), latencies: latencies.filter(isKept) };
}

function passes(row: Group, { column, values, isNegated, includesUnset }: Filter): boolean {
  const value = row[column];
  if (value === '' && includesUnset) return true;
  return values.has(value) !== isNegated;
}

function groupRows(rows: Rows, question: Question): OutRow[] {
  const { grain, dimensions } = question;
  const headOf = (row: Group): OutRow => ({
    ...(grain && { [`date__${grain}`]: new Date(bucketStart(grain, row.startMs)).toISOString() }),
    ...Object.fromEntries(dimensions.map((name) => [name, row[DIMENSIONS[name][0]] || null])),
  });
  const idOf = (row: Group) => JSON.stringify(headOf(row));
  const usage = Map.groupBy(rows.usage, idOf);
  const latencies = Map.groupBy(rows.latencies, idOf);
  return [...new Set([...usage.keys(), ...latencies.keys()])].map((id) => {
    const own = { usage: usage.get(id) ?? [], latencies: latencies.get(id) ?? [] };
    const amounts = own.usage.reduce(addUsage, NO_USAGE_AMOUNTS);
    const row = headOf((own.usage[0] ?? own.latencies[0])!);
    for (const [name, metric] of question.metrics) row[name] = printMetric(metric, amounts, own.latencies);
    // May be ordered by without being asked for.
    if (!('request_count' in row)) Object.defineProperty(row, 'request_count', { value: amounts.requests });
    return row;
  });
}

function printMetric(
  metric: Metric,
  amounts: typeof NO_USAGE_AMOUNTS,
  latencies: readonly LatencySum[],
): number | null {
  const own = metric.of === 'latency' ? latencies.filter((sum) => sum.metric === metric.metric) : [];
  const { value } = metric.of === 'latency' ? metric.read(joinSamples(own)) : metric.read(amounts);
  if (value === undefined) return null;
  return typeof value === 'bigint' ? usdNumber(value) : value;
}

function sortRows(rows: OutRow[], { order_by }: AnalyticsQuery, question: Question): OutRow[] {
  const date = question.grain && `date__${question.grain}`;
  const field = order_by?.field === 'date' ? date : order_by?.field;
  const orderable = [...question.metrics.map(([name]) => name), 'request_count', ...question.dimensions, date];
  if (order_by && (field === undefined || !orderable.includes(field))) {
    throw invalid('order_by.field', 'must be a metric or dimension of this query, request_count or date');
  }
  const [first, direction] =
    field !== undefined ? [field, order_by!.direction] : [date ?? 'request_count', date ? 'asc' : 'desc'];
  const sign = direction === 'asc' ? 1 : -1;
  return rows.sort(
    (a, b) => sign * compareCells(a[first], b[first]) || compareCells(JSON.stringify(a), JSON.stringify(b)),
  );
}

/** Nothing comes after everything, either way round. */
function compareCells(a: string | number | null | undefined, b: string | number | null | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return a < b ? -1 : 1;
}

function limitGroups(rows: readonly OutRow[], { group_limit }: AnalyticsQuery, question: Question): readonly OutRow[] {
  if (group_limit === undefined || question.dimensions.length === 0) return rows;
  const seen = new Map<string, number>();
  return rows.filter((row) => {
    const id = JSON.stringify(question.dimensions.map((name) => row[name]));
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count <= group_limit;
  });
}

function known<T>(table: Readonly<Record<string, T>>, field: string, name: string): T {
  const value = Object.hasOwn(table, name) ? table[name] : undefined;
  if (value === undefined)
    throw invalid(field, `unknown; see /api/v1/analytics/meta for ${Object.keys(table).join(', ')}`);
  return value;
}

function invalid(field: string, problem: string): Failure {
  return new Failure('invalid-request', { message: `${field}: ${problem}`, metadata: { field } });
}
