import { z } from 'zod';
import { parseUsdPerMillion } from '../base/money.ts';
import { INPUT_MODALITIES, OUTPUT_MODALITIES } from './model.ts';

/** The query of `GET /models`: 31 parameters, all optional. An empty value or `null` means absent. */

export const MODEL_SORTS = [
  'most-popular',
  'newest',
  'top-weekly',
  'pricing-low-to-high',
  'pricing-high-to-low',
  'context-high-to-low',
  'throughput-high-to-low',
  'latency-low-to-high',
  'intelligence-high-to-low',
  'coding-high-to-low',
  'agentic-high-to-low',
  'design-arena-elo-high-to-low',
] as const;
export type ModelSort = (typeof MODEL_SORTS)[number];

const CATEGORIES = [
  'programming',
  'roleplay',
  'marketing',
  'marketing/seo',
  'technology',
  'science',
  'translation',
  'legal',
  'finance',
  'health',
  'trivia',
  'academia',
] as const;

const LIMIT_MAX = 1_000;
const LIMIT_DEFAULT = 500;
const TEXT_MAX = 512;

const text = z.string().max(TEXT_MAX);
const whole = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);
const decimal = z
  .string()
  .regex(/^\d{1,12}(\.\d{1,20})?$/, 'must be a number of at least 0')
  .transform(Number);
const share = decimal.refine((value) => value <= 1, 'must be between 0 and 1');
/** Dollars per million tokens as picodollars per token: exact, since the text is never a float. */
const pricePerMillion = z.string().transform((value, context) => {
  const pico = parseUsdPerMillion(value);
  if (pico === undefined) context.addIssue('must be dollars per million tokens with at most 6 decimals');
  return pico ?? 0n;
});
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const list = text.transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const outputModalities = list.pipe(z.array(z.enum([...OUTPUT_MODALITIES, 'all']))).optional();

export const countQuery = z.object({ output_modalities: outputModalities });

export const pageQuery = z.object({
  offset: whole.optional(),
  limit: whole.refine((value) => value >= 1 && value <= LIMIT_MAX, `must be between 1 and ${LIMIT_MAX}`).optional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

export const modelQuery = pageQuery.extend({
  output_modalities: outputModalities,
  input_modalities: list.pipe(z.array(z.enum(INPUT_MODALITIES))).optional(),
  category: z.enum(CATEGORIES).optional(),
  supported_parameters: list.optional(),
  sort: z.enum(MODEL_SORTS).optional(),
  use_rss: flag.optional(),
  use_rss_chat_links: flag.optional(),
  q: text.optional(),
  context: whole.refine((value) => value >= 1, 'must be at least 1').optional(),
  min_price: pricePerMillion.optional(),
  max_price: pricePerMillion.optional(),
  min_output_price: pricePerMillion.optional(),
  max_output_price: pricePerMillion.optional(),
  arch: text.optional(),
  model_authors: list.optional(),
  providers: list.optional(),
  distillable: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  zdr: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  region: z.enum(['eu', 'us']).optional(),
  min_age_days: whole.optional(),
  max_age_days: whole.optional(),
  min_intelligence_index: decimal.optional(),
  max_intelligence_index: decimal.optional(),
  min_coding_index: decimal.optional(),
  max_coding_index: decimal.optional(),
  min_agentic_index: decimal.optional(),
  max_agentic_index: decimal.optional(),
  min_tool_success_rate: share.optional(),
  max_tool_success_rate: share.optional(),
});
export type ModelQuery = z.infer<typeof modelQuery>;

/** Which part of a list to show. Without offset and limit: all of it. */
export function pageOf(query: PageQuery): { readonly offset: number; readonly limit: number } {
  if (query.offset === undefined && query.limit === undefined) return { offset: 0, limit: Number.MAX_SAFE_INTEGER };
  return { offset: query.offset ?? 0, limit: query.limit ?? LIMIT_DEFAULT };
}
