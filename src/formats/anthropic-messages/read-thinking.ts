import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { EFFORTS } from '../../generation/reasoning.ts';

/** The fields of a request, by this format's names. */
export interface Fields {
  raw(name: string): Json | undefined;
}

/**
 * `thinking` and `output_config.effort` in OpenRouter's words. Without thinking the effort is about the whole answer, which
 * OpenRouter calls `verbosity`; a budget and an effort can be given side by side, and stay so.
 */
export function readThinking(fields: Fields): { readonly reasoning?: JsonObject; readonly verbosity?: string } {
  const thinking = fields.raw('thinking');
  const effort = effortOf(fields.raw('output_config'));
  const type = isJsonObject(thinking) ? thinking.type : undefined;
  if (!isJsonObject(thinking) || (type !== 'enabled' && type !== 'disabled' && type !== 'adaptive')) {
    return effort === undefined ? {} : { verbosity: effort };
  }
  const shown = {
    ...(thinking.display === 'omitted' && { exclude: true }),
    ...(thinking.display === 'summarized' && { summary: 'auto' }),
  };
  if (type === 'adaptive') return { reasoning: { enabled: true, ...(effort !== undefined && { effort }), ...shown } };
  const verbosity = effort === undefined ? {} : { verbosity: effort };
  if (type === 'disabled') return { reasoning: { enabled: false }, ...verbosity };
  const budget =
    typeof thinking.budget_tokens === 'number' ? { max_tokens: thinking.budget_tokens } : { enabled: true };
  return { reasoning: { ...budget, ...shown }, ...verbosity };
}

/** A schema for the answer, in the current place or in that of the beta. */
export function readResponseFormat(fields: Fields): JsonObject | undefined {
  const config = fields.raw('output_config');
  const format = (isJsonObject(config) ? config.format : undefined) ?? fields.raw('output_format');
  if (!isJsonObject(format) || format.type !== 'json_schema' || !isJsonObject(format.schema)) return undefined;
  return { type: 'json_schema', json_schema: { name: 'output', strict: true, schema: format.schema } };
}

function effortOf(config: Json | undefined): string | undefined {
  const effort = isJsonObject(config) ? config.effort : undefined;
  return EFFORTS.find((known) => known === effort && known !== 'none');
}
