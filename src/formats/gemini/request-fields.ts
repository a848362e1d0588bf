import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { jsonSchemaOf } from './convert-schema.ts';
import { camelFields, numberOf, textOf } from './proto-json.ts';

/** Schemas of the small fields of `generationConfig` that mean something to us. Others pass through unread. */
const integer = z.union([z.number().int(), z.string().regex(/^-?\d{1,15}$/)]);
export const configSchemas: Readonly<Record<string, z.ZodType>> = {
  temperature: z.number().min(0).max(2),
  topP: z.number().min(0).max(1),
  // Google takes fractions here, and means whole numbers.
  topK: z.number().min(0),
  maxOutputTokens: integer,
  candidateCount: z.number().int().min(1).max(128),
  stopSequences: z.union([z.string(), z.array(z.string()).max(64)]),
  seed: integer,
  presencePenalty: z.number().min(-2).max(2),
  frequencyPenalty: z.number().min(-2).max(2),
  responseMimeType: z.string(),
  responseSchema: z.looseObject({}),
  responseLogprobs: z.boolean(),
  logprobs: z.number().int().min(0).max(20),
  thinkingConfig: z.looseObject({}),
  responseModalities: z.union([z.string(), z.array(z.string())]),
};

/** Fields of `generationConfig` → the canonical names (OpenRouter's chat names) of what they ask for. */
export const CANONICAL_NAMES: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  maxOutputTokens: 'max_tokens',
  candidateCount: 'n',
  stopSequences: 'stop',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  responseLogprobs: 'logprobs',
  logprobs: 'top_logprobs',
};
/** Said in canonical fields in a way of their own. */
const TRANSLATED: ReadonlySet<string> = new Set([
  ...['responseMimeType', 'responseSchema', 'responseJsonSchema', '_responseJsonSchema', 'thinkingConfig'],
  'responseModalities',
]);

export interface ReadConfig {
  /** By canonical names. */
  readonly fields: Readonly<Record<string, Json>>;
  /** What only Gemini has a word for, by its own names. */
  readonly extra: JsonObject;
}

/** `generationConfig` in the canonical fields. */
export function readConfig(given: Json | undefined): ReadConfig {
  const config = camelFields(given);
  const fields: Record<string, Json> = {};
  const extra: Record<string, Json> = {};
  for (const [name, value] of Object.entries(config)) {
    const canonical = Object.hasOwn(CANONICAL_NAMES, name) ? CANONICAL_NAMES[name] : undefined;
    if (canonical !== undefined) fields[canonical] = typeof value === 'string' ? (numberOf(value) ?? value) : value;
    else if (!TRANSLATED.has(name)) extra[name] = value;
  }
  if (typeof fields.stop === 'string') fields.stop = [fields.stop];
  // One candidate is what everybody gives.
  if (fields.n === 1) delete fields.n;
  Object.assign(fields, readFormat(config, extra), readModalities(config.responseModalities, extra));
  const reasoning = readThinking(config.thinkingConfig);
  if (reasoning) fields.reasoning = reasoning;
  return { fields, extra };
}

function readFormat(config: JsonObject, extra: Record<string, Json>): { readonly response_format?: JsonObject } {
  const type = textOf(config.responseMimeType);
  const jsonSchema = config.responseJsonSchema ?? config._responseJsonSchema;
  const schema = isJsonObject(jsonSchema)
    ? jsonSchema
    : isJsonObject(config.responseSchema)
      ? jsonSchemaOf(config.responseSchema)
      : undefined;
  if (type === 'application/json' || (type === '' && schema)) {
    if (!schema) return { response_format: { type: 'json_object' } };
    return { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } };
  }
  if (type === '' || type === 'text/plain') return {};
  // One word out of a list, without quotes: no other format can be asked for it.
  extra.responseMimeType = type;
  if (config.responseSchema !== undefined) extra.responseSchema = config.responseSchema;
  return {};
}

function readModalities(value: Json | undefined, extra: Record<string, Json>): { readonly modalities?: Json } {
  if (value === undefined) return {};
  const names = (Array.isArray(value) ? value : [value]).map((name) => textOf(name).toLowerCase());
  const known = names.filter((name) => name === 'text' || name === 'image' || name === 'audio');
  if (known.length === names.length && names.length > 0) return { modalities: known };
  extra.responseModalities = value;
  return {};
}

/** -1 leaves the budget to the model, 0 asks for none. Thoughts are shown to those who ask. */
function readThinking(value: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const { includeThoughts, thinkingBudget, thinkingLevel } = camelFields(value);
  const budget = numberOf(thinkingBudget);
  const level = textOf(thinkingLevel).toLowerCase();
  const exclude = includeThoughts === true ? {} : { exclude: true };
  if (budget !== undefined && budget > 0) return { max_tokens: budget, ...exclude };
  if (budget === 0) return { effort: 'none' };
  if (LEVELS.has(level)) return { effort: level, ...exclude };
  return budget === -1 || includeThoughts === true
    ? { enabled: true, ...exclude }
    : exclude.exclude
      ? { ...exclude }
      : {};
}

export const LEVELS: ReadonlySet<string> = new Set(['minimal', 'low', 'medium', 'high']);
