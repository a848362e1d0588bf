import type { PriceList } from '../price.ts';

/** 0.001 to 1,000 US dollars per million tokens, in picodollars per token. Outside it a unit was mistaken. */
const PRICE_MIN = 1_000n;
const PRICE_MAX = 1_000_000_000n;
/** Output costs as much as input or more; a fifth of it is not a price but a mistake. */
const OUTPUT_BELOW_INPUT_MAX = 5n;
export const CONTEXT_TOKENS_MIN = 512;
export const CONTEXT_TOKENS_MAX = 20_000_000;

/** Why a price can't be true on its own, or undefined. Zero is a price only where the provider says so. */
export function doubtPrice(price: Pick<PriceList, 'prompt' | 'completion'>, mayBeFree: boolean): string | undefined {
  const { prompt, completion } = price;
  if (prompt === 0n && completion === 0n) return mayBeFree ? undefined : 'price is zero';
  if (isOutside(prompt) || isOutside(completion)) return 'price is outside 0.001 to 1,000 dollars per million';
  if (completion > 0n && completion * OUTPUT_BELOW_INPUT_MAX < prompt) return 'output is far cheaper than input';
  return undefined;
}

/** One side may be zero: embeddings have no output. */
function isOutside(amount: bigint): boolean {
  return amount !== 0n && (amount < PRICE_MIN || amount > PRICE_MAX);
}

export function doubtContext(contextTokens: number): string | undefined {
  if (Number.isInteger(contextTokens) && contextTokens >= CONTEXT_TOKENS_MIN && contextTokens <= CONTEXT_TOKENS_MAX)
    return undefined;
  return 'context is below 512 or above 20 million tokens';
}
