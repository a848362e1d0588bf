import type { Catalog } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { PriceList } from '../catalog/price.ts';

/** The prices that a history shows, in picodollars per token or per request. */
export interface PriceFacts {
  readonly id: string;
  readonly prompt: bigint;
  readonly completion: bigint;
  readonly cacheRead?: bigint;
  readonly cacheWrite?: bigint;
  readonly perRequest?: bigint;
  readonly source: string;
  readonly seenAt: string;
}

/** What is remembered of an endpoint, to see what changes. */
export interface CatalogFact {
  readonly endpointId: string;
  readonly modelId: string;
  readonly providerId: string;
  readonly isActive: boolean;
  readonly price: PriceFacts;
}

/** Something of the catalogue that became different, as this installation saw it. */
export interface CatalogChange {
  readonly atMs: number;
  readonly what: 'price' | 'added' | 'retired' | 'returned';
  readonly endpointId: string;
  readonly modelId: string;
  readonly providerId: string;
  readonly before?: PriceFacts;
  readonly after?: PriceFacts;
}

/** Of the public catalogue. Local engines come and go with their machines: they are no news. */
export function catalogFacts(catalog: Catalog): readonly CatalogFact[] {
  return catalog.models
    .flatMap(({ id }) => catalog.endpoints(id))
    .filter(({ isLocal }) => !isLocal)
    .map(factOf);
}

function factOf({ id, modelId, providerId, status, price }: Endpoint): CatalogFact {
  return { endpointId: id, modelId, providerId, isActive: status === 'active', price: priceFacts(price) };
}

export function priceFacts(price: PriceList): PriceFacts {
  const { id, prompt, completion, cacheRead, cacheWrite, perRequest, source, seenAt } = price;
  return {
    id,
    prompt,
    completion,
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(perRequest !== undefined && { perRequest }),
    source,
    seenAt,
  };
}

/**
 * What differs between two versions. A provider that comes or goes as a whole was connected or disconnected: the offers of an
 * aggregator are only in the catalogue while it is, and that is no change of theirs.
 */
export function findChanges(
  before: readonly CatalogFact[],
  after: readonly CatalogFact[],
  atMs: number,
): readonly CatalogChange[] {
  const old = new Map(before.map((fact) => [fact.endpointId, fact]));
  const hadProvider = new Set(before.map(({ providerId }) => providerId));
  const hasProvider = new Set(after.map(({ providerId }) => providerId));
  const changes: CatalogChange[] = [];
  const note = (what: CatalogChange['what'], was: CatalogFact | undefined, is: CatalogFact | undefined): void => {
    const { endpointId, modelId, providerId } = (is ?? was)!;
    const prices = { ...(was && { before: was.price }), ...(is?.isActive && { after: is.price }) };
    changes.push({ atMs, what, endpointId, modelId, providerId, ...prices });
  };
  for (const fact of after) {
    const was = old.get(fact.endpointId);
    old.delete(fact.endpointId);
    if (!was) {
      if (hadProvider.has(fact.providerId) && fact.isActive) note('added', undefined, fact);
    } else if (was.isActive !== fact.isActive) note(fact.isActive ? 'returned' : 'retired', was, fact);
    else if (fact.isActive && !isSamePrice(was.price, fact.price)) note('price', was, fact);
  }
  for (const gone of old.values()) {
    if (gone.isActive && hasProvider.has(gone.providerId)) note('retired', gone, undefined);
  }
  return changes;
}

function isSamePrice(a: PriceFacts, b: PriceFacts): boolean {
  return (
    a.prompt === b.prompt &&
    a.completion === b.completion &&
    a.cacheRead === b.cacheRead &&
    a.cacheWrite === b.cacheWrite &&
    a.perRequest === b.perRequest
  );
}
