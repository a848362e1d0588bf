import type { Endpoint } from '../endpoint.ts';
import type { Unmatched } from './collect-offers.ts';
import { mergeOffers } from './merge-offers.ts';
import type { Offer } from './offer.ts';
import { doubtContext } from './price-gates.ts';
import type { OverlayProvider } from './read-overlay.ts';

export interface GroupFacts {
  readonly providers: ReadonlyMap<string, OverlayProvider>;
  /** By model id. */
  readonly cardContextTokens: ReadonlyMap<string, number>;
  /** Offers that are free although the provider's others are not: `model|provider`. */
  readonly freeOffers: ReadonlySet<string>;
}

export interface Grouped {
  readonly endpoints: readonly Endpoint[];
  readonly refused: readonly Unmatched[];
}

/** Endpoints of one model, from all that was said of it. One provider, region, tier and precision is one endpoint. */
export function groupOffers(offers: readonly Offer[], facts: GroupFacts): Grouped {
  const endpoints: Endpoint[] = [];
  const refused: Unmatched[] = [];
  const elsewhere = smallestContext(offers, facts);
  const tags = new Set<string>();
  for (const group of groupBy(offers, groupKey).values()) {
    const first = group[0]!;
    const { chosen, others } = chooseName(group);
    for (const nativeId of others)
      refused.push({ providerId: first.providerId, nativeId, reason: `another name of ${first.modelId}` });
    const tag = freeTag(chosen, tags);
    const provider = facts.providers.get(first.providerId);
    const merged = mergeOffers(chosen, {
      providerName: provider?.name ?? first.providerId,
      tag,
      mayBeFree: (provider?.free ?? false) || facts.freeOffers.has(`${first.modelId}|${first.providerId}`),
      cardContextTokens: facts.cardContextTokens.get(first.modelId),
      contextTokensElsewhere: elsewhere,
    });
    if (typeof merged === 'string')
      refused.push({ providerId: first.providerId, nativeId: chosen[0]!.upstreamModel, reason: merged });
    else {
      tags.add(tag);
      endpoints.push(merged);
    }
  }
  return { endpoints, refused };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function groupKey({ providerId, region, serviceTier, quantization }: Offer): string {
  return [providerId, region, serviceTier, quantization].join('|');
}

/** A provider may list a model under several names: the one of the most trusted source, then the shortest, is called. */
function chooseName(group: readonly Offer[]): {
  readonly chosen: readonly Offer[];
  readonly others: readonly string[];
} {
  const listed = group.filter(({ source }) => !source.startsWith('genai-prices'));
  const names = [...new Set((listed.length > 0 ? listed : group).map(({ upstreamModel }) => upstreamModel))];
  const name = names.sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0]!;
  const others = new Set(group.map(({ upstreamModel }) => upstreamModel).filter((other) => other !== name));
  const same = group.filter(({ upstreamModel }) => upstreamModel.toLowerCase() === name.toLowerCase());
  // A source that lists what is served today knows better than one that keeps old prices.
  const chosen =
    listed.length > 0 ? same.map((offer) => (listed.includes(offer) ? offer : withoutRetirement(offer))) : same;
  return { chosen: chosen.map((offer) => ({ ...offer, upstreamModel: name })), others: [...others] };
}

function withoutRetirement({ isRetired: _, ...offer }: Offer): Offer {
  return offer;
}

function freeTag(offers: readonly Offer[], taken: ReadonlySet<string>): string {
  const { providerId, region, serviceTier } = offers[0]!;
  const quantization = offers.find((offer) => offer.quantization !== undefined)?.quantization;
  const detail = [region, serviceTier ?? (region === undefined ? quantization : undefined)].filter(
    (part) => part !== undefined,
  );
  const tag = [providerId, ...detail].join('/');
  if (!taken.has(tag)) return tag;
  for (let number = 2; ; number++) if (!taken.has(`${tag}-${number}`)) return `${tag}-${number}`;
}

function smallestContext(offers: readonly Offer[], facts: GroupFacts): number | undefined {
  const served = offers.filter(({ isServingLimit, isRetired }) => isServingLimit !== false && !isRetired);
  const tokens = served.flatMap(({ modelId, contextTokens }) =>
    contextTokens !== undefined &&
    contextTokens < (facts.cardContextTokens.get(modelId) ?? Number.POSITIVE_INFINITY) &&
    doubtContext(contextTokens) === undefined
      ? [contextTokens]
      : [],
  );
  return tokens.length > 0 ? Math.min(...tokens) : undefined;
}
