import type { Catalog } from './catalog.ts';
import { contentHash } from './content-hash.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointToJson } from './endpoint-json.ts';

/** Keyed by the array itself: a new catalogue keeps the arrays that did not change, and so their keys. */
const keys = new WeakMap<readonly Endpoint[], string>();

/** Names the endpoints of a model by their content: recorded with each decision, so that it can be replayed later. */
export function routeFactsKey(catalog: Catalog, modelId: string): string {
  const endpoints = catalog.endpoints(modelId);
  let key = keys.get(endpoints);
  if (key === undefined) {
    key = contentHash(JSON.stringify(endpoints.map(endpointToJson)));
    keys.set(endpoints, key);
  }
  return key;
}
