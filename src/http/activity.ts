import { formatUsd } from '../base/money.ts';
import {
  ACTIVITY_GRAINS,
  ACTIVITY_METRICS,
  ACTIVITY_SPLITS,
  type Activity,
  type ActivityMeta,
  type ActivityQuery,
  activityQuery,
} from '../contract/overview.ts';
import { Failure } from '../generation/failure.ts';
import { joinSamples, METRICS, type Metric, type MetricValue } from '../statistics/activity-metrics.ts';
import { addUsage, NO_USAGE_AMOUNTS } from '../statistics/rollup.ts';
import type { Group, LatencySum, UsageSum } from '../statistics/statistics-store.ts';
import { type BucketGrain, bucketStart, bucketsIn, grainFor, nextBucket, rowsOf } from '../statistics/time-buckets.ts';
import { DAY_MS, HOURS_KEPT_MS } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';
import { daysWindow, metaOf, type StatisticsWindow } from './statistics-window.ts';

export const activityRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/activity/meta', audience: 'caller', answer: showMeta },
  { method: 'POST', path: '/api/x/activity/query', audience: 'caller', isReading: true, answer: queryActivity },
];

const SERIES_MAX = 20;
const HOURLY_DAYS_MAX = 31;
const RANGE_DAYS_MAX = 3_660;
const VALUES_MAX = 200;
const VALUES_DAYS = 90;

type Split = (typeof ACTIVITY_SPLITS)[number];
const SPLITS: Readonly<Record<Split, string>> = {
  model: 'Model',
  author: 'Author',
  provider: 'Provider',
  endpoint: 'Endpoint',
  app: 'App',
  key: 'API key',
  outcome: 'Outcome',
};
/** Histograms are kept by endpoint, not by key or app. */
const LATENCY_SPLITS: readonly Split[] = ['model', 'author', 'provider', 'endpoint'];

function splitsOf(metric: Metric, id: string): readonly Split[] {
  if (metric.of === 'latency') return LATENCY_SPLITS;
  return id === 'requests' ? ACTIVITY_SPLITS : ACTIVITY_SPLITS.filter((split) => split !== 'outcome');
}

async function showMeta({ caller, exchange }: RouteCall): Promise<Response> {
  const window = daysWindow(VALUES_DAYS, exchange.clock.nowMs());
  const where = { account: [caller!.key.accountId] };
  const values = await Promise.all(
    (['model', 'provider', 'endpoint', 'app', 'key'] as const).map(async (dimension) => {
      const sums = await exchange.statistics.sumUsage({ ...window, by: [dimension], where });
      const ids = sums
        .filter((sum) => sum[dimension] !== '')
        .sort((a, b) => b.requests - a.requests)
        .slice(0, VALUES_MAX)
        .map((sum) => sum[dimension]);
      const nameOf = await namesFor(exchange, dimension, ids);
      return [dimension, ids.map((id) => ({ id, name: nameOf(id) }))] as const;
    }),
  );
  const meta: ActivityMeta = {
    metrics: ACTIVITY_METRICS.map((id) => {
      const { label, unit, isSum } = METRICS[id];
      return { id, label, unit, is_sum: isSum, splits: [...splitsOf(METRICS[id], id)] };
    }),
    splits: ACTIVITY_SPLITS.map((id) => ({ id, label: SPLITS[id] })),
    grains: [...ACTIVITY_GRAINS],
    values: Object.fromEntries(values),
  };
  return answerPrivate(meta);
}

async function namesFor(exchange: Exchange, split: Split, ids: readonly string[]): Promise<(id: string) => string> {
  if (split === 'key') return (id) => exchange.directory.find(id)?.name ?? id.slice(0, 12);
  if (split === 'model') return (id) => exchange.catalog().find(id)?.model.name ?? id;
  if (split === 'provider') {
    const names = new Map(exchange.providers().map(({ id, name }) => [id, name]));
    return (id) => names.get(id) ?? id;
  }
  if (split !== 'app') return (id) => id;
  const apps = await exchange.statistics.findApps(ids);
  return (id) => apps.get(id)?.title ?? id;
}

/** One metric over time, for the caller's own account. */
async function queryActivity({ request, caller, exchange }: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(request, activityQuery);
  const metric: Metric = METRICS[fields.metric];
  if (fields.split && !splitsOf(metric, fields.metric).includes(fields.split)) {
    throw invalid('split', `${fields.metric} cannot be split by ${fields.split}`);
  }
  const range = readRange(fields, exchange.clock.nowMs());
  const rows = await readRows(exchange, { fields, metric, range, accountId: caller!.key.accountId });
  const before = fields.compare ? rangeBefore(range) : undefined;
  const rowsBefore = before
    ? await readRows(exchange, { fields, metric, range: before, accountId: caller!.key.accountId })
    : undefined;
  const series = groupRows(rows, fields);
  const { top, rest } = rankSeries(metric, series);
  const nameOf = fields.split
    ? await namesFor(
        exchange,
        fields.split,
        top.map(({ id }) => id),
      )
    : () => 'All';
  const print = (id: string, name: string, own: Rows) => ({
    id,
    name,
    values: printBuckets(metric, own, range),
    total: printValue(metric, measure(metric, own)),
    n: measure(metric, own).n,
  });
  const all = measure(metric, rows);
  const window: StatisticsWindow = { ...range, grain: rowsOf(range.grain), demo: fields.demo ?? 'include' };
  const activity: Activity = {
    meta: await metaOf(exchange, window),
    metric: fields.metric,
    unit: metric.unit,
    grain: range.grain,
    buckets: range.buckets.map(instantOf),
    series: [
      ...top.map(({ id, rows: own }) => print(id, id === '' ? 'None' : nameOf(id), own)),
      ...(rest.usage.length > 0 && metric.isSum ? [print('other', 'Other', rest)] : []),
    ],
    total: printValue(metric, all),
    n: all.n,
    previous: before && rowsBefore ? printPrevious(metric, rowsBefore, before) : null,
  };
  return answerPrivate(activity);
}

function printPrevious(metric: Metric, rows: Rows, range: Range): NonNullable<Activity['previous']> {
  const total = measure(metric, rows);
  return { total: printValue(metric, total), n: total.n, values: printBuckets(metric, rows, range) };
}

interface Range {
  readonly grain: BucketGrain;
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: readonly number[];
}

function readRange(fields: ActivityQuery, nowMs: number): Range {
  const [from, to] = [Date.parse(fields.from), Date.parse(fields.to)];
  if (!(from < to)) throw invalid('to', 'must be after from');
  if (to - from > RANGE_DAYS_MAX * DAY_MS) throw invalid('from', 'at most ten years at once');
  const grain = fields.grain ?? grainFor(from, to, nowMs);
  if (grain === 'hour' && to - from > HOURLY_DAYS_MAX * DAY_MS) throw invalid('grain', 'hours for at most 31 days');
  if (grain === 'hour' && from < nowMs - HOURS_KEPT_MS) throw invalid('grain', 'hours are kept for 100 days');
  return rangeOf(grain, bucketStart(grain, from), to);
}

function rangeOf(grain: BucketGrain, fromMs: number, untilMs: number): Range {
  const buckets = bucketsIn(grain, fromMs, untilMs, HOURLY_DAYS_MAX * 24 + RANGE_DAYS_MAX);
  return { grain, fromMs, toMs: nextBucket(grain, buckets.at(-1)!), buckets };
}

/** As many buckets as the range has, right before it. */
function rangeBefore({ grain, fromMs, buckets }: Range): Range {
  let start = fromMs;
  for (let count = 0; count < buckets.length; count++) start = bucketStart(grain, start - 1);
  return rangeOf(grain, start, fromMs);
}

/** The one or the other is empty, by the metric. */
interface Rows {
  readonly usage: readonly UsageSum[];
  readonly latencies: readonly LatencySum[];
}

interface RowsQuestion {
  readonly fields: ActivityQuery;
  readonly metric: Metric;
  readonly range: Range;
  readonly accountId: string;
}

async function readRows(exchange: Exchange, { fields, metric, range, accountId }: RowsQuestion): Promise<Rows> {
  const filters = fields.filters ?? [];
  const where: Record<string, readonly string[]> = { account: [accountId] };
  for (const { field, values } of filters) where[field] = where[field]?.filter((id) => values.includes(id)) ?? values;
  const { fromMs, toMs } = range;
  const window = { grain: rowsOf(range.grain), fromMs, toMs, demo: fields.demo ?? 'include' } as const;
  const split = fields.split === 'author' ? 'model' : fields.split;
  if (metric.of === 'usage') {
    const by = split && split !== 'outcome' ? (['start', split] as const) : (['start'] as const);
    return { usage: await exchange.statistics.sumUsage({ ...window, by, where }), latencies: [] };
  }
  if (filters.some(({ field }) => field === 'app' || field === 'key')) {
    throw invalid('filters', `${fields.metric} is kept by endpoint, not by app or key`);
  }
  const place = split as 'model' | 'provider' | 'endpoint' | undefined;
  const by = place ? (['start', place] as const) : (['start'] as const);
  const { app: _, key: __, ...places } = where;
  const latencies = await exchange.statistics.sumLatencies({ ...window, by, where: places }, [metric.metric]);
  return { usage: [], latencies };
}

interface Series {
  readonly id: string;
  readonly rows: Rows;
}

function groupRows(rows: Rows, { split }: ActivityQuery): readonly Series[] {
  if (!split) return [{ id: 'all', rows }];
  if (split === 'outcome') return splitOutcomes(rows.usage);
  const idOf = (group: Group): string =>
    split === 'author' ? group.model.slice(0, Math.max(0, group.model.indexOf('/'))) : group[split];
  const usage = Map.groupBy(rows.usage, idOf);
  const latencies = Map.groupBy(rows.latencies, idOf);
  return [...new Set([...usage.keys(), ...latencies.keys()])].map((id) => ({
    id,
    rows: { usage: usage.get(id) ?? [], latencies: latencies.get(id) ?? [] },
  }));
}

/** One row says how many of its requests ended in which way: five rows, each with the requests of its own. */
function splitOutcomes(usage: readonly UsageSum[]): readonly Series[] {
  const outcomes = [
    ['success', (sum: UsageSum) => sum.successes],
    ['error', (sum: UsageSum) => sum.errors],
    ['rate-limited', (sum: UsageSum) => sum.rateLimited],
    ['caller-error', (sum: UsageSum) => sum.callerErrors],
    ['cancelled', (sum: UsageSum) => sum.cancelled],
  ] as const;
  return outcomes
    .map(([id, read]) => ({
      id,
      rows: { usage: usage.map((sum) => ({ ...sum, requests: read(sum) })), latencies: [] },
    }))
    .filter(({ rows }) => rows.usage.some(({ requests }) => requests > 0));
}

/** The largest first; of what cannot be added up, those with the most samples. */
function rankSeries(
  metric: Metric,
  series: readonly Series[],
): { readonly top: readonly Series[]; readonly rest: Rows } {
  const ranked = series
    .map((one) => ({ one, total: measure(metric, one.rows) }))
    .sort((a, b) => compare(metric, b.total, a.total) || (a.one.id < b.one.id ? -1 : 1))
    .map(({ one }) => one);
  const rest = ranked.slice(SERIES_MAX);
  return {
    top: ranked.slice(0, SERIES_MAX),
    rest: { usage: rest.flatMap(({ rows }) => rows.usage), latencies: rest.flatMap(({ rows }) => rows.latencies) },
  };
}

function compare({ isSum }: Metric, a: MetricValue, b: MetricValue): number {
  const [x, y] = isSum ? [a.value ?? 0, b.value ?? 0] : [a.n, b.n];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** One value for each bucket, each row looked at once. */
function printBuckets(metric: Metric, rows: Rows, { grain, buckets }: Range): (number | string | null)[] {
  const startOfBucket = (row: Group) => bucketStart(grain, row.startMs);
  const usage = Map.groupBy(rows.usage, startOfBucket);
  const latencies = Map.groupBy(rows.latencies, startOfBucket);
  return buckets.map((start) =>
    printValue(metric, measure(metric, { usage: usage.get(start) ?? [], latencies: latencies.get(start) ?? [] })),
  );
}

function measure(metric: Metric, rows: Rows): MetricValue {
  if (metric.of === 'latency') return metric.read(joinSamples(rows.latencies));
  return metric.read(rows.usage.reduce(addUsage, NO_USAGE_AMOUNTS));
}

function printValue({ unit }: Metric, { value }: MetricValue): number | string | null {
  if (value === undefined) return null;
  return typeof value === 'bigint' || unit === 'usd' ? formatUsd(BigInt(value)) : value;
}

function invalid(field: string, problem: string): Failure {
  return new Failure('invalid-request', { message: `${field}: ${problem}`, metadata: { field } });
}
