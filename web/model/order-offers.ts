import { add, compareDecimals, forDrawing, multiply } from '../text/numbers.ts';
import { isRetired, type Offer, priceOf } from './model-facts.ts';

export type Ordering = 'balanced' | 'price' | 'throughput' | 'latency';

export const ORDERINGS: readonly (readonly [Ordering, string, string])[] = [
  ['balanced', 'Balanced', 'Drawn by price: half the price is four times as likely'],
  ['price', 'Price', 'The cheapest first'],
  ['throughput', 'Throughput', 'The most tokens per second first'],
  ['latency', 'Latency', 'The shortest wait for the first token first'],
];

/** The size of request by which prices in two directions are weighed. */
export const WEIGHED = { promptTokens: 1_000, outputTokens: 300 } as const;

export interface Placed {
  readonly offer: Offer;
  /** Share of requests that would try it first, 0 to 1; undefined where nothing says. */
  readonly share: number | undefined;
}

/**
 * Offers in the order of a rule, with the share each would get were all of them connected and well. Balanced is the documented rule:
 * free ones first, others by 1 / price². Retired ones come last and get nothing; what was not measured comes after what was.
 */
export function orderOffers(offers: readonly Offer[], ordering: Ordering): readonly Placed[] {
  const current = offers.filter((offer) => !isRetired(offer));
  const retired = offers.filter(isRetired).map((offer) => ({ offer, share: undefined }));
  const placed = ordering === 'balanced' ? balance(current) : sortBy(current, ordering);
  return [...placed, ...retired];
}

function balance(offers: readonly Offer[]): readonly Placed[] {
  const ordered = [...offers].sort((a, b) => compareDecimals(costOf(a), costOf(b)));
  const free = ordered.filter((offer) => forDrawing(costOf(offer)) === 0);
  const weights = ordered.map((offer) => {
    const cost = forDrawing(costOf(offer));
    if (free.length > 0) return cost === 0 ? 1 : 0;
    return 1 / cost ** 2;
  });
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return ordered.map((offer, index) => ({ offer, share: all > 0 ? weights[index]! / all : undefined }));
}

function sortBy(offers: readonly Offer[], ordering: Exclude<Ordering, 'balanced'>): readonly Placed[] {
  const value = (offer: Offer): number | undefined => {
    if (ordering === 'price') return undefined;
    const { stats } = offer;
    const measured = ordering === 'throughput' ? stats?.tokens_per_second.p50.value : stats?.first_content_ms.p50.value;
    if (measured === undefined || measured === null) return undefined;
    return ordering === 'throughput' ? -measured : measured;
  };
  const ordered = [...offers].sort((a, b) => {
    const left = value(a);
    const right = value(b);
    if (left !== undefined && right !== undefined && left !== right) return left - right;
    if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1;
    return compareDecimals(costOf(a), costOf(b));
  });
  const isKnown = ordering === 'price' || (ordered[0] !== undefined && value(ordered[0]) !== undefined);
  return ordered.map((offer, index) => ({ offer, share: isKnown ? (index === 0 ? 1 : 0) : undefined }));
}

/** What a request of the weighed size costs there, exactly. */
export function costOf({ listing }: Offer): string {
  return costFor(listing.pricing, WEIGHED);
}

export interface Amounts {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens?: number;
  readonly requests?: number;
}

/** Dollars for so many tokens at a listing's prices, over all requests; `cachedTokens` are a part of the prompt. */
export function costFor(
  pricing: Readonly<Record<string, unknown>>,
  { promptTokens, outputTokens, cachedTokens = 0, requests = 1 }: Amounts,
): string {
  const price = (name: string) => (typeof pricing[name] === 'string' ? pricing[name] : undefined);
  const prompt = price('prompt') ?? '0';
  const cached = Math.min(cachedTokens, promptTokens);
  return add(
    multiply(prompt, promptTokens - cached),
    // Where caching has no price of its own, a cached token costs what any other does.
    multiply(price('input_cache_read') ?? prompt, cached),
    multiply(price('completion') ?? '0', outputTokens),
    multiply(price('request') ?? '0', requests),
  );
}

export function hasPrice({ listing }: Offer): boolean {
  return priceOf(listing, 'prompt') !== undefined;
}
