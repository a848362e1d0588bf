import { z } from 'zod';
import { parseUsd, parseUsdPerMillion } from '../../base/money.ts';
import type { Quantization, RoutingPreferences, SortKey } from '../../generation/preferences.ts';
import { EFFORTS } from '../../generation/reasoning.ts';

const QUANTIZATIONS = [
  'int4',
  'int8',
  'fp4',
  'mxfp4',
  'nvfp4',
  'fp6',
  'fp8',
  'mxfp8',
  'fp16',
  'bf16',
  'fp32',
  'unknown',
] as const satisfies readonly Quantization[];
const SORT_KEYS = ['price', 'throughput', 'latency', 'exacto'] as const satisfies readonly SortKey[];

const slug = z.string().min(1).max(256);
const penalty = z.number().min(-2).max(2);
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** One for each token of a vocabulary is allowed: they are looked at by hand, ten times as fast as by a schema for each. */
const biases = z
  .custom<Readonly<Record<string, number>>>(isPlain, { error: 'Invalid input: expected record', abort: true })
  .superRefine((map, context) => {
    for (const [token, bias] of Object.entries(map)) {
      if (typeof bias === 'number' && bias >= -100 && bias <= 100) continue;
      context.addIssue({ code: 'custom', message: 'Expected a number from -100 to 100', path: [token] });
      return;
    }
  });
const percentiles = z.object({
  p50: z.number().nonnegative().nullish(),
  p75: z.number().nonnegative().nullish(),
  p90: z.number().nonnegative().nullish(),
  p99: z.number().nonnegative().nullish(),
});
const cutoffs = z.union([z.number().nonnegative(), percentiles]).nullish();
const price = z.union([z.string(), z.number()]).nullish();

export const providerSchema = z.object({
  order: z.array(slug).nullish(),
  only: z.array(slug).nullish(),
  ignore: z.array(slug).nullish(),
  allow_fallbacks: z.boolean().nullish(),
  require_parameters: z.boolean().nullish(),
  data_collection: z.enum(['allow', 'deny']).nullish(),
  zdr: z.boolean().nullish(),
  enforce_distillable_text: z.boolean().nullish(),
  quantizations: z.array(z.enum(QUANTIZATIONS)).nullish(),
  sort: z
    .union([
      z.enum(SORT_KEYS),
      z.object({ by: z.enum(SORT_KEYS).nullish(), partition: z.enum(['model', 'none']).nullish() }),
    ])
    .nullish(),
  max_price: z.object({ prompt: price, completion: price, request: price, image: price, audio: price }).nullish(),
  preferred_min_throughput: cutoffs,
  preferred_max_latency: cutoffs,
  allow_continuation: z.boolean().nullish(),
});

/** Schemas of the small top-level fields (reference/openrouter.md b.1). Others pass through unread. */
export const fieldSchemas: Readonly<Record<string, z.ZodType>> = {
  model: slug,
  models: z.array(slug).max(32),
  route: z.enum(['fallback', 'sort']),
  provider: providerSchema,
  stream: z.boolean(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }),
  max_tokens: z.number().int().min(1),
  max_completion_tokens: z.number().int().min(1),
  temperature: z.number().min(0).max(2),
  top_p: z.number().min(0).max(1),
  top_k: z.number().int().min(0),
  top_a: z.number().min(0).max(1),
  min_p: z.number().min(0).max(1),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  repetition_penalty: z.number().min(0).max(2),
  seed: z.number().int(),
  logit_bias: biases,
  logprobs: z.boolean(),
  top_logprobs: z.number().int().min(0).max(20),
  stop: z.union([z.string(), z.array(z.string()).max(64)]),
  n: z.number().int().min(1).max(128),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]),
  parallel_tool_calls: z.boolean(),
  response_format: z.looseObject({ type: z.string() }),
  structured_outputs: z.boolean(),
  reasoning: z.looseObject({
    effort: z.enum(EFFORTS).nullish(),
    max_tokens: z.number().int().min(0).nullish(),
    exclude: z.boolean().nullish(),
    enabled: z.boolean().nullish(),
  }),
  reasoning_effort: z.enum(EFFORTS),
  include_reasoning: z.boolean(),
  verbosity: z.enum(['low', 'medium', 'high', 'xhigh', 'max']),
  modalities: z.array(z.enum(['text', 'image', 'audio'])),
  plugins: z.array(z.looseObject({ id: z.string() })),
  transforms: z.array(z.string()),
  service_tier: z.enum(['auto', 'default', 'fast', 'flex', 'priority', 'scale']),
  user: z.string().max(512),
  session_id: z.string().max(256),
  preset: slug,
  // Counted before each is looked at.
  metadata: z
    .custom<unknown>((map) => !isPlain(map) || Object.keys(map).length <= 16, {
      error: 'at most 16 pairs',
      abort: true,
    })
    .pipe(z.record(z.string().max(64), z.string().max(512))),
  trace: z.looseObject({}),
  usage: z.looseObject({}),
  debug: z.looseObject({}),
  strict: z.boolean(),
};

/** OpenRouter's parameter names (`Parameter` of its specification): what `supported_parameters` can hold. */
export const PARAMETER_NAMES: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'top_a',
  'frequency_penalty',
  'presence_penalty',
  'repetition_penalty',
  'max_tokens',
  'max_completion_tokens',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'prediction',
  'seed',
  'response_format',
  'structured_outputs',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'include_reasoning',
  'reasoning',
  'reasoning_effort',
  'web_search_options',
  'verbosity',
]);

/** Fields that speak to the exchange, never to a provider. */
export const EXCHANGE_FIELDS: ReadonlySet<string> = new Set([
  'models',
  'route',
  'provider',
  'plugins',
  'preset',
  'transforms',
  'session_id',
  'metadata',
  'trace',
  'usage',
  'debug',
  'structured_outputs',
  'include_reasoning',
  'max_tool_calls',
  'stop_server_tools_when',
  'strict',
]);

type ProviderField = z.infer<typeof providerSchema>;

/**
 * Only what the caller's `provider` object says: what is absent, null or an empty list says nothing. Throws `RangeError` for a
 * price that is no price.
 */
export function readPreferenceLayer(
  field: ProviderField | undefined,
  route: string | undefined,
): Partial<RoutingPreferences> {
  const sort = readSort(field?.sort ?? undefined, route);
  const maxPricePico = readMaxPrice(field?.max_price ?? undefined);
  const minThroughput = readCutoffs(field?.preferred_min_throughput ?? undefined);
  const maxLatencySeconds = readCutoffs(field?.preferred_max_latency ?? undefined);
  const said = {
    ...(field?.order?.length && { order: field.order }),
    ...(field?.only?.length && { only: field.only }),
    ...(field?.ignore?.length && { ignore: field.ignore }),
    ...(field?.quantizations?.length && { quantizations: field.quantizations }),
    ...(sort && { sort }),
    ...(maxPricePico && { maxPricePico }),
    ...(minThroughput && { minThroughput }),
    ...(maxLatencySeconds && { maxLatencySeconds }),
    allowFallbacks: field?.allow_fallbacks,
    requireParameters: field?.require_parameters,
    dataCollection: field?.data_collection,
    zdr: field?.zdr,
    enforceDistillableText: field?.enforce_distillable_text,
    allowContinuation: field?.allow_continuation,
  };
  const entries = Object.entries(said).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as Partial<RoutingPreferences>;
}

function readSort(
  sort: NonNullable<ProviderField['sort']> | undefined,
  route: string | undefined,
): RoutingPreferences['sort'] | undefined {
  // The deprecated `route: "sort"` meant one pool over all models.
  const defaultPartition = route === 'sort' ? 'none' : 'model';
  if (sort === undefined) return undefined;
  if (typeof sort === 'string') return { by: sort, partition: defaultPartition };
  if (!sort.by) return undefined;
  return { by: sort.by, partition: sort.partition ?? defaultPartition };
}

function readMaxPrice(
  field: NonNullable<ProviderField['max_price']> | undefined,
): RoutingPreferences['maxPricePico'] | undefined {
  if (!field) return undefined;
  const amount = (name: keyof typeof field, parse: (text: string) => bigint | undefined): bigint | undefined => {
    const value = field[name];
    if (value === undefined || value === null) return undefined;
    const pico = parse(String(value));
    if (pico === undefined || pico < 0n)
      throw new RangeError(`provider.max_price.${name} must be a price in US dollars`);
    return pico;
  };
  const prices = {
    prompt: amount('prompt', parseUsdPerMillion),
    completion: amount('completion', parseUsdPerMillion),
    request: amount('request', parseUsd),
    image: amount('image', parseUsd),
    audio: amount('audio', parseUsd),
  };
  return Object.fromEntries(Object.entries(prices).filter(([, value]) => value !== undefined));
}

function readCutoffs(
  field: number | z.infer<typeof percentiles> | undefined,
): RoutingPreferences['minThroughput'] | undefined {
  if (field === undefined) return undefined;
  if (typeof field === 'number') return { p50: field };
  return Object.fromEntries(Object.entries(field).filter(([, value]) => typeof value === 'number'));
}
