import { z } from 'zod';
import { day, demoChoice, statisticsMeta } from './figure.ts';

/** `GET /api/x/rankings`, and OpenRouter's `GET /datasets/rankings-daily` and `/datasets/app-rankings`. Public numbers. */

export const rankingsQuery = z.object({
  window: z.enum(['1d', '7d', '30d', '90d']).default('7d'),
  by: z.enum(['model', 'author', 'app', 'provider']).default('model'),
  demo: demoChoice,
});

export const rankings = z.strictObject({
  meta: statisticsMeta,
  by: z.enum(['model', 'author', 'app', 'provider']),
  /** Every day of the window, oldest first. */
  dates: z.array(day),
  data: z.array(
    z.strictObject({
      /** 1 is the most tokens; null for the row `other`. */
      rank: z.int().nullable(),
      /** Model, author or provider id, an app's slug, or `other`: all that stands below the 20th. */
      id: z.string(),
      /** What to show: model or provider name, an app's title (a caller's own text). */
      name: z.string(),
      tokens: z.int(),
      requests: z.int(),
      /** Of all tokens of the window, 0 to 1. */
      share: z.number(),
      /** Places won (positive) or lost since the window before; null when it was not ranked then, and for `other`. */
      movement: z.int().nullable(),
      /** Tokens of the window before. */
      tokens_before: z.int(),
      /** Tokens for each of `dates`. */
      tokens_by_day: z.array(z.int()),
    }),
  ),
});
export type Rankings = z.infer<typeof rankings>;

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const rankingsDailyQuery = z.object({
  start_date: date.optional(),
  end_date: date.optional(),
  period: z.enum(['day', 'week', 'month']).default('day'),
  modality: z.enum(['text', 'image', 'image_output', 'audio', 'tool_calling']).optional(),
  context_bucket: z.enum(['1K', '10K', '100K', '1M', '10M']).optional(),
  category: z.string().max(100).optional(),
  language_type: z.string().max(100).optional(),
});

export const appRankingsQuery = z.object({
  category: z.enum(['coding', 'creative', 'productivity', 'entertainment']).optional(),
  subcategory: z.string().max(100).optional(),
  sort: z.enum(['popular', 'trending']).default('popular'),
  start_date: date.optional(),
  end_date: date.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  offset: z.coerce.number().int().min(0).max(10_000).default(0),
});
