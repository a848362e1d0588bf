import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseUsdPerMillion } from '../../base/money.ts';

/** Our own hand-kept facts, from `data/`. */
export interface Overlay {
  readonly providers: readonly OverlayProvider[];
  readonly authors: readonly OverlayAuthor[];
  readonly models: readonly OverlayModel[];
  readonly inputs: readonly OverlayInputs[];
  readonly parameters: readonly OverlayParameters[];
  readonly prices: readonly OverlayPrices[];
  readonly hosts: readonly OverlayHost[];
  readonly notices: readonly OverlayNotice[];
  /** Model id → the day it was published. */
  readonly releases: ReadonlyMap<string, string>;
}

const date = z.string().regex(/^20\d{2}-[01]\d-[0-3]\d$/);
const perMillion = z.string().transform((text, context) => {
  const amount = parseUsdPerMillion(text);
  if (amount !== undefined) return amount;
  context.addIssue({ code: 'custom', message: `${text} is no price per million tokens` });
  return z.NEVER;
});

const providerSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  pi: z.array(z.string()).default([]),
  genai: z.array(z.string()).default([]),
  genai_router: z.string().optional(),
  router_ids: z.enum(['same', 'lower', 'none']).default('none'),
  models_dev: z.array(z.string()).optional(),
  author: z.string().optional(),
  aggregator: z.boolean().default(false),
  free: z.boolean().default(false),
});
const authorSchema = z.strictObject({
  id: z.string(),
  also: z.array(z.string()).default([]),
  families: z.array(z.string()).default([]),
  tokenizers: z.array(z.tuple([z.string(), z.string()])).default([]),
});
const modelSchema = z.strictObject({
  id: z.string(),
  canonical: z.string().optional(),
  also: z.array(z.string()).default([]),
  name: z.string().optional(),
  description: z.string().optional(),
  hugging_face: z.string().optional(),
  released: date.optional(),
  knowledge: z.string().optional(),
  license: z.string().optional(),
  open_weights: z.boolean().optional(),
  card_context: z.number().int().optional(),
  source: z.string(),
});
const inputsSchema = z.strictObject({
  models: z.string().transform((pattern) => new RegExp(pattern)),
  endpoints_of: z.array(z.string()),
  add: z.array(z.enum(['file', 'audio', 'video', 'image'])),
  source: z.string(),
});
const parametersSchema = z.strictObject({
  models: z.string().transform((pattern) => new RegExp(pattern)),
  endpoints_of: z.array(z.string()),
  add: z.array(z.string()).default([]),
  remove: z.array(z.string()).default([]),
  source: z.string(),
});
const pricesSchema = z.strictObject({
  models: z.string().transform((pattern) => new RegExp(pattern)),
  endpoints_of: z.array(z.string()),
  /** What is kept in the cache for an hour costs so many times the prompt. */
  cache_write_1h_times: z.number().int().positive(),
  source: z.string(),
});
const claimSchema = z.strictObject({
  source: z.string(),
  seen: date,
  input: perMillion.optional(),
  output: perMillion.optional(),
  context: z.number().int().optional(),
  max_output: z.number().int().optional(),
  quantization: z.enum(['fp8', 'bf16']).optional(),
  serving: z.boolean().default(true),
});
const hostSchema = z.strictObject({
  provider: z.string(),
  native: z.string(),
  quantization: z.enum(['fp8', 'bf16']).optional(),
  region: z.string().optional(),
  service_tier: z.enum(['flex', 'priority']).optional(),
  parameters: z.array(z.string()),
  status: z.enum(['active', 'retired']).default('active'),
  retires_on: date.optional(),
  retirement_source: z.string().optional(),
  free_reason: z.string().optional(),
  claims: z.array(claimSchema).min(1),
});
const noticeSchema = z.strictObject({
  package: z.string(),
  licence: z.string(),
  copyright: z.string(),
  homepage: z.string(),
});

export type OverlayProvider = z.infer<typeof providerSchema>;
export type OverlayAuthor = z.infer<typeof authorSchema>;
export type OverlayModel = z.infer<typeof modelSchema> & { readonly seen: string };
export type OverlayInputs = z.infer<typeof inputsSchema>;
export type OverlayParameters = z.infer<typeof parametersSchema>;
export type OverlayPrices = z.infer<typeof pricesSchema>;
export type OverlayHost = z.infer<typeof hostSchema> & { readonly model: string };
export type OverlayNotice = z.infer<typeof noticeSchema>;

/** Throws with the file's name when a fact is malformed. */
export function readOverlay(folder: string): Overlay {
  const read = <T>(file: string, schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(Bun.TOML.parse(readFileSync(join(folder, file), 'utf8')));
    if (!parsed.success) throw new Error(`data/${file}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  };
  const models = read(
    'models.toml',
    z.strictObject({
      seen: date,
      model: z.array(modelSchema),
      inputs: z.array(inputsSchema),
      parameters: z.array(parametersSchema),
      prices: z.array(pricesSchema),
    }),
  );
  const scout = read(
    'llama-4-scout.toml',
    z.strictObject({ model: z.string(), seen: date, host: z.array(hostSchema) }),
  );
  const releases = read(
    'releases.toml',
    z.strictObject({
      seen: date,
      release: z.array(z.strictObject({ source: z.string(), models: z.record(z.string(), date) })),
    }),
  );
  const sourced = { source: z.string(), seen: date };
  return {
    providers: read('providers.toml', z.strictObject({ ...sourced, provider: z.array(providerSchema) })).provider,
    authors: read('authors.toml', z.strictObject({ ...sourced, author: z.array(authorSchema) })).author,
    models: models.model.map((model) => ({ ...model, seen: models.seen })),
    inputs: models.inputs,
    parameters: models.parameters,
    prices: models.prices,
    hosts: scout.host.map((host) => ({ ...host, model: scout.model })),
    releases: new Map(releases.release.flatMap(({ models: dates }) => Object.entries(dates))),
    notices: read('licences.toml', z.strictObject({ notice: z.array(noticeSchema) })).notice,
  };
}
