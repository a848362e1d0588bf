import { formatUsd } from '../../base/money.ts';
import type { Claim, Endpoint } from '../endpoint.ts';
import type { Offer } from './offer.ts';
import { sourceRank } from './offer.ts';
import { doubtContext, doubtPrice } from './price-gates.ts';

export interface MergeFacts {
  readonly providerName: string;
  readonly tag: string;
  /** The provider itself serves at no charge: zero is then a price. */
  readonly mayBeFree: boolean;
  /** Limits as large as this are the model card's: no host serves them. */
  readonly cardContextTokens: number | undefined;
  /** For hosts of which no source says a serving limit: the smallest that another host serves. */
  readonly contextTokensElsewhere: number | undefined;
}

/**
 * One endpoint from what several sources say of it. The price is the one of the best kind of source, then the newest; a limit
 * is the smallest that a source of serving limits says. Everything they disagree on is kept. A reason, when no price holds.
 */
export function mergeOffers(offers: readonly Offer[], facts: MergeFacts): Endpoint | string {
  const first = offers[0]!;
  const priced = offers.filter((offer) => offer.price && doubtPrice(offer.price, facts.mayBeFree) === undefined);
  const chosen = [...priced].sort(byTrust)[0];
  if (!chosen?.price) return doubtOf(offers, facts.mayBeFree);
  const limits = servingLimits(offers, facts.cardContextTokens);
  const contextTokensMax = limits.context ?? facts.contextTokensElsewhere;
  if (contextTokensMax === undefined) return 'no source says a context that is served';
  const disagreements = collectDisagreements(offers);
  const hasUnknownContext = limits.context === undefined;
  const assumed: readonly Claim[] = hasUnknownContext ? [assumedContext(contextTokensMax, first.seenAt)] : [];
  const claims = [...disagreements, ...assumed];
  const known = lastOf(offers);
  return {
    id: `${first.modelId}|${facts.tag}`,
    modelId: first.modelId,
    tag: facts.tag,
    providerId: first.providerId,
    providerName: facts.providerName,
    upstreamModel: first.upstreamModel,
    quantization: known('quantization') ?? 'unknown',
    contextTokensMax,
    ...(limits.output !== undefined && { outputTokensMax: Math.min(limits.output, contextTokensMax) }),
    supportedParameters: known('supportedParameters') ?? ['max_tokens', 'temperature', 'top_p', 'stop'],
    inputModalities: known('inputModalities') ?? ['text'],
    outputModalities: known('outputModalities') ?? ['text'],
    price: { id: `${facts.tag}@${chosen.seenAt}`, ...chosen.price, source: chosen.source, seenAt: chosen.seenAt },
    ...(first.serviceTier && { serviceTier: first.serviceTier }),
    ...(first.region && { region: first.region }),
    // Cached reads have a price of their own and writing costs nothing extra: the provider caches by itself.
    implicitCaching: chosen.price.cacheRead !== undefined && chosen.price.cacheWrite === undefined,
    isModerated: false,
    status: offers.some((offer) => offer.isRetired) ? 'retired' : 'active',
    ...(known('retiresOn') && { retiresOn: known('retiresOn')! }),
    isLocal: false,
    ...(claims.length > 0 && { disagreements: claims }),
  };
}

function byTrust(a: Offer, b: Offer): number {
  return sourceRank(a.source) - sourceRank(b.source) || (a.seenAt < b.seenAt ? 1 : a.seenAt > b.seenAt ? -1 : 0);
}

function doubtOf(offers: readonly Offer[], mayBeFree: boolean): string {
  const priced = offers.find((offer) => offer.price);
  return (priced?.price && doubtPrice(priced.price, mayBeFree)) ?? 'no source says a price';
}

function servingLimits(offers: readonly Offer[], cardContextTokens = Number.POSITIVE_INFINITY) {
  const serving = offers.filter((offer) => offer.isServingLimit !== false);
  const contexts = serving.flatMap(({ contextTokens }) => (contextTokens === undefined ? [] : [contextTokens]));
  const outputs = serving.flatMap(({ outputTokens }) => (outputTokens === undefined ? [] : [outputTokens]));
  const isServed = (tokens: number) => tokens < cardContextTokens && doubtContext(tokens) === undefined;
  const served = contexts.filter(isServed);
  const answered = outputs.filter((tokens) => tokens > 0 && tokens < cardContextTokens);
  return {
    context: served.length > 0 ? Math.min(...served) : undefined,
    output: answered.length > 0 ? Math.min(...answered) : undefined,
  };
}

/** Later offers know better: the overlay comes last. */
function lastOf(offers: readonly Offer[]) {
  return <K extends keyof Offer>(field: K): Offer[K] | undefined =>
    offers.findLast((offer) => offer[field] !== undefined)?.[field];
}

const FIELDS: readonly { readonly field: string; readonly read: (offer: Offer) => string | undefined }[] = [
  { field: 'price', read: ({ price }) => price && priceText(price) },
  { field: 'context_length', read: ({ contextTokens }) => contextTokens?.toString() },
  { field: 'max_completion_tokens', read: ({ outputTokens }) => outputTokens?.toString() },
  { field: 'quantization', read: ({ quantization }) => quantization },
];

/** Every value of every field on which two sources differ. */
function collectDisagreements(offers: readonly Offer[]): readonly Claim[] {
  return FIELDS.flatMap(({ field, read }) => {
    const claims = offers.flatMap((offer): Claim[] => {
      const value = read(offer);
      return value === undefined ? [] : [{ field, value, source: offer.source, seenAt: offer.seenAt }];
    });
    return new Set(claims.map(({ value }) => value)).size > 1 ? claims : [];
  });
}

/** `0.1 / 0.3`: US dollars per million tokens, input and output. */
export function priceText(price: { readonly prompt: bigint; readonly completion: bigint }): string {
  return `${formatUsd(price.prompt * 1_000_000n)} / ${formatUsd(price.completion * 1_000_000n)}`;
}

function assumedContext(contextTokens: number, seenAt: string): Claim {
  return {
    field: 'context_length',
    value: contextTokens.toString(),
    source: 'assumed: the smallest that another host serves',
    seenAt,
  };
}
