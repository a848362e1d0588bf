import { z } from 'zod';
import { usd } from './figure.ts';

/** `GET /api/x/models` and `GET /api/x/providers`: the whole marketplace in one small answer each, for lists and filters. Public. */

export const modelListQuery = z.object({
  /** The newest so many. */
  limit: z.coerce.number().int().min(1).max(10_000).optional(),
  author: z.string().min(1).max(256).optional(),
  /** Provider id. Price, limits, precision and policy are then those of its own endpoints. */
  provider: z.string().min(1).max(256).optional(),
  /** Up to 20 model ids, separated by commas. Those that are unknown are left out. */
  ids: z.string().max(6_000).optional(),
});

export const listedModel = z.strictObject({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  /** Seconds since 1970. */
  created: z.int(),
  /** The first 200 characters. */
  description: z.string(),
  /** The longest that any endpoint takes. */
  context: z.int(),
  output_max: z.int().nullable(),
  input: z.array(z.string()),
  output: z.array(z.string()),
  /** US dollars per token, of the endpoint that speaks for the model: the cheapest that can be called, or of all when none can. */
  price: z.strictObject({ prompt: usd, completion: usd, cache_read: usd.nullable() }),
  /** Places in `parameters`: what any endpoint honours. */
  parameters: z.array(z.int()),
  /** Places in `providers`. */
  providers: z.array(z.int()),
  /** Every precision that an endpoint states. */
  quantizations: z.array(z.string()),
  /** Some endpoint keeps nothing of a request. */
  zdr: z.boolean(),
  /** Some endpoint states that it does not train on prompts. */
  no_training: z.boolean(),
  reasoning: z.boolean(),
  /** Null: unknown. */
  open_weights: z.boolean().nullable(),
  /** This installation can call it now. */
  connected: z.boolean(),
  /** The demonstration model of the installation. */
  bundled: z.boolean(),
  knowledge_cutoff: z.string().nullable(),
  /** Announced end. */
  expires_on: z.string().nullable(),
  hugging_face_id: z.string().nullable(),
});
export type ListedModel = z.infer<typeof listedModel>;

export const modelList = z.strictObject({
  /** Names of the parameters that `data` points to. */
  parameters: z.array(z.string()),
  providers: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  /** Newest first. */
  data: z.array(listedModel),
  /** Models in the catalogue that match the query, shown or not. */
  total: z.int(),
});
export type ModelList = z.infer<typeof modelList>;

export const listedProvider = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** Has a usable key, or needs none. */
  connected: z.boolean(),
  /** `local`: an engine on the operator's machines. `bundled`: the demonstration model of the installation. */
  kind: z.enum(['hosted', 'local', 'bundled']),
  /** Environment variables that would connect it; empty when it needs no key. */
  environment_keys: z.array(z.string()),
  /** Models with an active endpoint of it. */
  models: z.int(),
  /** ISO country code. */
  headquarters: z.string().nullable(),
  datacenters: z.array(z.string()),
  privacy_policy_url: z.string().nullable(),
  terms_of_service_url: z.string().nullable(),
  status_page_url: z.string().nullable(),
  /** Does it train on prompts? Null: unknown, or it differs between endpoints. */
  trains_on_prompts: z.boolean().nullable(),
  zero_data_retention: z.boolean().nullable(),
});
export type ListedProvider = z.infer<typeof listedProvider>;

export const providerList = z.strictObject({ data: z.array(listedProvider) });
export type ProviderList = z.infer<typeof providerList>;
