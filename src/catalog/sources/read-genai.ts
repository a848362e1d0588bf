import { findProvider } from '@pydantic/genai-prices';
import { z } from 'zod';

/** One priced model of `@pydantic/genai-prices`. Prices are US dollars per million tokens. */
export interface GenaiRow {
  readonly id: string;
  readonly name: string | undefined;
  readonly contextTokens: number | undefined;
  readonly isDeprecated: boolean;
  readonly prices: readonly GenaiPrice[];
}
export type GenaiPrice = z.infer<typeof conditionalSchema>;

/** The package carries no date of its own data; this is when version 0.1.8 was published. */
export const GENAI_SEEN_AT = '2026-09-23';

const amount = z.union([
  z.number(),
  z.object({ base: z.number(), tiers: z.array(z.object({ start: z.number(), price: z.number() })) }),
]);
const priceSchema = z.object({
  input_mtok: amount.optional(),
  output_mtok: amount.optional(),
  cache_read_mtok: amount.optional(),
  cache_write_mtok: amount.optional(),
  cache_write_1h_mtok: amount.optional(),
  input_audio_mtok: amount.optional(),
  output_audio_mtok: amount.optional(),
});
const conditionalSchema = z.object({
  prices: priceSchema,
  constraint: z
    .union([
      z.object({ type: z.literal('start_date'), start_date: z.string() }),
      z.object({ type: z.literal('time_of_date'), start_time: z.string(), end_time: z.string() }),
    ])
    .optional(),
});
const modelSchema = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  context_window: z.number().optional(),
  deprecated: z.boolean().optional(),
  prices: z.union([z.array(conditionalSchema), priceSchema]),
});

/** Empty for a provider that the package does not know. */
export function readGenai(providerId: string): readonly GenaiRow[] {
  const provider = findProvider({ providerId });
  if (provider?.id !== providerId) return [];
  return z
    .array(modelSchema)
    .parse(provider.models)
    .map((model) => ({
      id: model.id,
      name: model.name,
      contextTokens: model.context_window,
      isDeprecated: model.deprecated ?? false,
      prices: Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }],
    }));
}
