import type { Activity, ActivityMeta, ActivityQuery } from '../../src/contract/overview.ts';
import type { ChartTable } from '../charts/chart-table.ts';
import { compact, dollars, duration, exact, exactDollars, percent } from '../text/numbers.ts';

export type Metric = ActivityQuery['metric'];
export type Split = NonNullable<ActivityQuery['split']>;
export type Value = Activity['series'][number]['values'][number];
type FilterField = NonNullable<ActivityQuery['filters']>[number]['field'];

export const RANGES = [
  ['24h', 'Last 24 hours', 86_400_000],
  ['7d', 'Last 7 days', 7 * 86_400_000],
  ['30d', 'Last 30 days', 30 * 86_400_000],
  ['90d', 'Last 90 days', 90 * 86_400_000],
  ['365d', 'Last 365 days', 365 * 86_400_000],
] as const;

export const FILTER_FIELDS: readonly FilterField[] = ['model', 'provider', 'endpoint', 'app', 'key'];

/** Questions worth asking often, as links. */
export const VIEWS: readonly (readonly [string, string])[] = [
  ['Spend by model', 'metric=spend&split=model&range=30d'],
  ['Requests by key', 'metric=requests&split=key&range=30d'],
  ['Tokens by app', 'metric=tokens&split=app&range=30d'],
  ['Errors by provider', 'metric=errors&split=provider&range=7d'],
  ['First content by provider', 'metric=first_content_p50&split=provider&range=7d'],
  ['Saved by caches', 'metric=cache_saving&split=model&range=30d'],
];

export interface Asked {
  readonly metric: Metric;
  readonly split: Split | undefined;
  readonly range: string;
  readonly grain: string;
  /** `field:value`. */
  readonly filters: readonly string[];
  readonly isCompared: boolean;
}

/** What the address asks for; what it has wrong is as if it were not there. */
export function readAsked(search: URLSearchParams, meta: ActivityMeta | undefined): Asked {
  const known =
    meta?.metrics.find(({ id }) => id === search.get('metric')) ?? meta?.metrics.find(({ id }) => id === 'spend');
  const metric = known?.id ?? 'spend';
  const splits: readonly string[] = known?.splits ?? [];
  const split = search.get('split') ?? 'model';
  const range = RANGES.find(([id]) => id === search.get('range'))?.[0] ?? '30d';
  const grains: readonly string[] = meta?.grains ?? [];
  const grain = search.get('grain') ?? '';
  return {
    metric,
    split: splits.includes(split) ? (split as Split) : undefined,
    range,
    // Hours are kept for a month.
    grain: grains.includes(grain) && !(grain === 'hour' && !['24h', '7d', '30d'].includes(range)) ? grain : '',
    filters: search.getAll('f').filter((filter) => FILTER_FIELDS.some((field) => filter.startsWith(`${field}:`))),
    isCompared: search.get('compare') === '1',
  };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Body of `POST /api/x/activity/query`. The end is that of the hour that goes on, or of the day where bars are days: thirty days
 * are then thirty bars, all of them whole but the last, and one question stays the same for as long.
 */
export function questionOf(asked: Asked, nowMs: number): ActivityQuery {
  const stepMs = asked.range === '24h' || asked.grain === 'hour' ? HOUR_MS : DAY_MS;
  const toMs = (Math.floor(nowMs / stepMs) + 1) * stepMs;
  const [, , widthMs] = RANGES.find(([id]) => id === asked.range)!;
  const byField = Map.groupBy(asked.filters, (filter) => filter.slice(0, filter.indexOf(':')));
  const filters = [...byField].map(([field, all]) => ({
    field: field as FilterField,
    values: all.map((filter) => filter.slice(filter.indexOf(':') + 1)),
  }));
  return {
    metric: asked.metric,
    ...(asked.split && { split: asked.split }),
    ...(filters.length > 0 && { filters }),
    ...(asked.grain !== '' && { grain: asked.grain as NonNullable<ActivityQuery['grain']> }),
    from: new Date(toMs - widthMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...(asked.isCompared && { compare: true }),
  };
}

/** A value for people; with every digit when `isExact`. */
export function printValue(value: Value | undefined, unit: string, isExact = false): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'string') return isExact ? exactDollars(value) : dollars(value);
  if (unit === 'percent') return percent(value / 100);
  if (unit === 'ms') return duration(value);
  return isExact ? exact(value) : compact(value);
}

/** Of a value its height. */
export function heightOf(value: Value | undefined): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}

export function bucketName(start: string, grain: Activity['grain']): string {
  const date = new Date(start);
  const day = date.toLocaleDateString('en', { month: 'short', day: 'numeric', timeZone: 'UTC' });
  if (grain === 'hour') return `${day}, ${String(date.getUTCHours()).padStart(2, '0')}:00`;
  if (grain === 'month') return date.toLocaleDateString('en', { month: 'short', year: 'numeric', timeZone: 'UTC' });
  return day;
}

/** Below an axis: hours alone, but for the first of a day. */
export function bucketMark(start: string, grain: Activity['grain']): string {
  const hour = new Date(start).getUTCHours();
  return grain === 'hour' && hour !== 0 ? `${String(hour).padStart(2, '0')}:00` : bucketName(start, 'day');
}

/** Samples that a metric needs before it is shown, where it is no sum. */
export function samplesNeeded(metric: Metric): number {
  if (metric.endsWith('_p50')) return 20;
  return metric === 'error_rate' || metric.endsWith('_p90') ? 50 : 1;
}

/** Everything with every digit: what CSV holds and what "view as table" shows. Money stays text. */
export function tableOf({ buckets, series, previous }: Activity): ChartTable {
  const cellOf = (value: Value | undefined) => value ?? undefined;
  const before = previous ? [{ name: 'Window before', isFigure: true }] : [];
  return {
    columns: [{ name: 'From (UTC)' }, ...series.map(({ name }) => ({ name, isFigure: true })), ...before],
    rows: buckets.map((start, index) => [
      start.slice(0, 16).replace('T', ' '),
      ...series.map(({ values }) => cellOf(values[index])),
      ...(previous ? [cellOf(previous.values[index])] : []),
    ]),
  };
}

/** This window against the one before. */
export function tellChange({ total, previous, unit, n }: Activity): string | undefined {
  if (!previous) return undefined;
  const [now, before] = [heightOf(total), heightOf(previous.total)];
  const was = `${printValue(previous.total, unit)} in the window before (n = ${exact(previous.n)})`;
  if (total === null || previous.total === null || before === 0 || n === 0) return was;
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return `As much as before: ${was}.`;
  return `${change > 0 ? 'Up' : 'Down'} ${percent(Math.abs(change), 1)}: ${was}.`;
}
