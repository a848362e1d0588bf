import type { ModelSort } from '../contract/model-query.ts';
import type { Exchange } from './exchange.ts';
import { averagePrice, type IndexedModel } from './model-index.ts';
import { longestContext } from './print-model.ts';

/** Larger goes first; undefined goes last. */
type Rank = (indexed: IndexedModel, exchange: Exchange) => number | bigint | undefined;

/** No figures yet for popularity and benchmarks: all tie, and the list keeps its order, newest first. */
const unknown: Rank = () => undefined;

const RANKS: Readonly<Record<ModelSort, Rank>> = {
  newest: ({ model }) => model.created,
  'pricing-low-to-high': ({ lead }) => -averagePrice(lead),
  'pricing-high-to-low': ({ lead }) => averagePrice(lead),
  'context-high-to-low': ({ endpoints }) => longestContext(endpoints),
  'throughput-high-to-low': ({ endpoints }, exchange) =>
    best(endpoints.map(({ id }) => exchange.health(id).throughput?.p50)),
  'latency-low-to-high': ({ endpoints }, exchange) =>
    best(endpoints.map(({ id }) => negated(exchange.health(id).latencyMs?.p50))),
  'most-popular': unknown,
  'top-weekly': unknown,
  'intelligence-high-to-low': unknown,
  'coding-high-to-low': unknown,
  'agentic-high-to-low': unknown,
  'design-arena-elo-high-to-low': unknown,
};

/** Sorts that read live health, so that their answers can't be kept. */
export const LIVE_SORTS: ReadonlySet<ModelSort> = new Set(['throughput-high-to-low', 'latency-low-to-high']);

export function sortModels(
  models: readonly IndexedModel[],
  sort: ModelSort | undefined,
  exchange: Exchange,
): readonly IndexedModel[] {
  if (sort === undefined) return models;
  const rank = RANKS[sort];
  const ranked = models.map((indexed) => ({ indexed, rank: rank(indexed, exchange) }));
  return ranked.sort((a, b) => compare(a.rank, b.rank)).map(({ indexed }) => indexed);
}

function compare(a: number | bigint | undefined, b: number | bigint | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a > b ? -1 : a < b ? 1 : 0;
}

function best(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
}
