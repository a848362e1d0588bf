import type { Catalog } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import type { ModelListing } from '../contract/model.ts';
import type { Exchange } from './exchange.ts';
import { type TaggedBody, tagBody } from './json-response.ts';
import { connectedIdsOf, isConnected } from './print-endpoint.ts';
import { printModel } from './print-model.ts';

/** A model that is listed, with what filters and sorts ask of it. */
export interface IndexedModel {
  readonly model: Model;
  /** Active ones only; never empty. */
  readonly endpoints: readonly Endpoint[];
  readonly lead: Endpoint;
  /** Some endpoint of it can be called on this installation. */
  readonly isConnected: boolean;
  readonly listing: ModelListing;
  /** The listing as JSON, so that a page of models is glued, not serialised. */
  readonly json: string;
  /** Names and slugs in lower case, for search. */
  readonly searchText: string;
}

export interface ModelIndex {
  readonly key: string;
  /** Newest first. */
  readonly models: readonly IndexedModel[];
  readonly connectedIds: ReadonlySet<string>;
  /** Bodies of queries that were asked before; bounded. */
  readonly bodies: Map<string, TaggedBody>;
}

const indexes = new WeakMap<Exchange, ModelIndex>();

/**
 * All models with at least one active endpoint, connected or not: the list is a marketplace, and what is missing is a key. Made
 * once for each version of the catalogue and set of connections.
 */
export function modelIndexOf(exchange: Exchange): ModelIndex {
  const catalog = exchange.catalog();
  const connectedIds = connectedIdsOf(exchange);
  const key = `${catalog.version} ${[...connectedIds].join(' ')}`;
  const known = indexes.get(exchange);
  if (known?.key === key) return known;
  const index = {
    key,
    models: indexModels(catalog, connectedIds),
    connectedIds,
    bodies: new Map<string, TaggedBody>(),
  };
  indexes.set(exchange, index);
  return index;
}

function indexModels(catalog: Catalog, connectedIds: ReadonlySet<string>): readonly IndexedModel[] {
  const indexed: IndexedModel[] = [];
  for (const model of catalog.models) {
    const endpoints = catalog.endpoints(model.id).filter((endpoint) => endpoint.status === 'active');
    const lead = leadOf(endpoints, connectedIds);
    if (lead) indexed.push(indexModel(model, endpoints, lead, connectedIds));
  }
  return indexed.sort((a, b) => b.model.created - a.model.created || (a.model.id < b.model.id ? -1 : 1));
}

function indexModel(
  model: Model,
  endpoints: readonly Endpoint[],
  lead: Endpoint,
  connectedIds: ReadonlySet<string>,
): IndexedModel {
  const listing = printModel(model, endpoints, lead);
  return {
    model,
    endpoints,
    lead,
    isConnected: endpoints.some((endpoint) => canBeCalled(endpoint, connectedIds)),
    listing,
    json: JSON.stringify(listing),
    searchText: [model.id, model.canonicalSlug, model.name, ...model.aliases].join('\n').toLowerCase(),
  };
}

/** The endpoint that speaks for its model: the cheapest of those that can be called, or of all when none can. */
export function leadOf(endpoints: readonly Endpoint[], connectedIds: ReadonlySet<string>): Endpoint | undefined {
  let lead: Endpoint | undefined;
  for (const endpoint of endpoints) if (!lead || speaksBefore(endpoint, lead, connectedIds)) lead = endpoint;
  return lead;
}

/** By everybody: what serves the demonstration alone answers nobody else. */
function canBeCalled(endpoint: Endpoint, connectedIds: ReadonlySet<string>): boolean {
  return isConnected(endpoint, connectedIds) && endpoint.isDemo !== true;
}

function speaksBefore(a: Endpoint, b: Endpoint, connectedIds: ReadonlySet<string>): boolean {
  const connected = canBeCalled(a, connectedIds);
  if (connected !== canBeCalled(b, connectedIds)) return connected;
  // Flex and priority tiers are served on request only.
  if ((a.serviceTier === undefined) !== (b.serviceTier === undefined)) return a.serviceTier === undefined;
  const difference = averagePrice(a) - averagePrice(b);
  return difference === 0n ? a.id < b.id : difference < 0n;
}

/** Twice the average of the prompt and completion price: only for comparing. */
export function averagePrice(endpoint: Endpoint): bigint {
  return endpoint.price.prompt + endpoint.price.completion;
}

const BODIES_MAX = 32;

/** Remembers the body of a query as long as the index lives. The same query is usually asked again: by a page, by a client's start. */
export function remember(index: ModelIndex, query: string, make: () => string): TaggedBody {
  const known = index.bodies.get(query);
  if (known) return known;
  const body = tagBody(make());
  if (index.bodies.size >= BODIES_MAX) index.bodies.clear();
  index.bodies.set(query, body);
  return body;
}
