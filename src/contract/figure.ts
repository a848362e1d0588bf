import { z } from 'zod';

/**
 * What the numbers of the web UI are made of. Names are snake_case as in the rest of the API; times are ISO 8601 in UTC, days
 * `YYYY-MM-DD` in UTC, durations milliseconds, amounts decimal strings of US dollars (`"0.00000008"`, never rounded).
 */

/** A figure from samples: `value` is null while `n` is below `needed`. */
export const figure = z.strictObject({
  /** In the unit that the field's name or note says. Null: too few samples to say anything. */
  value: z.number().nullable(),
  /** Samples it comes from. */
  n: z.int(),
  /** Samples needed before it is shown: 20 for p50, 50 for p90 and uptime, 500 for p99. */
  needed: z.int(),
});
export type Figure = z.infer<typeof figure>;

/** Percentiles of one measurement, from a histogram of fixed buckets that each reach 8 % further: right to about 4 %. */
export const percentiles = z.strictObject({ p50: figure, p90: figure, p99: figure });
export type PercentileFigures = z.infer<typeof percentiles>;

/** US dollars as a decimal string without exponent. */
export const usd = z.string();
/** `YYYY-MM-DD` in UTC. */
export const day = z.string();
/** ISO 8601 in UTC, with milliseconds. */
export const instant = z.string();

/** With every answer of statistics. */
export const statisticsMeta = z.strictObject({
  /** Start of what was counted, inclusive. */
  from: instant,
  /** End of what was counted, exclusive. */
  to: instant,
  /** Width of the rows that the answer was summed from. */
  grain: z.enum(['minute', 'hour', 'day']),
  /** Whether generations of the demonstration were recorded in this time and are counted here. */
  includes_demo: z.boolean(),
});
export type StatisticsMeta = z.infer<typeof statisticsMeta>;

/** What failed, by class. Counts of attempts at providers. */
export const errorClasses = z.strictObject({
  /** HTTP 429 of the provider: not in uptime. */
  rate_limited: z.int(),
  /** 5xx, unreachable, overloaded, unreadable or empty answers. */
  server: z.int(),
  /** Connect, first content, silence, speed or total deadline. */
  timeout: z.int(),
  /** The answer broke off after content. */
  cut: z.int(),
  /** The provider's content filter or a refusal of permission: not in uptime. */
  content_filter: z.int(),
  /** The provider found the request wrong or too long: not in uptime. */
  bad_request: z.int(),
  /** Provider key refused or unpaid, or the provider does not know the model. */
  configuration: z.int(),
});
export type ErrorClasses = z.infer<typeof errorClasses>;

/** Successes / (successes + errors) in percent, 0 to 100. Rate-limited, callers' own errors and callers who left are in neither. */
export const uptimeCounts = z.strictObject({
  success: z.int(),
  /** Errors that count against uptime. */
  error: z.int(),
  rate_limited: z.int(),
  /** Percent; n = success + error. */
  uptime: figure,
});
export type UptimeCounts = z.infer<typeof uptimeCounts>;

export const uptimeDay = z.strictObject({ date: day, ...uptimeCounts.shape });
export type UptimeDay = z.infer<typeof uptimeDay>;

/** Parameter of every statistics route: `include` unless given. */
export const demoChoice = z.enum(['include', 'exclude', 'only']).optional();
