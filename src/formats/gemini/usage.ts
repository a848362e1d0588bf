import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';
import type { AnswerUsage } from '../format.ts';
import { FORMAT, listOf } from './proto-json.ts';

/** A provider that claims more tokens than this in one answer is not believed. */
const TOKENS_MAX = 1_000_000_000;
const count = z.number().int().min(0).max(TOKENS_MAX);
const optional = count.nullish().catch(undefined);

const usageSchema = z.looseObject({
  promptTokenCount: count,
  candidatesTokenCount: optional,
  thoughtsTokenCount: optional,
  toolUsePromptTokenCount: optional,
  totalTokenCount: optional,
  cachedContentTokenCount: optional,
  promptTokensDetails: z.unknown().optional(),
  candidatesTokensDetails: z.unknown().optional(),
});

/**
 * Cached tokens are inside the prompt here too. Thoughts are counted beside the candidates, and what tools of the provider's own
 * gave back beside the prompt: both are inside our totals. Undefined when they are no counts.
 */
export function readGeminiUsage(value: unknown): Usage | undefined {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const usage = parsed.data;
  const promptTokens = usage.promptTokenCount + (usage.toolUsePromptTokenCount ?? 0);
  const reasoningTokens = usage.thoughtsTokenCount ?? 0;
  // Some answers count their candidates in the total alone.
  const rest = Math.max(0, (usage.totalTokenCount ?? 0) - promptTokens - reasoningTokens);
  return {
    ...NO_USAGE,
    promptTokens,
    completionTokens: (usage.candidatesTokenCount ?? rest) + reasoningTokens,
    cachedTokens: Math.min(usage.cachedContentTokenCount ?? 0, promptTokens),
    reasoningTokens,
    audioPromptTokens: tokensOf(usage.promptTokensDetails, 'AUDIO'),
    audioCompletionTokens: tokensOf(usage.candidatesTokensDetails, 'AUDIO'),
    imageTokens: tokensOf(usage.candidatesTokensDetails, 'IMAGE'),
    provenance: 'reported',
  };
}

function tokensOf(details: unknown, modality: string): number {
  const found = listOf(details as Json).find((entry) => entry.modality === modality);
  return count.safeParse(found?.tokenCount).data ?? 0;
}

/** Google's usage object with the cost beside the counts. */
export function geminiUsage({ usage, cost, reported: given, reportedFormat }: AnswerUsage): JsonObject {
  const reported = reportedFormat === FORMAT && isJsonObject(given) ? given : {};
  const toolUse = typeof reported.toolUsePromptTokenCount === 'number' ? reported.toolUsePromptTokenCount : 0;
  const promptTokens = Math.max(0, usage.promptTokens - toolUse);
  const { reasoningTokens } = usage;
  return {
    ...reported,
    promptTokenCount: promptTokens,
    ...(usage.cachedTokens > 0 && { cachedContentTokenCount: usage.cachedTokens }),
    candidatesTokenCount: Math.max(0, usage.completionTokens - reasoningTokens),
    ...(reasoningTokens > 0 && { thoughtsTokenCount: reasoningTokens }),
    totalTokenCount: promptTokens + toolUse + usage.completionTokens,
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
