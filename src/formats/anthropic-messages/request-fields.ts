import { z } from 'zod';
import { fieldSchemas, PARAMETER_NAMES } from '../openai-chat/request-fields.ts';

const slug = z.string().min(1).max(256);
const cacheControl = z.looseObject({ type: z.string(), ttl: z.enum(['5m', '1h']).nullish() });

/** Schemas of the top-level fields whose form is this format's own. `undefined` leaves a field of the same name unchecked. */
export const messagesSchemas: Readonly<Record<string, z.ZodType | undefined>> = {
  ...Object.fromEntries(Object.keys(fieldSchemas).map((name) => [name, undefined])),
  model: slug,
  models: fieldSchemas.models,
  fallbacks: z.array(z.union([slug, z.looseObject({ model: slug })])).max(32),
  provider: fieldSchemas.provider,
  route: fieldSchemas.route,
  plugins: fieldSchemas.plugins,
  session_id: fieldSchemas.session_id,
  preset: fieldSchemas.preset,
  user: fieldSchemas.user,
  strict: fieldSchemas.strict,
  stream: z.boolean(),
  max_tokens: z.number().int().min(1, 'Expected at least 1: warming a cache without an answer is not available here'),
  temperature: z.number().min(0).max(2),
  top_p: z.number().min(0).max(1),
  top_k: z.number().int().min(0),
  stop_sequences: z.array(z.string()).max(8_192),
  system: z.union([z.string(), z.array(z.looseObject({ type: z.literal('text'), text: z.string() }))]),
  cache_control: cacheControl,
  metadata: z.looseObject({ user_id: z.string().max(1_024).nullish() }),
  service_tier: z.string().max(64),
  thinking: z.looseObject({
    type: z.string(),
    budget_tokens: z.number().int().min(1).nullish(),
    display: z.string().nullish(),
  }),
  output_config: z.looseObject({
    effort: z.string().nullish(),
    format: z.looseObject({ type: z.string() }).nullish(),
  }),
  output_format: z.looseObject({ type: z.string() }),
  tool_choice: z.looseObject({
    type: z.enum(['auto', 'any', 'tool', 'none']),
    name: z.string().optional(),
    disable_parallel_tool_use: z.boolean().nullish(),
  }),
};

/** Fields that speak to the exchange, never to a provider. */
export const EXCHANGE_FIELDS: ReadonlySet<string> = new Set([
  'models',
  'fallbacks',
  'route',
  'provider',
  'plugins',
  'preset',
  'transforms',
  'session_id',
  'trace',
  'user',
  'debug',
  'usage',
  'strict',
  'stop_server_tools_when',
]);

/** This format's name of a field → OpenRouter's name of the same. */
export const PARAMETER_OF_FIELD: Readonly<Record<string, string>> = {
  max_tokens: 'max_tokens',
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  stop_sequences: 'stop',
  tools: 'tools',
  tool_choice: 'tool_choice',
  thinking: 'reasoning',
};

/** OpenRouter's parameters that this format has no word for: other models behind the same address may know them. */
export const FOREIGN_PARAMETERS: ReadonlySet<string> = new Set(
  [...PARAMETER_NAMES].filter((name) => !(name in PARAMETER_OF_FIELD)),
);
