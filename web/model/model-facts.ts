import type { Disagreements, PriceHistory } from '../../src/contract/catalogue-facts.ts';
import type { EndpointListing } from '../../src/contract/model.ts';
import type { EndpointStats } from '../../src/contract/statistics.ts';
import { compareDecimals, pricePerMillion } from '../text/numbers.ts';

/** One provider's offer with everything that is known of it here. */
export interface Offer {
  /** `<model>|<tag>`. */
  readonly id: string;
  readonly listing: EndpointListing;
  readonly provider: string;
  readonly stats: EndpointStats['data'][number] | undefined;
  readonly prices: PriceHistory['data'][number] | undefined;
  readonly disagreements: Disagreements['data'];
}

export interface OfferSources {
  readonly endpoints: readonly EndpointListing[];
  readonly stats?: EndpointStats | undefined;
  readonly prices?: PriceHistory | undefined;
  readonly disagreements?: Disagreements | undefined;
}

export const STATUS_WORDS: Readonly<Record<EndpointListing['status'], string>> = {
  0: 'Serves',
  [-1]: 'Degraded',
  [-2]: 'Unstable',
  [-3]: 'Down',
  [-5]: 'Not connected',
  [-10]: 'Retired',
};

export function isRetired({ listing }: Offer): boolean {
  return listing.status === -10;
}

export function isConnected({ listing }: Offer): boolean {
  return listing.status !== -5 && listing.status !== -10;
}

/** Puts together what four answers say of the same endpoints. */
export function collectOffers({ endpoints, stats, prices, disagreements }: OfferSources): readonly Offer[] {
  return endpoints.map((listing) => {
    const id = `${listing.model_id}|${listing.tag}`;
    const price = prices?.data.find(({ endpoint }) => endpoint === id);
    return {
      id,
      listing,
      provider: price?.provider ?? listing.tag.split('/')[0]!,
      stats: stats?.data.find(({ endpoint }) => endpoint === id),
      prices: price,
      disagreements: disagreements?.data.filter(({ endpoint }) => endpoint === id) ?? [],
    };
  });
}

/** A price of a listing per token, as its decimal string. */
export function priceOf(listing: EndpointListing, name: string): string | undefined {
  const value = listing.pricing[name];
  return typeof value === 'string' ? value : undefined;
}

/** `$0.08 to $0.72`, `$0.10`, `free`. Retired offers do not count while others are there. */
export function priceRange(offers: readonly Offer[], name: string): string {
  const current = offers.filter((offer) => !isRetired(offer));
  const prices = (current.length > 0 ? current : offers)
    .flatMap(({ listing }) => priceOf(listing, name) ?? [])
    .sort(compareDecimals);
  const [least] = prices;
  const most = prices.at(-1);
  if (least === undefined || most === undefined) return '—';
  if (compareDecimals(most, '0') === 0) return 'free';
  const low = compareDecimals(least, '0') === 0 ? 'free' : pricePerMillion(least);
  return compareDecimals(least, most) === 0 ? low : `${low} to ${pricePerMillion(most)}`;
}

/** A path of the API for a model, each part encoded. */
export function modelPath(prefix: string, id: string, rest = ''): string {
  return `${prefix}/${id.split('/').map(encodeURIComponent).join('/')}${rest}`;
}

export function modelQuery(path: string, id: string, more = ''): string {
  return `${path}?model=${encodeURIComponent(id)}${more}`;
}

export function pageOf(id: string): string {
  return `/${id.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':')}`;
}

/** `model` without `:free` and its like. */
export function withoutVariant(id: string): string {
  return id.replace(/:[^:/]+$/, '');
}
