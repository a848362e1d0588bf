import type { Clock } from '../base/clock.ts';
import type { Catalog } from './catalog.ts';
import { checkRefresh, type Quarantined } from './check-refresh.ts';
import { contentHash } from './content-hash.ts';
import type { Claim, Endpoint } from './endpoint.ts';
import { endpointToJson } from './endpoint-json.ts';
import { DATA_FOLDER } from './load-catalog.ts';
import { makeCatalog } from './make-catalog.ts';
import { matchNativeId } from './match-native-id.ts';
import { mergeOffers, priceText } from './sources/merge-offers.ts';
import type { Offer } from './sources/offer.ts';
import { readModelsDev } from './sources/read-models-dev.ts';
import { type OverlayProvider, readOverlay } from './sources/read-overlay.ts';

export const MODELS_DEV_URL = 'https://models.dev/api.json';

const TIME_MAX_MS = 10_000;
const BYTES_MAX = 10 * 1024 * 1024;
/** Of a hundred rows: more malformed or missing ones mean that the source itself is broken. */
const LOST_PERCENT_MAX = 10;

export interface ModelsDevOptions {
  /** The catalogue as it is, without the layers of this installation. */
  readonly catalog: Catalog;
  readonly clock: Clock;
  fetch(url: URL, init: RequestInit): Promise<Response>;
  readonly url?: string;
  /** Providers that can be called now; aggregators are read only when they are among them. */
  readonly connected?: ReadonlySet<string>;
  /** What the last refresh returned. */
  readonly last?: RefreshMark;
}

/** How the next refresh knows what has changed. */
export interface RefreshMark {
  readonly etag?: string;
  readonly rowCount: number;
}

export type ModelsDevRefresh =
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'changed';
      readonly catalog: Catalog;
      readonly mark: RefreshMark;
      readonly changed: readonly string[];
      readonly quarantined: readonly Quarantined[];
    }
  /** The last good catalogue stays. */
  | { readonly outcome: 'failed'; readonly reason: string };

/** Reads models.dev once and lays its news over the catalogue, through the gates. Never throws. */
export async function refreshFromModelsDev(options: ModelsDevOptions): Promise<ModelsDevRefresh> {
  try {
    const answer = await download(options);
    if (answer === undefined) return { outcome: 'unchanged' };
    const json: unknown = JSON.parse(answer.text);
    return apply(json, answer.etag, options);
  } catch (error) {
    return { outcome: 'failed', reason: error instanceof Error ? error.message : 'unreadable' };
  }
}

function apply(json: unknown, etag: string | undefined, options: ModelsDevOptions): ModelsDevRefresh {
  const { catalog, clock, connected = new Set<string>(), last } = options;
  const providers = readOverlay(DATA_FOLDER).providers.filter(({ aggregator, id }) => !aggregator || connected.has(id));
  const seenAt = new Date(clock.nowMs()).toISOString().slice(0, 10);
  const rows = readModelsDev(json, providers, seenAt, (name) => matchNativeId(catalog, name));
  const previousCount = last?.rowCount ?? 0;
  if (rows.rowCount === 0 || rows.rowCount * 100 < previousCount * (100 - LOST_PERCENT_MAX))
    return { outcome: 'failed', reason: `${rows.rowCount} rows are left of ${previousCount}` };
  if (rows.malformed.length * 100 > rows.rowCount * LOST_PERCENT_MAX)
    return { outcome: 'failed', reason: `${rows.malformed.length} of ${rows.rowCount} rows are malformed` };
  const previous = catalog.models.flatMap((model) => catalog.endpoints(model.id));
  const next = applyOffers(previous, rows.offers, providers);
  const freeProviders = new Set(providers.filter(({ free }) => free).map(({ id }) => id));
  const checked = checkRefresh(previous, next, { connected, freeProviders });
  if (checked.refusedBecause !== undefined) return { outcome: 'failed', reason: checked.refusedBecause };
  const before = new Set(previous);
  const changed = checked.accepted.filter((endpoint) => !before.has(endpoint)).map(({ id }) => id);
  return {
    outcome: 'changed',
    catalog: changed.length === 0 ? catalog : withEndpoints(catalog, checked.accepted, seenAt),
    mark: { rowCount: rows.rowCount, ...(etag !== undefined && { etag }) },
    changed,
    quarantined: checked.quarantined,
  };
}

async function download(options: ModelsDevOptions): Promise<{ text: string; etag: string | undefined } | undefined> {
  const stop = new AbortController();
  const cancel = options.clock.after(TIME_MAX_MS, () => stop.abort(new Error('models.dev did not answer in time')));
  try {
    const etag = options.last?.etag;
    const response = await options.fetch(new URL(options.url ?? MODELS_DEV_URL), {
      headers: { accept: 'application/json', ...(etag !== undefined && { 'if-none-match': etag }) },
      redirect: 'error',
      signal: stop.signal,
    });
    if (response.status === 304) return undefined;
    if (response.status !== 200 || !response.body) throw new Error(`models.dev answered ${response.status}`);
    const text = await readText(response.body);
    return { text, etag: response.headers.get('etag') ?? undefined };
  } finally {
    cancel();
  }
}

async function readText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Error('models.dev sent more than 10 MB');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Endpoints with what models.dev says of them, those that nothing changes as they were; then those it knows and we did not. */
function applyOffers(
  previous: readonly Endpoint[],
  offers: readonly Offer[],
  providers: readonly OverlayProvider[],
): readonly Endpoint[] {
  const names = new Map(providers.map((provider) => [provider.id, provider]));
  const byName = new Map(offers.map((offer) => [keyOf(offer), offer]));
  const known = new Set(previous.map(keyOf));
  const taken = new Set(previous.map(({ id }) => id));
  const updated = previous.map((endpoint) => {
    const offer = endpoint.serviceTier || endpoint.isLocal ? undefined : byName.get(keyOf(endpoint));
    return offer ? updateEndpoint(endpoint, offer) : endpoint;
  });
  const added = [...byName.values()].flatMap((offer) => {
    const detail = offer.region ?? offer.quantization;
    const tag = detail === undefined ? offer.providerId : `${offer.providerId}/${detail}`;
    if (known.has(keyOf(offer)) || taken.has(`${offer.modelId}|${tag}`)) return [];
    const provider = names.get(offer.providerId);
    const made = mergeOffers([offer], {
      providerName: provider?.name ?? offer.providerId,
      tag,
      mayBeFree: provider?.free ?? false,
      cardContextTokens: undefined,
      contextTokensElsewhere: undefined,
    });
    if (typeof made === 'string') return [];
    taken.add(made.id);
    return [made];
  });
  return [...updated, ...added];
}

function keyOf(offer: {
  readonly modelId: string;
  readonly providerId: string;
  readonly upstreamModel: string;
}): string {
  return [offer.modelId.replace(/:free$/, ''), offer.providerId, offer.upstreamModel.toLowerCase()].join('|');
}

/** The same rules as when the catalogue is built: the newest price, the smallest limit, every disagreement kept. */
function updateEndpoint(endpoint: Endpoint, offer: Offer): Endpoint {
  const { price, contextTokens, outputTokens, source, seenAt } = offer;
  const isNewPrice = price !== undefined && priceText(price) !== priceText(endpoint.price);
  const isAssumed = endpoint.disagreements?.some((claim) => claim.source.startsWith('assumed')) ?? false;
  const stated = contextTokens ?? endpoint.contextTokensMax;
  const contextTokensMax = isAssumed ? stated : Math.min(stated, endpoint.contextTokensMax);
  const outputs = [outputTokens, endpoint.outputTokensMax].filter((tokens) => tokens !== undefined);
  const outputTokensMax = outputs.length > 0 ? Math.min(...outputs, contextTokensMax) : undefined;
  const isGone = offer.isRetired === true && endpoint.status === 'active';
  const isSame =
    !isNewPrice &&
    !isGone &&
    contextTokensMax === endpoint.contextTokensMax &&
    outputTokensMax === endpoint.outputTokensMax;
  if (isSame) return endpoint;
  const claims: readonly Claim[] = isNewPrice
    ? [
        {
          field: 'price',
          value: priceText(endpoint.price),
          source: endpoint.price.source,
          seenAt: endpoint.price.seenAt,
        },
        { field: 'price', value: priceText(price), source, seenAt },
      ]
    : [];
  const kept = (endpoint.disagreements ?? []).filter((claim) => !isAssumed || !claim.source.startsWith('assumed'));
  const disagreements = uniqueClaims([...kept, ...claims]);
  const { disagreements: _, ...rest } = endpoint;
  return {
    ...rest,
    ...(isNewPrice && { price: { id: `${endpoint.tag}@${seenAt}`, ...price, source, seenAt } }),
    contextTokensMax,
    ...(outputTokensMax !== undefined && { outputTokensMax }),
    ...(isGone && { status: 'retired' as const }),
    ...(disagreements.length > 0 && { disagreements }),
  };
}

function uniqueClaims(claims: readonly Claim[]): readonly Claim[] {
  return [...new Map(claims.map((claim) => [JSON.stringify(Object.values(claim)), claim])).values()];
}

function withEndpoints(catalog: Catalog, endpoints: readonly Endpoint[], builtAt: string): Catalog {
  const before = new Map(catalog.models.map((model) => [model.id, catalog.endpoints(model.id)]));
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    const group = groups.get(endpoint.modelId);
    if (group) group.push(endpoint);
    else groups.set(endpoint.modelId, [endpoint]);
  }
  // Arrays that hold the same endpoints stay the same arrays: what is remembered by them stays valid.
  const kept = [...groups].map(([id, group]) => {
    const old = before.get(id);
    const isSame = old?.length === group.length && group.every((endpoint, index) => endpoint === old[index]);
    return [id, isSame ? old : group] as const;
  });
  return makeCatalog({
    version: contentHash(JSON.stringify([catalog.version, endpoints.map(endpointToJson)])),
    builtAt,
    models: catalog.models,
    endpoints: new Map(kept),
  });
}
