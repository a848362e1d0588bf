import type { Endpoint } from './endpoint.ts';
import { priceText } from './sources/merge-offers.ts';
import { doubtContext, doubtPrice } from './sources/price-gates.ts';

export interface Quarantined {
  readonly endpointId: string;
  readonly reason: string;
}

export interface CheckedRefresh {
  /** What may be used: rows that passed, and the last good ones in place of those that did not. */
  readonly accepted: readonly Endpoint[];
  readonly quarantined: readonly Quarantined[];
  /** Why nothing of it may be used: then `accepted` is what was there before. */
  readonly refusedBecause?: string;
}

export interface RefreshOptions {
  /** Providers that can be called now: none of them may vanish. */
  readonly connected: ReadonlySet<string>;
  /** Providers that serve at no charge: a zero is a price there. */
  readonly freeProviders: ReadonlySet<string>;
}

/** A change by this factor is more often a mistaken unit than a new price. */
const PRICE_CHANGE_MAX = 3n;
/** Of a hundred rows, how many may vanish at once. */
const VANISHED_PERCENT_MAX = 10;

/** Lets a refresh through only where it looks like news and not like an accident. Pure; the last good row always stays. */
export function checkRefresh(
  previous: readonly Endpoint[],
  next: readonly Endpoint[],
  options: RefreshOptions,
): CheckedRefresh {
  const refusedBecause = refuseWhole(previous, next, options.connected);
  if (refusedBecause !== undefined) return { accepted: previous, quarantined: [], refusedBecause };
  const before = new Map(previous.map((endpoint) => [endpoint.id, endpoint]));
  const twice = offersOfTwoModels(next);
  const accepted: Endpoint[] = [];
  const quarantined: Quarantined[] = [];
  for (const endpoint of next) {
    const last = before.get(endpoint.id);
    const reason =
      endpoint === last
        ? undefined
        : (doubtRow(endpoint, last, options) ?? (last ? undefined : twice.get(endpoint.id)));
    if (reason === undefined) accepted.push(endpoint);
    else {
      quarantined.push({ endpointId: endpoint.id, reason });
      if (last) accepted.push(last);
    }
  }
  return { accepted, quarantined };
}

function refuseWhole(
  previous: readonly Endpoint[],
  next: readonly Endpoint[],
  connected: ReadonlySet<string>,
): string | undefined {
  const ids = new Set(next.map((endpoint) => endpoint.id));
  const vanished = previous.filter((endpoint) => !ids.has(endpoint.id)).length;
  if (vanished * 100 > previous.length * VANISHED_PERCENT_MAX)
    return `${vanished} of ${previous.length} endpoints would vanish`;
  const left = new Set(next.map(({ providerId }) => providerId));
  const lost = previous.find(({ providerId }) => connected.has(providerId) && !left.has(providerId));
  return lost && `the connected provider ${lost.providerId} would vanish`;
}

function doubtRow(next: Endpoint, last: Endpoint | undefined, options: RefreshOptions): string | undefined {
  const wasFree = last !== undefined && last.price.prompt === 0n && last.price.completion === 0n;
  const doubt =
    doubtPrice(next.price, wasFree || options.freeProviders.has(next.providerId)) ??
    doubtContext(next.contextTokensMax);
  if (doubt !== undefined || last === undefined) return doubt;
  if (!hasJumped(last.price.prompt, next.price.prompt) && !hasJumped(last.price.completion, next.price.completion))
    return undefined;
  return `price went from ${priceText(last.price)} to ${priceText(next.price)}`;
}

/** A free offer that begins to cost is no jump of scale, but nobody's money should find out: it is looked at as well. */
function hasJumped(before: bigint, after: bigint): boolean {
  if (before === after) return false;
  if (before === 0n || after === 0n) return true;
  return after >= before * PRICE_CHANGE_MAX || before >= after * PRICE_CHANGE_MAX;
}

/** One name at one provider can mean one model only; a static variant belongs to its model. */
function offersOfTwoModels(endpoints: readonly Endpoint[]): ReadonlyMap<string, string> {
  const models = new Map<string, Set<string>>();
  const keyOf = ({ providerId, upstreamModel }: Endpoint) => `${providerId}|${upstreamModel.toLowerCase()}`;
  for (const endpoint of endpoints) {
    const ids = models.get(keyOf(endpoint)) ?? new Set();
    models.set(keyOf(endpoint), ids.add(endpoint.modelId.split(':')[0]!));
  }
  const doubts = endpoints.flatMap((endpoint) => {
    const ids = models.get(keyOf(endpoint))!;
    return ids.size > 1 ? [[endpoint.id, `one name for ${[...ids].join(' and ')}`] as const] : [];
  });
  return new Map(doubts);
}
