import { z } from 'zod';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';
import type { AnswerUsage } from '../format.ts';

/** A provider that claims more tokens than this in one answer is not believed. */
const TOKENS_MAX = 1_000_000_000;
const count = z.number().int().min(0).max(TOKENS_MAX);
const optional = count.nullish().catch(undefined);

const usageSchema = z.looseObject({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z
    .looseObject({ cached_tokens: optional, cache_write_tokens: optional })
    .nullish()
    .catch(undefined),
  output_tokens_details: z.looseObject({ reasoning_tokens: optional }).nullish().catch(undefined),
});

/** Cached and reasoning tokens are inside the totals here too. Undefined when they are no counts. */
export function readResponsesUsage(value: unknown): Usage | undefined {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const { input_tokens, output_tokens, input_tokens_details, output_tokens_details } = parsed.data;
  return {
    ...NO_USAGE,
    promptTokens: input_tokens,
    completionTokens: output_tokens,
    cachedTokens: Math.min(input_tokens_details?.cached_tokens ?? 0, input_tokens),
    cacheWriteTokens: Math.min(input_tokens_details?.cache_write_tokens ?? 0, input_tokens),
    reasoningTokens: output_tokens_details?.reasoning_tokens ?? 0,
    provenance: 'reported',
  };
}

/** OpenRouter's usage object on a response: OpenAI's counts with the cost beside them. */
export function responsesUsage({ usage, cost, reported: given, reportedFormat }: AnswerUsage): JsonObject {
  const reported = reportedFormat === 'openai-responses' ? given : undefined;
  return {
    ...reported,
    input_tokens: usage.promptTokens,
    input_tokens_details: {
      ...detailsOf(reported, 'input_tokens_details'),
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: {
      ...detailsOf(reported, 'output_tokens_details'),
      reasoning_tokens: usage.reasoningTokens,
    },
    total_tokens: usage.promptTokens + usage.completionTokens,
    cost: cost.cost,
    is_byok: cost.isByok,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_input_cost: cost.promptCost,
      upstream_inference_output_cost: cost.completionCost,
    },
    ...(usage.provenance !== 'reported' && { usage_source: usage.provenance }),
  };
}

function detailsOf(reported: JsonObject | undefined, name: string): JsonObject {
  const details = reported?.[name];
  return isJsonObject(details) ? details : {};
}
