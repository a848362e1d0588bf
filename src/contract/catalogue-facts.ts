import { z } from 'zod';
import { day, instant, usd } from './figure.ts';

/** Where the catalogue's facts come from: `/api/x/catalogue/…`. Public. */

export const modelFactsQuery = z.object({ model: z.string().min(1).max(256) });
export const disagreementsQuery = z.object({
  model: z.string().min(1).max(256).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
export const changesQuery = z.object({
  model: z.string().min(1).max(256).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `GET /api/x/catalogue/sources` */
export const catalogueSources = z.strictObject({
  version: z.string(),
  /** Date of the newest source. */
  built_at: day,
  models: z.int(),
  endpoints: z.int(),
  data: z.array(
    z.strictObject({
      source: z.string(),
      /** Newest date on which it was read. */
      seen_at: day,
      /** Prices that come from it. */
      prices: z.int(),
      /** Models whose facts name it. */
      models: z.int(),
      disagreements: z.int(),
    }),
  ),
});
export type CatalogueSources = z.infer<typeof catalogueSources>;

const claim = z.strictObject({ value: z.string(), source: z.string(), seen_at: day });

/** `GET /api/x/catalogue/disagreements`: fields on which sources differ. */
export const disagreements = z.strictObject({
  data: z.array(
    z.strictObject({
      endpoint: z.string(),
      model: z.string(),
      provider: z.string(),
      field: z.string(),
      /** What is used. */
      used: z.string(),
      claims: z.array(claim),
    }),
  ),
  total: z.int(),
});
export type Disagreements = z.infer<typeof disagreements>;

const priceFigures = z.strictObject({
  /** US dollars per million tokens. */
  prompt_per_million: usd,
  completion_per_million: usd,
  cache_read_per_million: usd.nullable(),
  cache_write_per_million: usd.nullable(),
  per_request: usd.nullable(),
});

/** `GET /api/x/catalogue/changes`: newest first. Recorded from the first start on. */
export const catalogueChanges = z.strictObject({
  data: z.array(
    z.strictObject({
      at: instant,
      what: z.enum(['price', 'added', 'retired', 'returned']),
      endpoint: z.string(),
      model: z.string(),
      provider: z.string(),
      before: priceFigures.nullable(),
      after: priceFigures.nullable(),
      source: z.string(),
    }),
  ),
});
export type CatalogueChanges = z.infer<typeof catalogueChanges>;

/** `GET /api/x/catalogue/prices?model=`: for each endpoint its prices, oldest first; the last one holds now. */
export const priceHistory = z.strictObject({
  /** What the catalogue knows of the model beside OpenRouter's shape, and where its facts come from. */
  model: z.strictObject({
    license: z.string().nullable(),
    open_weights: z.boolean().nullable(),
    sources: z.array(z.strictObject({ source: z.string(), seen_at: day })),
  }),
  data: z.array(
    z.strictObject({
      endpoint: z.string(),
      provider: z.string(),
      provider_name: z.string(),
      is_offered: z.boolean(),
      prices: z.array(
        z.strictObject({
          price_id: z.string(),
          /** When this installation first saw it. */
          since: instant,
          ...priceFigures.shape,
          source: z.string(),
          /** Date on which the source said so. */
          seen_at: day,
        }),
      ),
    }),
  ),
});
export type PriceHistory = z.infer<typeof priceHistory>;
