import { contentHash } from './content-hash.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointToJson } from './endpoint-json.ts';
import type { Model } from './model.ts';
import type { PriceList } from './price.ts';
import type { Snapshot } from './snapshot.ts';
import {
  type Collected,
  collectGenai,
  collectPi,
  isRouterSlug,
  overlayOffers,
  type Unmatched,
} from './sources/collect-offers.ts';
import { type GroupFacts, groupBy, groupOffers } from './sources/group-offers.ts';
import { findLatest } from './sources/latest-aliases.ts';
import { type ModelSources, makeModel } from './sources/make-models.ts';
import { type KnownName, ModelNames } from './sources/model-names.ts';
import type { Offer } from './sources/offer.ts';
import { readGenai } from './sources/read-genai.ts';
import { type Overlay, readOverlay } from './sources/read-overlay.ts';
import { type PiData, type PiRow, readPi } from './sources/read-pi.ts';

export interface BuiltSnapshot {
  readonly snapshot: Snapshot;
  /** Rows that are offered nowhere, each with its reason: for a person to look through. */
  readonly refused: readonly Unmatched[];
  /** Native name → slug, as matched by rule: for a person to look through. */
  readonly matches: readonly { readonly providerId: string; readonly nativeId: string; readonly modelId: string }[];
}

/** Makes the public catalogue from the data packages and our own overlay. Same inputs, same snapshot. */
export function buildSnapshot(dataFolder: string, inputs: string): BuiltSnapshot {
  const overlay = readOverlay(dataFolder);
  const pi = readPi();
  const today = namesToday(pi, overlay);
  const older = readGenai('openrouter').map(({ id, name }): KnownName => ({ id, name }));
  const names = new ModelNames([today, older.filter(isPlainSlug)], overlay.models, overlay.authors);
  const collected = collect(overlay, pi, names, new Set(today.map(({ id }) => id)));
  const facts = groupFacts(overlay);
  const endpoints: Endpoint[] = [];
  const refused = [...collected.unmatched];
  for (const [, offers] of groupBy(collected.offers, ({ modelId }) => modelId)) {
    const grouped = groupOffers(offers, facts);
    endpoints.push(...grouped.endpoints.map((endpoint) => correct(endpoint, overlay)));
    refused.push(...grouped.refused);
  }
  const aggregators = new Set(overlay.providers.filter((provider) => provider.aggregator).map(({ id }) => id));
  const all = [...endpoints, ...freeListings(endpoints, aggregators)].sort(byModelAndId);
  const sources = modelSources(overlay, pi, [...today, ...older], collected.offers, names);
  const models = makeModels(all, sources, aggregators);
  const builtAt = [...all.map(({ price }) => price.seenAt)].sort().at(-1) ?? pi.seenAt;
  const version = contentHash(JSON.stringify([models, all.map(endpointToJson)]));
  return {
    snapshot: { version, builtAt, inputs, models, endpoints: all, aggregators: [...aggregators] },
    refused,
    matches: collected.offers.map(({ providerId, upstreamModel, modelId }) => ({
      providerId,
      nativeId: upstreamModel,
      modelId,
    })),
  };
}

/** Slugs of today: OpenRouter's spelling as pi-ai carries it, and our own. Names only, no offers. */
function namesToday(pi: PiData, overlay: Overlay): readonly KnownName[] {
  const rows = pi.providers.get('openrouter') ?? [];
  const listed = rows.map(({ id, name }): KnownName => ({ id, name })).filter(isPlainSlug);
  const ids = new Set(listed.map(({ id }) => id));
  return [...listed, ...overlay.models.filter(({ id }) => !ids.has(id)).map(({ id, name }) => ({ id, name }))];
}

function isPlainSlug({ id }: KnownName): boolean {
  return /^[a-z0-9-]+\/[a-z0-9._+-]+$/.test(id) && !isRouterSlug(id);
}

/** Prices first, then what lists offers, then our own facts: where they say the same thing, the later one knows better. */
function collect(overlay: Overlay, pi: PiData, names: ModelNames, today: ReadonlySet<string>): Collected {
  const into: Collected = { offers: [], unmatched: [] };
  for (const provider of overlay.providers) {
    collectPi(pi, provider, names, into);
    if (!provider.aggregator) collectGenai(provider, names, (modelId) => today.has(modelId), into);
  }
  const own = new Set(overlay.hosts.map(({ model, provider }) => `${model}|${provider}`));
  const rest = into.offers.filter(({ modelId, providerId }) => !own.has(`${modelId}|${providerId}`));
  return { offers: [...rest, ...overlay.hosts.flatMap(overlayOffers)], unmatched: into.unmatched };
}

function groupFacts(overlay: Overlay): GroupFacts {
  const cards = overlay.models.flatMap(({ id, card_context }) =>
    card_context === undefined ? [] : [[id, card_context] as const],
  );
  const free = overlay.hosts.filter(({ free_reason }) => free_reason !== undefined);
  return {
    providers: new Map(overlay.providers.map((provider) => [provider.id, provider])),
    cardContextTokens: new Map(cards),
    freeOffers: new Set(free.map(({ model, provider }) => `${model}|${provider}`)),
  };
}

/** Our own facts about what an endpoint takes, over what the packages say. */
function correct(endpoint: Endpoint, overlay: Overlay): Endpoint {
  const isMeant = ({ models, endpoints_of }: { readonly models: RegExp; readonly endpoints_of: readonly string[] }) =>
    models.test(endpoint.modelId) && endpoints_of.includes(endpoint.providerId);
  const inputs = overlay.inputs.filter(isMeant).flatMap(({ add }) => add);
  const parameters = overlay.parameters.filter(isMeant);
  const prices = overlay.prices.find(isMeant);
  if (inputs.length === 0 && parameters.length === 0 && !prices) return endpoint;
  const removed = new Set(parameters.flatMap(({ remove }) => remove));
  const supported = [...endpoint.supportedParameters, ...parameters.flatMap(({ add }) => add)];
  return {
    ...endpoint,
    inputModalities: [...new Set([...endpoint.inputModalities, ...inputs])],
    supportedParameters: [...new Set(supported)].filter((name) => !removed.has(name)),
    ...(prices && { price: withLongWrites(endpoint.price, BigInt(prices.cache_write_1h_times)) }),
  };
}

/** A price that a package gives counts more than the rule. */
function withLongWrites(price: PriceList, times: bigint): PriceList {
  if (price.cacheWrite1h !== undefined) return price;
  const overrides = price.overrides?.map((override) =>
    override.prompt === undefined ? override : { ...override, cacheWrite1h: override.prompt * times },
  );
  return { ...price, cacheWrite1h: price.prompt * times, ...(overrides && { overrides }) };
}

/** An offer that costs nothing is also listed as `:free`, so that a caller can ask for exactly those. */
function freeListings(endpoints: readonly Endpoint[], aggregators: ReadonlySet<string>): readonly Endpoint[] {
  const free = endpoints.filter(
    ({ price, providerId, modelId }) =>
      price.prompt === 0n && price.completion === 0n && !aggregators.has(providerId) && !modelId.includes(':'),
  );
  return free.map((endpoint) => {
    const modelId = `${endpoint.modelId}:free`;
    return { ...endpoint, modelId, id: `${modelId}|${endpoint.tag}` };
  });
}

function byModelAndId(a: Endpoint, b: Endpoint): number {
  return a.modelId === b.modelId ? (a.tag < b.tag ? -1 : 1) : a.modelId < b.modelId ? -1 : 1;
}

function modelSources(
  overlay: Overlay,
  pi: PiData,
  known: readonly KnownName[],
  offers: readonly Offer[],
  names: ModelNames,
): ModelSources {
  const rowOf = new Map<string, PiRow>();
  for (const { id, pi: ids } of overlay.providers)
    for (const row of ids.flatMap((name) => pi.providers.get(name) ?? [])) rowOf.set(`${id}|${row.id}`, row);
  const rows = new Map<string, PiRow[]>();
  const huggingFaceIds = new Map<string, string>();
  for (const { modelId, providerId, upstreamModel } of offers) {
    const row = rowOf.get(`${providerId}|${upstreamModel}`);
    if (row) rows.set(modelId, [...(rows.get(modelId) ?? []), row]);
    if (providerId === 'huggingface') huggingFaceIds.set(modelId, upstreamModel);
  }
  const latest = new Map<string, string[]>();
  const listed = new Map((pi.providers.get('openrouter') ?? []).map((row) => [row.id, row]));
  for (const [id, row] of listed) {
    const isAlike = (other: string) => shapeOf(listed.get(other)) === shapeOf(row);
    const target = id.startsWith('~') ? findLatest(id, [...listed.keys()], isAlike) : undefined;
    if (target !== undefined) latest.set(target, [...(latest.get(target) ?? []), id]);
  }
  return {
    rows,
    huggingFaceIds,
    latest,
    names: new Map(known.toReversed().flatMap(({ id, name }) => (name === undefined ? [] : [[id, name] as const]))),
    overlay: new Map(overlay.models.map((model) => [model.id, model])),
    authors: new Map(overlay.authors.map((author) => [author.id, author])),
    releases: overlay.releases,
    seenAt: pi.seenAt,
    authorOf: (id) => names.authorOf(id),
  };
}

function shapeOf(row: PiRow | undefined): string {
  return JSON.stringify([row?.cost, row?.contextWindow, row?.maxTokens]);
}

/** What aggregators say of a model does not change it: only they and their own listings read it. */
function makeModels(
  endpoints: readonly Endpoint[],
  sources: ModelSources,
  aggregators: ReadonlySet<string>,
): readonly Model[] {
  return [...groupBy(endpoints, ({ modelId }) => modelId)].map(([id, offered]) => {
    const direct = offered.filter(({ providerId }) => !aggregators.has(providerId));
    return makeModel(id, direct.length > 0 ? direct : offered, sources);
  });
}
