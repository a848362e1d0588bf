import { z } from 'zod';
import { day, demoChoice, figure, instant, statisticsMeta, uptimeCounts, uptimeDay, usd } from './figure.ts';

/** `GET /api/x/overview`, `/api/x/activity/…` (the caller's own account) and `/api/x/status` (public). */

export const overviewQuery = z.object({ demo: demoChoice });

const ranked = z.strictObject({ id: z.string(), name: z.string(), requests: z.int(), tokens: z.int(), spend: usd });

/** `GET /api/x/overview` */
export const overview = z.strictObject({
  meta: statisticsMeta,
  spend: z.strictObject({
    today: usd,
    month: usd,
    /** Credit left on the account; null without deposits. */
    credit_left: usd.nullable(),
    /**
     * Spending of the whole month: what was spent and the daily mean (± one standard error) for the days left, from
     * the month's first day with a request on; null below 3 whole days.
     */
    forecast: z.strictObject({ low: usd, middle: usd, high: usd, days: z.int() }).nullable(),
    /** This month up to today, oldest first. */
    days: z.array(z.strictObject({ date: day, spend: usd })),
  }),
  /** This month. */
  requests: z.int(),
  requests_today: z.int(),
  /** Percent of requests that ended in an error which was not the caller's own, this month. */
  error_rate: figure,
  /** This month: saved by caches against the list price of uncached tokens. */
  cache_saving: usd,
  /** This month, milliseconds, as callers saw it. */
  first_content_ms: z.strictObject({ p50: figure, p95: figure }),
  /** At most 5 of each, by spending and then tokens, this month. */
  top_models: z.array(ranked),
  top_keys: z.array(ranked),
  top_apps: z.array(ranked),
});
export type Overview = z.infer<typeof overview>;

export const ACTIVITY_METRICS = [
  'requests',
  'successes',
  'errors',
  'rate_limited',
  'cancelled',
  'tokens',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'spend',
  'list_price',
  'cache_saving',
  'error_rate',
  'first_content_p50',
  'first_content_p90',
  'tokens_per_second_p50',
  'end_to_end_p50',
] as const;
export const ACTIVITY_SPLITS = ['model', 'author', 'provider', 'endpoint', 'app', 'key', 'outcome'] as const;
export const ACTIVITY_GRAINS = ['hour', 'day', 'week', 'month'] as const;

/** `GET /api/x/activity/meta`: what can be asked, with the words to show. */
export const activityMeta = z.strictObject({
  metrics: z.array(
    z.strictObject({
      id: z.enum(ACTIVITY_METRICS),
      label: z.string(),
      /** `usd` values are decimal strings, all others numbers. */
      unit: z.enum(['count', 'tokens', 'usd', 'percent', 'ms', 'tokens/s']),
      /** Parts of it can be added up; others cannot be stacked. */
      is_sum: z.boolean(),
      splits: z.array(z.enum(ACTIVITY_SPLITS)),
    }),
  ),
  splits: z.array(z.strictObject({ id: z.enum(ACTIVITY_SPLITS), label: z.string() })),
  grains: z.array(z.enum(ACTIVITY_GRAINS)),
  /** Values that the account's own traffic of the last 90 days has, for filter suggestions; at most 200 of each. */
  values: z.record(z.string(), z.array(z.strictObject({ id: z.string(), name: z.string() }))),
});
export type ActivityMeta = z.infer<typeof activityMeta>;

/** Body of `POST /api/x/activity/query`. */
export const activityQuery = z.strictObject({
  metric: z.enum(ACTIVITY_METRICS),
  split: z.enum(ACTIVITY_SPLITS).optional(),
  /** A row counts when for every filter its value is one of those listed. */
  filters: z
    .array(
      z.strictObject({
        field: z.enum(['model', 'provider', 'endpoint', 'app', 'key']),
        values: z.array(z.string().max(400)).min(1).max(50),
      }),
    )
    .max(10)
    .optional(),
  /** Chosen by the range unless given; `hour` for at most 31 days. */
  grain: z.enum(ACTIVITY_GRAINS).optional(),
  /** ISO 8601, rounded down to the grain. */
  from: z.iso.datetime({ offset: true }),
  /** ISO 8601, exclusive. */
  to: z.iso.datetime({ offset: true }),
  /** Also the window of the same length before. */
  compare: z.boolean().optional(),
  demo: demoChoice,
});
export type ActivityQuery = z.infer<typeof activityQuery>;

/** A number, a decimal string of dollars for `usd`, or null with too few samples. */
const value = z.union([z.number(), z.string()]).nullable();

export const activity = z.strictObject({
  meta: statisticsMeta,
  metric: z.enum(ACTIVITY_METRICS),
  unit: z.string(),
  grain: z.enum(ACTIVITY_GRAINS),
  /** Starts of all buckets, oldest first. */
  buckets: z.array(instant),
  /** Largest first, at most 20, then one with the id `other` for sums. Without a split one with the id `all`. */
  series: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      /** One for each bucket. */
      values: z.array(value),
      total: value,
      /** Requests or samples that `total` is from. */
      n: z.int(),
    }),
  ),
  total: value,
  n: z.int(),
  /** Of the window before; null unless asked for. `values` is the sum of all series. */
  previous: z.strictObject({ total: value, n: z.int(), values: z.array(value) }).nullable(),
});
export type Activity = z.infer<typeof activity>;

/** `GET /api/x/status`: also while storage is away, then from memory alone. */
export const status = z.strictObject({
  /** `degraded`: an incident is open. `storage-away`: answers still flow, history cannot be read. */
  state: z.enum(['ok', 'degraded', 'storage-away']),
  version: z.string(),
  at: instant,
  /** Since the process started, seconds. */
  up_seconds: z.int(),
  /** Settled generations that are not in storage yet. */
  journal_pending: z.int(),
  /** 30 days per provider, oldest first; empty while storage is away. */
  providers: z.array(
    z.strictObject({
      provider: z.string(),
      name: z.string(),
      connected: z.boolean(),
      breaker: z.enum(['closed', 'half', 'open', 'refused', 'off']),
      total: uptimeCounts,
      days: z.array(uptimeDay),
    }),
  ),
  /** What all callers saw after fallback. */
  after_fallback: z.strictObject({ total: uptimeCounts, days: z.array(uptimeDay) }).nullable(),
  /** Clusters of errors of one provider and one class within the last 24 hours. */
  incidents: z.array(
    z.strictObject({
      provider: z.string(),
      name: z.string(),
      class: z.string(),
      count: z.int(),
      /** Of the provider's attempts in those hours, 0 to 1. */
      share: z.number(),
      first_hour: instant,
      last_hour: instant,
      /** Errors in this hour or the one before. */
      is_open: z.boolean(),
      endpoints: z.array(z.string()),
    }),
  ),
});
export type Status = z.infer<typeof status>;
