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

/** What differs between two versions of the endpoints. Local engines come and go with their machines: they are no news. */
export function findChanges(
  before: readonly Endpoint[],
  after: readonly Endpoint[],
  atMs: number,
): readonly CatalogChange[] {
  const old = new Map(before.filter(({ isLocal }) => !isLocal).map((endpoint) => [endpoint.id, endpoint]));
  const changes: CatalogChange[] = [];
  const note = (endpoint: Endpoint, what: CatalogChange['what'], was: Endpoint | undefined, is: boolean): void => {
    changes.push({
      atMs,
      what,
      endpointId: endpoint.id,
      modelId: endpoint.modelId,
      providerId: endpoint.providerId,
      ...(was && { before: priceFacts(was.price) }),
      ...(is && { after: priceFacts(endpoint.price) }),
    });
  };
  for (const endpoint of after) {
    if (endpoint.isLocal) continue;
    const was = old.get(endpoint.id);
    old.delete(endpoint.id);
    if (was === endpoint) continue;
    if (!was) note(endpoint, 'added', undefined, true);
    else if (was.status !== endpoint.status)
      note(endpoint, endpoint.status === 'retired' ? 'retired' : 'returned', was, endpoint.status === 'active');
    else if (!isSamePrice(was.price, endpoint.price)) note(endpoint, 'price', was, true);
  }
  for (const gone of old.values()) if (gone.status === 'active') note(gone, 'retired', gone, false);
  return changes;
}

function isSamePrice(a: PriceList, b: PriceList): boolean {
  return (
    a.prompt === b.prompt &&
    a.completion === b.completion &&
    a.cacheRead === b.cacheRead &&
    a.cacheWrite === b.cacheWrite &&
    a.perRequest === b.perRequest
  );
}
