import { z } from 'zod';
import { parseUsd, parseUsdPerMillion } from '../base/money.ts';

const slug = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'lower-case letters, digits, dots and dashes');
const perMillion = z.union([z.string(), z.number()]).transform((value, context) => {
  const pico = parseUsdPerMillion(String(value));
  if (pico !== undefined) return pico;
  context.addIssue({ code: 'custom', message: 'a price in US dollars per million tokens, at most six decimals' });
  return z.NEVER;
});
const dollars = z.union([z.string(), z.number()]).transform((value, context) => {
  const pico = parseUsd(String(value));
  if (pico !== undefined && pico >= 0n) return pico;
  context.addIssue({ code: 'custom', message: 'an amount in US dollars' });
  return z.NEVER;
});
const tokens = z.number().int().min(1).max(100_000_000);
const modality = z.enum(['text', 'image', 'file', 'audio', 'video']);

const modelSchema = z.strictObject({
  model: z.string().regex(/^[a-z0-9~][\w.-]*\/[\w.:-]+$/i, 'a slug such as author/name'),
  upstream_model: z.string().min(1).optional(),
  input_per_million: perMillion.default(0n),
  output_per_million: perMillion.default(0n),
  cache_read_per_million: perMillion.optional(),
  cache_write_per_million: perMillion.optional(),
  per_request: dollars.optional(),
  context: tokens.optional(),
  max_output: tokens.optional(),
  quantization: z.enum(['int4', 'int8', 'fp4', 'fp6', 'fp8', 'fp16', 'bf16', 'fp32', 'unknown']).default('unknown'),
  supported_parameters: z.array(z.string()).optional(),
  input_modalities: z.array(modality).optional(),
  /** What it answers with; `embeddings` and `rerank` are asked for at addresses of their own. */
  output_modalities: z
    .array(z.enum(['text', 'image', 'audio', 'embeddings', 'rerank']))
    .min(1)
    .optional(),
  zero_data_retention: z.boolean().optional(),
  trains_on_prompts: z.boolean().optional(),
});

/** What runs there, for a provider that is one engine: ids of `src/engines/engine.ts`. */
const engine = z.enum(['ollama', 'llama-server', 'vllm', 'sglang', 'lmstudio']);
/** Headers of ours, and those that a request cannot do without, are not for the taking. */
const sessionHeader = z.string().regex(/^x-[a-z0-9-]{1,60}$/, 'a header in lower case that begins with x-');
const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,60}$/, 'the name of a field of the request');

/** A key in one piece, or in named parts, such as AWS's `access_key_id` and `secret_access_key`. */
const apiKey = z.union([
  z.string().min(1),
  z
    .record(fieldName, z.string().min(1))
    .refine((parts) => Object.keys(parts).length > 0, 'a key, or its parts by name'),
]);

const providerSchema = z
  .strictObject({
    id: slug,
    name: z.string().min(1).max(100).optional(),
    format: z.string().optional(),
    base_url: z.url({ protocol: /^https?$/ }).optional(),
    api_key: apiKey.optional(),
    /** What the address of a known provider needs, instead of environment variables, such as `region` or `resource`. */
    settings: z.record(fieldName, z.string().min(1)).optional(),
    allow_private_network: z.boolean().default(false),
    enabled: z.boolean().default(true),
    /** One engine, not a front before several: its load is read, and it is chosen among its like by load and cache. */
    engine: engine.optional(),
    /** Requests that the engine runs at once. */
    parallel: z.number().int().min(1).max(100_000).optional(),
    /** Passes the conversation's key on, to a front that keeps conversations where they were. */
    session_header: sessionHeader.optional(),
    /** Passes a key of the tenant on, for a front before engines that keep their caches apart by it. */
    cache_salt_field: fieldName.optional(),
    models: z.array(modelSchema).default([]),
  })
  .refine(({ parallel, engine }) => parallel === undefined || engine !== undefined, {
    message: 'only for a provider that says which engine it is',
    path: ['parallel'],
  });

const seconds = z.number().positive().max(86_400);

const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().optional(),
      port: z.number().int().min(0).max(65_535).optional(),
      /** Where browsers reach this server, such as `https://models.example.org`: behind a proxy it cannot know that itself. */
      public_url: z.url({ protocol: /^https?$/ }).optional(),
      /** Addresses of our own proxies: their word on where a request came from is taken. */
      trusted_proxies: z.array(z.union([z.ipv4(), z.ipv6()])).default([]),
    })
    .prefault({}),
  sign_in: z
    .strictObject({
      /** An OpenID provider, by the code flow. */
      oidc: z
        .strictObject({
          issuer: z.url({ protocol: /^https?$/ }),
          client_id: z.string().min(1),
          client_secret: z.string().min(1).optional(),
          label: z.string().min(1).max(60).default('Sign in with OpenID'),
          /** What a person becomes who is new here; without it only people who were invited may sign in. */
          new_people: z.enum(['viewer', 'member', 'admin']).optional(),
          allow_private_network: z.boolean().default(false),
        })
        .optional(),
    })
    .prefault({}),
  account: z.strictObject({ opening_credit: dollars.default(1_000_000_000_000_000n) }).prefault({}),
  catalogue: z
    .strictObject({
      refresh: z.enum(['off', 'auto']).default('off'),
      url: z.url({ protocol: /^https?$/ }).default('https://models.dev/api.json'),
      allow_private_network: z.boolean().default(false),
    })
    .prefault({}),
  local_engines: z
    .strictObject({
      discover: z.boolean().default(true),
      bundled: z.boolean().default(true),
      /** For the operator's own models together, in 10⁹ bytes; as much as the machine has unless given. */
      memory_gb: z.number().positive().max(1_000_000).optional(),
      /** A model of the operator's own leaves memory when nobody asked for so long; 0 is never. */
      idle_minutes: z.number().min(0).max(525_600).default(30),
      /** How long a request waits for a model that is being loaded, before it is sent on. */
      load_wait_seconds: z.number().positive().max(86_400).default(120),
      addresses: z.array(z.url({ protocol: /^https?$/ })).default([]),
    })
    .prefault({}),
  /** Where the plugin `web` and the variant `:online` search. */
  web_search: z
    .strictObject({
      engine: z.enum(['searxng', 'brave', 'exa', 'tavily']),
      url: z.url({ protocol: /^https?$/ }).optional(),
      api_key: z.string().min(1).optional(),
      cost_per_search: dollars.default(0n),
    })
    .refine(({ engine, url }) => engine !== 'searxng' || url !== undefined, {
      message: 'the address of your SearXNG',
      path: ['url'],
    })
    .refine(({ engine, api_key }) => engine === 'searxng' || api_key !== undefined, {
      message: 'a key for this engine, or "env:NAME"',
      path: ['api_key'],
    })
    .optional(),
  deadlines: z
    .strictObject({
      connect_seconds: seconds.optional(),
      first_content_seconds: seconds.optional(),
      silence_seconds: seconds.optional(),
      total_seconds: seconds.optional(),
      min_bytes_per_second: z.number().min(0).optional(),
    })
    .default({}),
  providers: z.array(providerSchema).default([]),
});

export type Config = z.infer<typeof configSchema>;
export type ProviderConfig = Config['providers'][number];

/** What is wrong with a configuration, line by line, ready to print. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads `trunkline.toml`. An empty text is the default configuration. `parseToml` throws on bad syntax. */
export function readConfig(text: string, parseToml: (text: string) => unknown): Config {
  let document: unknown;
  try {
    document = parseToml(text);
  } catch (error) {
    throw new ConfigError(`Not valid TOML: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  const parsed = configSchema.safeParse(document);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || '(top)'}: ${issue.message}`,
    );
    throw new ConfigError(lines.join('\n'));
  }
  refuseTwins(parsed.data.providers);
  return parsed.data;
}

function refuseTwins(providers: readonly ProviderConfig[]): void {
  const seen = new Set<string>();
  for (const { id } of providers) {
    if (seen.has(id)) throw new ConfigError(`providers: two providers have the id ${JSON.stringify(id)}`);
    seen.add(id);
  }
}

/**
 * `env:NAME` reads a variable, now and at every reload; anything else is the key itself. One in parts becomes one JSON object;
 * it is none while a part is missing.
 */
export function readKey(
  value: NonNullable<ProviderConfig['api_key']>,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (typeof value === 'string') return value.startsWith('env:') ? environment[value.slice(4)] || undefined : value;
  const parts = Object.entries(value).map(([name, part]) => [name, readKey(part, environment)] as const);
  return parts.some(([, part]) => part === undefined) ? undefined : JSON.stringify(Object.fromEntries(parts));
}
