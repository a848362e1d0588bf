/** Where a token count comes from: the provider said so, we counted exactly, or we estimated from text length. */
export type UsageProvenance = 'reported' | 'counted' | 'estimated';

/** Token counts of one answer. Cached, written and reasoning tokens are inside the totals, as OpenAI counts them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  /** Of the written ones, those that are kept for an hour, which costs more. */
  readonly cacheWrite1hTokens?: number;
  readonly reasoningTokens: number;
  readonly audioPromptTokens: number;
  readonly audioCompletionTokens: number;
  readonly imageTokens: number;
  readonly provenance: UsageProvenance;
}

export const NO_USAGE: Usage = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  audioPromptTokens: 0,
  audioCompletionTokens: 0,
  imageTokens: 0,
  provenance: 'estimated',
};
