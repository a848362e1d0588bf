import { z } from 'zod';
import { NO_USAGE, type Usage } from '../../generation/usage.ts';

/** A provider that claims more tokens than this in one answer is not believed. */
const TOKENS_MAX = 1_000_000_000;

const count = z.number().int().min(0).max(TOKENS_MAX);
const optionalCount = count.nullish().catch(undefined);

const usageSchema = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count.nullish(),
  total_tokens: optionalCount,
  prompt_tokens_details: z
    .looseObject({ cached_tokens: optionalCount, cache_write_tokens: optionalCount, audio_tokens: optionalCount })
    .nullish()
    .catch(undefined),
  completion_tokens_details: z
    .looseObject({ reasoning_tokens: optionalCount, audio_tokens: optionalCount, image_tokens: optionalCount })
    .nullish()
    .catch(undefined),
  // DeepSeek and Moonshot count cache hits beside the totals.
  prompt_cache_hit_tokens: optionalCount,
  cached_tokens: optionalCount,
  reasoning_tokens: optionalCount,
});

/** Token counts in OpenAI's shape and its known relatives. Undefined when they are no counts: never negative, never NaN. */
export function readUsage(value: unknown): Usage | undefined {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const usage = parsed.data;
  const details = usage.prompt_tokens_details;
  const completion = usage.completion_tokens_details;
  const cached = details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0;
  const completionTokens = usage.completion_tokens ?? 0;
  const reasoningTokens = completion?.reasoning_tokens ?? usage.reasoning_tokens ?? 0;
  // xAI counts thoughts beside what was said; only the total tells.
  const isBeside = usage.total_tokens === usage.prompt_tokens + completionTokens + reasoningTokens;
  return {
    ...NO_USAGE,
    promptTokens: usage.prompt_tokens,
    completionTokens: isBeside ? completionTokens + reasoningTokens : completionTokens,
    cachedTokens: Math.min(cached, usage.prompt_tokens),
    cacheWriteTokens: Math.min(details?.cache_write_tokens ?? 0, usage.prompt_tokens),
    reasoningTokens,
    audioPromptTokens: details?.audio_tokens ?? 0,
    audioCompletionTokens: completion?.audio_tokens ?? 0,
    imageTokens: completion?.image_tokens ?? 0,
    provenance: 'reported',
  };
}
