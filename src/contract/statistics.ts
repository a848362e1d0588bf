import { z } from 'zod';
import {
  day,
  demoChoice,
  errorClasses,
  figure,
  instant,
  percentiles,
  statisticsMeta,
  uptimeCounts,
  uptimeDay,
  usd,
} from './figure.ts';

/** `GET /api/x/stats/…`: public numbers of models, endpoints, providers and apps. No keys, no users, no accounts in them. */

const slug = z.string().min(1).max(256);
const days = (most: number, usual: number) => z.coerce.number().int().min(1).max(most).default(usual);

export const modelStatsQuery = z.object({ window: z.enum(['1d', '7d', '30d']).default('7d'), demo: demoChoice });
export const endpointStatsQuery = z.object({ model: slug, demo: demoChoice });
export const timeseriesQuery = z.object({
  model: slug,
  /** Endpoint id; all endpoints of the model unless given. */
  endpoint: z.string().max(400).optional(),
  metric: z.enum(['first-content', 'throughput', 'end-to-end']),
  window: z.enum(['1h', '24h', '7d', '30d']).default('24h'),
  demo: demoChoice,
});
export const tokenStatsQuery = z.object({ model: slug.optional(), days: days(366, 30), demo: demoChoice });
export const uptimeStatsQuery = z.object({ model: slug, days: days(366, 90), demo: demoChoice });
export const appStatsQuery = z.object({ model: slug.optional(), days: days(366, 30), demo: demoChoice });
export const demoQuery = z.object({ demo: demoChoice });

/** `GET /api/x/stats/models`: one row for each model with traffic in the window, most tokens first. */
export const modelStats = z.strictObject({
  meta: statisticsMeta,
  data: z.array(
    z.strictObject({
      model: z.string(),
      requests: z.int(),
      /** Prompt and completion together. */
      tokens: z.int(),
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      /** Tokens per UTC day, oldest first, one entry for each day of the window, zero where there were none. */
      sparkline: z.array(z.strictObject({ date: day, tokens: z.int() })),
      /** p50 in milliseconds, as the endpoint answered. */
      first_content_ms: figure,
      /** p50 in tokens per second. */
      tokens_per_second: figure,
      /** What callers saw after fallback, in percent. */
      uptime: figure,
    }),
  ),
});
export type ModelStats = z.infer<typeof modelStats>;

/** `GET /api/x/stats/endpoints?model=`: the last 30 days of each endpoint that was called. */
export const endpointStats = z.strictObject({
  meta: statisticsMeta,
  data: z.array(
    z.strictObject({
      /** Endpoint id, `<model>|<tag>`. */
      endpoint: z.string(),
      provider: z.string(),
      /** Attempts, not generations. */
      attempts: z.int(),
      requests: z.int(),
      tokens: z.int(),
      /** Milliseconds from the call to the first content. */
      first_content_ms: percentiles,
      /** Completion tokens over the whole time of the answer. */
      tokens_per_second: percentiles,
      /** Milliseconds from the request to the end of the answer. */
      end_to_end_ms: percentiles,
      uptime: uptimeCounts,
      /** 30 days, oldest first. */
      days: z.array(uptimeDay),
      errors: errorClasses,
      /** What was charged over what was used, in US dollars per million tokens; null without tokens. */
      effective_price: z.strictObject({
        /** All charges over all tokens. */
        per_million: usd.nullable(),
        /** The list price of the same tokens had none been cached. */
        list_per_million: usd.nullable(),
        charged: usd,
        /** Tokens it is from. */
        n: z.int(),
      }),
      /** Share of prompt tokens read from the provider's cache, 0 to 1; n = prompt tokens. */
      cached_share: z.strictObject({ value: z.number().nullable(), n: z.int() }),
      first_seen: instant.nullable(),
      last_seen: instant.nullable(),
    }),
  ),
});
export type EndpointStats = z.infer<typeof endpointStats>;

/** `GET /api/x/stats/timeseries`: percentile bands per bucket. Buckets without samples are left out. */
export const timeseries = z.strictObject({
  meta: statisticsMeta,
  /** `ms` or `tokens/s`. */
  unit: z.enum(['ms', 'tokens/s']),
  /** Width of a bucket in milliseconds. */
  bucket_ms: z.int(),
  /** The oldest were left out since there were more samples than one answer reads (window `1h` only). */
  truncated: z.boolean(),
  data: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      points: z.array(z.strictObject({ at: instant, ...percentiles.shape, n: z.int() })),
    }),
  ),
});
export type Timeseries = z.infer<typeof timeseries>;

const tokenDay = z.strictObject({
  date: day,
  /** The whole prompt; `cached` is a part of it. */
  prompt: z.int(),
  /** The whole completion; `reasoning` is a part of it. */
  completion: z.int(),
  reasoning: z.int(),
  cached: z.int(),
  requests: z.int(),
  /** Requests that ended in an error which was not the caller's own. */
  errors: z.int(),
  spend: usd,
});

/** `GET /api/x/stats/tokens`: one entry per day, oldest first, today last and incomplete. */
export const tokenStats = z.strictObject({ meta: statisticsMeta, data: z.array(tokenDay) });
export type TokenStats = z.infer<typeof tokenStats>;

/** `GET /api/x/stats/uptime?model=` */
export const uptimeStats = z.strictObject({
  meta: statisticsMeta,
  /** What callers saw, after fallback: one entry per day, oldest first. */
  after_fallback: z.strictObject({ total: uptimeCounts, days: z.array(uptimeDay) }),
  providers: z.array(
    z.strictObject({ provider: z.string(), name: z.string(), total: uptimeCounts, days: z.array(uptimeDay) }),
  ),
});
export type UptimeStats = z.infer<typeof uptimeStats>;

/** An app that named itself by `HTTP-Referer` or `X-Title`. All of it is what callers said: text to be shown, never to be trusted. */
export const appSummary = z.strictObject({
  /** For `/api/x/apps/:slug`: lower-case letters, digits and dashes, at most 72. */
  slug: z.string(),
  /** At most 100 characters. */
  title: z.string(),
  /** Origin and path, http or https, at most 256 characters. */
  url: z.string().nullable(),
  categories: z.array(z.string()),
});
export type AppSummary = z.infer<typeof appSummary>;

const rankedApp = z.strictObject({
  rank: z.int(),
  ...appSummary.shape,
  requests: z.int(),
  tokens: z.int(),
  /** Tokens of the window of the same length before; null when nothing at all was recorded then. */
  tokens_before: z.int().nullable(),
});

/** `GET /api/x/stats/apps` */
export const appStats = z.strictObject({
  meta: statisticsMeta,
  data: z.array(rankedApp),
  /** Tokens of requests that named no app. */
  unnamed_tokens: z.int(),
});
export type AppStats = z.infer<typeof appStats>;

/** `GET /api/x/apps/:slug?days=` */
export const appDetail = z.strictObject({
  meta: statisticsMeta,
  ...appSummary.shape,
  first_seen: instant,
  last_seen: instant,
  requests: z.int(),
  tokens: z.int(),
  days: z.array(z.strictObject({ date: day, tokens: z.int(), requests: z.int() })),
  models: z.array(z.strictObject({ model: z.string(), tokens: z.int(), requests: z.int() })),
});
export type AppDetail = z.infer<typeof appDetail>;

const providerRow = z.strictObject({
  provider: z.string(),
  name: z.string(),
  /** Has a usable key, or needs none. */
  connected: z.boolean(),
  attempts: z.int(),
  requests: z.int(),
  tokens: z.int(),
  /** p50 over 30 days, milliseconds. */
  first_content_ms: figure,
  /** p50 over 30 days, tokens per second. */
  tokens_per_second: figure,
  /** 30 days. */
  uptime: uptimeCounts,
  /** The last 24 hours. */
  errors_24h: errorClasses,
  spend: usd,
  /** Of all spending in 30 days, 0 to 1; null when nothing was spent. */
  spend_share: z.number().nullable(),
});

/** `GET /api/x/stats/providers`: 30 days, most requests first; connected ones without traffic come last. */
export const providerStats = z.strictObject({ meta: statisticsMeta, data: z.array(providerRow) });
export type ProviderStats = z.infer<typeof providerStats>;

/** `GET /api/x/stats/providers/:id` */
export const providerDetail = z.strictObject({
  meta: statisticsMeta,
  ...providerRow.shape,
  days: z.array(uptimeDay),
  tokens_by_day: z.array(tokenDay),
  models: z.array(
    z.strictObject({
      model: z.string(),
      requests: z.int(),
      tokens: z.int(),
      first_content_ms: figure,
      tokens_per_second: figure,
      uptime: uptimeCounts,
    }),
  ),
});
export type ProviderDetail = z.infer<typeof providerDetail>;
