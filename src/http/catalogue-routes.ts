import { formatUsd } from '../base/money.ts';
import type { Claim, Endpoint } from '../catalog/endpoint.ts';
import {
  type CatalogueChanges,
  type CatalogueSources,
  changesQuery,
  type Disagreements,
  disagreementsQuery,
  modelFactsQuery,
  type PriceHistory,
} from '../contract/catalogue-facts.ts';
import { type CatalogChange, type PriceFacts, priceFacts } from '../statistics/catalog-changes.ts';
import type { Exchange } from './exchange.ts';
import { shared } from './model-statistics.ts';
import { instantOf } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { modelIdOf } from './statistics-window.ts';

export const catalogueRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/catalogue/sources', audience: 'public', answer: shared(showSources) },
  { method: 'GET', path: '/api/x/catalogue/disagreements', audience: 'public', answer: shared(showDisagreements) },
  { method: 'GET', path: '/api/x/catalogue/changes', audience: 'public', answer: shared(showChanges) },
  { method: 'GET', path: '/api/x/catalogue/prices', audience: 'public', answer: shared(showPrices) },
];

const HISTORY_MAX = 10_000;

function allEndpoints(exchange: Exchange): readonly Endpoint[] {
  const catalog = exchange.catalog();
  return catalog.models.flatMap(({ id }) => catalog.endpoints(id));
}

async function showSources({ exchange }: RouteCall): Promise<CatalogueSources> {
  const catalog = exchange.catalog();
  const endpoints = allEndpoints(exchange);
  const sources = new Map<string, CatalogueSources['data'][number]>();
  const note = (source: string, seenAt: string, what: 'prices' | 'models' | 'disagreements'): void => {
    const known = sources.get(source) ?? { source, seen_at: seenAt, prices: 0, models: 0, disagreements: 0 };
    const seen = known.seen_at > seenAt ? known.seen_at : seenAt;
    sources.set(source, { ...known, seen_at: seen, [what]: known[what] + 1 });
  };
  for (const { price, disagreements = [] } of endpoints) {
    note(price.source, price.seenAt, 'prices');
    for (const claim of disagreements) note(claim.source, claim.seenAt, 'disagreements');
  }
  for (const model of catalog.models) for (const { source, seenAt } of model.sources) note(source, seenAt, 'models');
  return {
    version: catalog.version,
    built_at: catalog.builtAt.slice(0, 10),
    models: catalog.models.length,
    endpoints: endpoints.length,
    data: [...sources.values()].sort((a, b) => b.prices - a.prices || (a.source < b.source ? -1 : 1)),
  };
}

async function showDisagreements({ query, exchange }: RouteCall): Promise<Disagreements> {
  const { model, limit, offset } = readQuery(query, disagreementsQuery);
  const endpoints =
    model === undefined ? allEndpoints(exchange) : exchange.catalog().endpoints(modelIdOf(exchange, model));
  const all = endpoints.flatMap((endpoint) =>
    [...Map.groupBy(endpoint.disagreements ?? [], ({ field }) => field)].map(([field, claims]) => ({
      endpoint: endpoint.id,
      model: endpoint.modelId,
      provider: endpoint.providerId,
      field,
      used: usedValue(endpoint, field),
      claims: claims.map(printClaim),
    })),
  );
  return { data: all.slice(offset, offset + limit), total: all.length };
}

/** In the words of the claims, so that one of them can be recognised as the one that is used. */
function usedValue(endpoint: Endpoint, field: string): string {
  const { price, contextTokensMax, outputTokensMax, quantization } = endpoint;
  const perMillion = (pico: bigint) => formatUsd(pico * 1_000_000n);
  const values: Readonly<Record<string, string>> = {
    price: `${perMillion(price.prompt)} / ${perMillion(price.completion)}`,
    context_length: String(contextTokensMax),
    max_completion_tokens: outputTokensMax === undefined ? '' : String(outputTokensMax),
    quantization,
  };
  return values[field] ?? '';
}

function printClaim({ value, source, seenAt }: Claim): Disagreements['data'][number]['claims'][number] {
  return { value, source, seen_at: seenAt };
}

async function showChanges({ query, exchange }: RouteCall): Promise<CatalogueChanges> {
  const { model, limit } = readQuery(query, changesQuery);
  const changes = await exchange.statistics.catalogChanges({
    limit,
    ...(model !== undefined && { model: modelIdOf(exchange, model) }),
  });
  return {
    data: changes.map((change) => ({
      at: instantOf(change.atMs),
      what: change.what,
      endpoint: change.endpointId,
      model: change.modelId,
      provider: change.providerId,
      before: change.before ? printPrice(change.before) : null,
      after: change.after ? printPrice(change.after) : null,
      source: (change.after ?? change.before)?.source ?? '',
    })),
  };
}

type PriceFigures = NonNullable<CatalogueChanges['data'][number]['before']>;

function printPrice({ prompt, completion, cacheRead, cacheWrite, perRequest }: PriceFacts): PriceFigures {
  const perMillion = (pico: bigint | undefined) => (pico === undefined ? null : formatUsd(pico * 1_000_000n));
  return {
    prompt_per_million: formatUsd(prompt * 1_000_000n),
    completion_per_million: formatUsd(completion * 1_000_000n),
    cache_read_per_million: perMillion(cacheRead),
    cache_write_per_million: perMillion(cacheWrite),
    per_request: perRequest === undefined ? null : formatUsd(perRequest),
  };
}

async function showPrices({ query, exchange }: RouteCall): Promise<PriceHistory> {
  const model = modelIdOf(exchange, readQuery(query, modelFactsQuery).model);
  const changes = await exchange.statistics.catalogChanges({ model, limit: HISTORY_MAX });
  const oldestFirst = Map.groupBy(changes.toReversed(), ({ endpointId }) => endpointId);
  const endpoints = exchange.catalog().endpoints(model);
  const facts = exchange.catalog().models.find(({ id }) => id === model);
  const gone = [...oldestFirst].filter(([id]) => !endpoints.some((endpoint) => endpoint.id === id));
  return {
    model: {
      license: facts?.license ?? null,
      open_weights: facts?.openWeights ?? null,
      sources: (facts?.sources ?? []).map(({ source, seenAt }) => ({ source, seen_at: seenAt })),
    },
    data: [
      ...endpoints.map((endpoint) => ({
        endpoint: endpoint.id,
        provider: endpoint.providerId,
        provider_name: endpoint.providerName,
        is_offered: endpoint.status === 'active',
        prices: printHistory(oldestFirst.get(endpoint.id) ?? [], priceFacts(endpoint.price)),
      })),
      ...gone.map(([id, own]) => ({
        endpoint: id,
        provider: own[0]!.providerId,
        provider_name: own[0]!.providerId,
        is_offered: false,
        prices: printHistory(own, undefined),
      })),
    ],
  };
}

/** What held before the first change that was seen is as old as its source says. */
function printHistory(
  changes: readonly CatalogChange[],
  now: PriceFacts | undefined,
): PriceHistory['data'][number]['prices'] {
  const first = changes[0]?.before ?? (changes.length === 0 ? now : undefined);
  const steps = [
    ...(first ? [{ since: `${first.seenAt.slice(0, 10)}T00:00:00.000Z`, price: first }] : []),
    ...changes.flatMap(({ atMs, what, after }) =>
      after && what !== 'returned' ? [{ since: instantOf(atMs), price: after }] : [],
    ),
  ];
  return steps.map(({ since, price }) => ({
    price_id: price.id,
    since,
    ...printPrice(price),
    source: price.source,
    seen_at: price.seenAt.slice(0, 10),
  }));
}
