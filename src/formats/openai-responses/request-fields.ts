import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { EFFORTS } from '../../generation/reasoning.ts';
import { invalidRequest } from '../openai-chat/decode-request.ts';
import { fieldSchemas as chatSchemas } from '../openai-chat/request-fields.ts';

/** Schemas of the small top-level fields that differ from those of chat completions. */
export const responsesSchemas: Readonly<Record<string, z.ZodType | undefined>> = {
  input: undefined,
  instructions: z.string(),
  max_output_tokens: z.number().int().min(1),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]),
  text: z.looseObject({
    format: z.looseObject({ type: z.string() }).nullish(),
    verbosity: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  }),
  reasoning: z.looseObject({
    effort: z.enum(EFFORTS).nullish(),
    summary: z.string().nullish(),
    max_tokens: z.number().int().min(0).nullish(),
    enabled: z.boolean().nullish(),
    exclude: z.boolean().nullish(),
  }),
  include: z.array(z.string()),
  truncation: z.enum(['auto', 'disabled']),
  store: z.boolean(),
  background: z.boolean(),
  metadata: chatSchemas.metadata,
  stream_options: z.looseObject({}),
};

/** Names that mean the same as on chat completions, or say what only the exchange reads. */
const SAME = new Set([
  ...['temperature', 'top_p', 'top_k', 'top_a', 'min_p', 'frequency_penalty', 'presence_penalty', 'seed'],
  ...['repetition_penalty', 'parallel_tool_calls', 'top_logprobs', 'service_tier', 'user', 'modalities', 'metadata'],
  ...['cache_control', 'prompt_cache_key', 'safety_identifier', 'image_config', 'stop'],
]);

/** The fields of a request by their chat names, which routing, billing and other formats read. */
export function canonicalFields(body: JsonObject): Record<string, Json> {
  const fields: Record<string, Json> = {};
  for (const name of SAME) if (body[name] !== undefined && body[name] !== null) fields[name] = body[name]!;
  if (typeof body.max_output_tokens === 'number') fields.max_tokens = body.max_output_tokens;
  if (isJsonObject(body.reasoning)) fields.reasoning = body.reasoning;
  const text = isJsonObject(body.text) ? body.text : {};
  if (isJsonObject(text.format)) fields.response_format = responseFormatOf(text.format);
  if (typeof text.verbosity === 'string') fields.verbosity = text.verbosity;
  if (wantsLogprobs(body)) fields.logprobs = true;
  return fields;
}

/** The schema stands beside its name here, and inside `json_schema` on chat completions. */
function responseFormatOf(format: JsonObject): JsonObject {
  if (format.type !== 'json_schema') return format;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}

/** The other way round. */
export function textFormatOf(format: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(format)) return undefined;
  if (format.type !== 'json_schema' || !isJsonObject(format.json_schema)) return format;
  return { type: 'json_schema', ...format.json_schema };
}

const LOGPROBS = 'message.output_text.logprobs';

function wantsLogprobs(body: JsonObject): boolean {
  const included = Array.isArray(body.include) && body.include.includes(LOGPROBS);
  return included || (typeof body.top_logprobs === 'number' && body.top_logprobs > 0);
}

/** OpenRouter's names of the parameters a request uses, for `supported_parameters`. */
export function parametersOf(fields: Readonly<Record<string, Json>>, hasTools: boolean, body: JsonObject): string[] {
  const used = Object.keys(fields);
  if (hasTools) used.push('tools');
  if (body.tool_choice !== undefined && body.tool_choice !== null) used.push('tool_choice');
  const format = fields.response_format;
  if (isJsonObject(format) && format.type === 'text') return used.filter((name) => name !== 'response_format');
  return used;
}

/** Nothing is kept here between requests, and saying so beats doing something else (reference/openrouter.md f.9). */
export function refuseStored(body: JsonObject): void {
  if (body.store === true) throw invalidRequest('store', 'Responses are not stored here: send the whole history');
  for (const name of ['previous_response_id', 'conversation']) {
    if (body[name] !== undefined && body[name] !== null) {
      throw invalidRequest(name, 'Responses are not stored here: send the whole history as input');
    }
  }
  if (body.background === true) throw invalidRequest('background', 'Requests are not run in the background');
  if (body.prompt !== undefined && body.prompt !== null) {
    throw invalidRequest('prompt', 'Stored prompts are kept by one provider only');
  }
}
