import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';
import type { AnswerUsage } from '../format.ts';
import { FORMAT } from './read-blocks.ts';

/** A provider that claims more tokens than this in one answer is not believed. */
const TOKENS_MAX = 1_000_000_000;
const count = z.number().int().min(0).max(TOKENS_MAX).nullish().catch(undefined);

const usageSchema = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: count }).nullish().catch(undefined),
  output_tokens_details: z.looseObject({ thinking_tokens: count }).nullish().catch(undefined),
});

/** Tokens only ever grow in the course of an answer: of two counts the larger one holds, of other members the later one. */
export function mergeUsage(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...earlier };
  for (const [name, value] of Object.entries(later)) {
    const before = merged[name];
    if (value === null && before !== undefined) continue;
    const isCount = name.endsWith('_tokens') && typeof value === 'number' && typeof before === 'number';
    merged[name] = isCount ? Math.max(before, value) : value;
  }
  return merged;
}

/** Cached and written tokens are counted beside `input_tokens` here, and inside the prompt's total in our own meaning. */
export function readUsage(value: JsonObject): Usage | undefined {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { input_tokens: input, output_tokens: output, output_tokens_details: details } = parsed.data;
  const cached = parsed.data.cache_read_input_tokens ?? 0;
  const written = parsed.data.cache_creation_input_tokens ?? 0;
  const longer = Math.min(parsed.data.cache_creation?.ephemeral_1h_input_tokens ?? 0, written);
  if (input === undefined || input === null || output === undefined || output === null) return undefined;
  return {
    ...NO_USAGE,
    promptTokens: input + cached + written,
    completionTokens: output,
    cachedTokens: cached,
    cacheWriteTokens: written,
    ...(longer > 0 && { cacheWrite1hTokens: longer }),
    reasoningTokens: Math.min(details?.thinking_tokens ?? 0, output),
    provenance: 'reported',
  };
}

/** What every client may read without looking whether it is there. */
const EMPTY: JsonObject = {
  cache_creation: null,
  inference_geo: null,
  server_tool_use: null,
  service_tier: null,
};

/** The usage object of an answer, with OpenRouter's additions. */
export function usageObject({ usage, cost, reported, reportedFormat }: AnswerUsage): JsonObject {
  const known = reportedFormat === FORMAT && reported ? reported : {};
  const prompt = usage.promptTokens - usage.cachedTokens - usage.cacheWriteTokens;
  const details = isJsonObject(known.output_tokens_details) ? known.output_tokens_details : {};
  return {
    ...EMPTY,
    ...known,
    input_tokens: Math.max(0, prompt),
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cachedTokens,
    output_tokens: usage.completionTokens,
    output_tokens_details: { ...details, thinking_tokens: usage.reasoningTokens },
    cost: cost.cost,
    is_byok: cost.isByok,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: cost.promptCost,
      upstream_inference_completions_cost: cost.completionCost,
    },
    ...(usage.provenance !== 'reported' && { usage_source: usage.provenance }),
  };
}

/** Before the end nobody knows the counts. */
export const USAGE_AT_START: JsonObject = {
  ...EMPTY,
  input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 0,
  output_tokens_details: null,
};
