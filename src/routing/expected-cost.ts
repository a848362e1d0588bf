import type { PriceList, PriceOverride } from '../catalog/price.ts';
import type { RequestFeatures } from '../generation/request.ts';

/** The mean answer of public chat and agent traces lies between 180 and 340 tokens. */
export const EXPECTED_OUTPUT_TOKENS = 300;

/** Prices per token that hold for one prompt at one time, after the overrides. */
export interface CurrentPrice {
  readonly prompt: bigint;
  readonly completion: bigint;
}

export function currentPrice(price: PriceList, promptTokens: number, nowMs: number): CurrentPrice {
  if (price.overrides === undefined || price.overrides.length === 0) return price;
  let { prompt, completion } = price;
  for (const override of price.overrides) {
    if (!holds(override, promptTokens, nowMs)) continue;
    prompt = override.prompt ?? prompt;
    completion = override.completion ?? completion;
  }
  return { prompt, completion };
}

/**
 * What this request would cost at these prices, in picodollars: its own prompt estimate, and an answer of the usual
 * length or of `max_tokens` when that is shorter. Routing compares offers by this figure and never bills by it, so it
 * is a plain number. OpenRouter doesn't say which price it weighs; a fixed blend would misjudge long prompts.
 */
export function expectedCost(price: PriceList, features: RequestFeatures, nowMs: number): number {
  const { prompt, completion } = currentPrice(price, features.promptTokensEstimate, nowMs);
  const outputTokens = Math.min(features.outputTokensMax ?? EXPECTED_OUTPUT_TOKENS, EXPECTED_OUTPUT_TOKENS);
  const promptTokens = Math.max(1, features.promptTokensEstimate);
  const perRequest = price.perRequest === undefined ? 0 : Number(price.perRequest);
  return Number(prompt) * promptTokens + Number(completion) * outputTokens + perRequest;
}

function holds(override: PriceOverride, promptTokens: number, nowMs: number): boolean {
  if (override.minPromptTokens !== undefined && promptTokens <= override.minPromptTokens) return false;
  const { utcStart, utcEnd } = override;
  if (utcStart === undefined || utcEnd === undefined) return true;
  const minutes = Math.floor(nowMs / 60_000) % 1440;
  const hhmm = Math.floor(minutes / 60) * 100 + (minutes % 60);
  // A window may pass midnight: 2200 to 600.
  return utcStart <= utcEnd ? hhmm >= utcStart && hhmm < utcEnd : hhmm >= utcStart || hhmm < utcEnd;
}
