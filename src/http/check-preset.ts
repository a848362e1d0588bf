import { z } from 'zod';
import type { Json, JsonObject } from '../base/json.ts';
import { fieldSchemas, providerSchema } from '../formats/openai-chat/request-fields.ts';
import { PRESET_MARK } from '../generation/preset-name.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { readPreferences } from './read-preferences.ts';
import { checked } from './read-query.ts';

/** Fields of a request that a preset may hold, by OpenRouter's chat names. */
export const PRESET_FIELDS = [
  ...['model', 'models', 'provider', 'plugins', 'transforms', 'tools', 'tool_choice', 'parallel_tool_calls'],
  ...['temperature', 'top_p', 'top_k', 'top_a', 'min_p', 'frequency_penalty', 'presence_penalty', 'repetition_penalty'],
  ...['max_tokens', 'max_completion_tokens', 'seed', 'stop', 'logit_bias', 'logprobs', 'top_logprobs'],
  ...['response_format', 'structured_outputs', 'reasoning', 'reasoning_effort', 'include_reasoning', 'verbosity'],
  ...['modalities', 'service_tier'],
] as const;

const strictProvider = providerSchema.strict();
const tool = z.looseObject({
  type: z.literal('function', { message: 'only functions can stand in a preset' }),
  function: z.looseObject({ name: z.string().min(1).max(128) }),
});
const OWN: Readonly<Record<string, z.ZodType>> = { provider: strictProvider, tools: z.array(tool).max(128) };

const configSchema = z
  .strictObject(
    Object.fromEntries(
      PRESET_FIELDS.map((name) => [name, (OWN[name] ?? fieldSchemas[name] ?? z.unknown()).optional()]),
    ),
  )
  .superRefine((config, context) => {
    const { model, models } = config as { model?: string; models?: readonly string[] };
    if ([model ?? '', ...(models ?? [])].some((slug) => slug.includes(PRESET_MARK))) {
      context.addIssue({ code: 'custom', path: ['model'], message: 'a preset cannot stand on another preset' });
    }
  });

/** A preset's fields, each as a request must have it. Throws `invalid-request` that names the first that is not. */
export function checkPreset(config: Readonly<Record<string, unknown>>): JsonObject {
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const fields = checked(given, configSchema) as JsonObject;
  if (fields.provider !== undefined) checkProvider(fields.provider as JsonObject);
  return fields;
}

/** Provider preferences to be kept: a name that means nothing is a mistake here, not something for later. */
export function checkProvider(provider: Readonly<Record<string, unknown>>): JsonObject {
  const fields = checked(provider, strictProvider);
  readPreferences(fields);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as JsonObject;
}

export interface ReadPreset {
  readonly systemPrompt?: string;
  readonly config: JsonObject;
}

/** What of a request can be kept as a preset: its fields, its functions, and the words that came first. */
export function presetOf(request: GenerationRequest, hasModel: boolean): ReadPreset {
  const { messages, tools } = request.content();
  const [model, ...models] = request.features.models;
  const fields = PRESET_FIELDS.filter((name) => !APART.has(name)).flatMap((name) => {
    const value = request.field(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const spoken = messages
    .filter(({ role }) => role === 'system' || role === 'developer')
    .flatMap(({ content }) => content.flatMap((part) => (part.type === 'text' ? [part.text] : [])));
  const choice = request.content().toolChoice;
  const config = checkPreset({
    ...Object.fromEntries(fields),
    ...(hasModel && { model }),
    ...(models.length > 0 && { models }),
    ...(tools.length > 0 && { tools: tools.map(chatTool) }),
    ...(choice !== undefined && { tool_choice: chatChoice(choice) }),
  });
  return { config, ...(spoken.length > 0 && { systemPrompt: spoken.join('\n\n') }) };
}

/** Read from the canonical content, since each format says them in its own way. */
const APART: ReadonlySet<string> = new Set(['model', 'models', 'tools', 'tool_choice']);

type Content = ReturnType<GenerationRequest['content']>;

function chatTool({ name, description, parameters, strict }: Content['tools'][number]): Json {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      ...(parameters !== undefined && { parameters }),
      ...(strict !== undefined && { strict }),
    },
  };
}

function chatChoice(choice: NonNullable<Content['toolChoice']>): Json {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}
