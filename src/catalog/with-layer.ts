import type { Catalog } from './catalog.ts';
import { contentHash } from './content-hash.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointToJson } from './endpoint-json.ts';
import { makeCatalog } from './make-catalog.ts';
import type { Model } from './model.ts';

/** A model of which only some facts are known; the others follow from its endpoints. */
export type ModelDraft = Pick<Model, 'id'> & Partial<Model>;

/** What an installation adds to the public catalogue: configured offers, engines found on this machine, the bundled model. */
export interface CatalogLayer {
  readonly models?: readonly ModelDraft[];
  readonly endpoints: readonly Endpoint[];
}

/**
 * A new catalogue with the layer over it. An endpoint of the layer stands in for the one with the same tag, or, when its tag is
 * a bare provider, for all that provider's ordinary offers of the model: the operator knows their own contract. Models nobody
 * knew are made up from their endpoints. Cheap enough to call whenever something changes.
 */
export function withLayer(catalog: Catalog, layer: CatalogLayer): Catalog {
  if (layer.endpoints.length === 0 && (layer.models?.length ?? 0) === 0) return catalog;
  const models = new Map(catalog.models.map((model) => [model.id, model]));
  const endpoints = new Map(catalog.models.map((model) => [model.id, catalog.endpoints(model.id)]));
  for (const [modelId, added] of groupByModel(layer.endpoints, catalog)) {
    endpoints.set(modelId, layOver(endpoints.get(modelId) ?? [], added));
    if (!models.has(modelId)) models.set(modelId, makeModel({ id: modelId }, added, catalog.builtAt));
  }
  for (const draft of layer.models ?? []) {
    const known = models.get(draft.id);
    const made = known ?? makeModel(draft, endpoints.get(draft.id) ?? [], catalog.builtAt);
    models.set(draft.id, { ...made, ...draft });
    if (!endpoints.has(draft.id)) endpoints.set(draft.id, []);
  }
  const version = contentHash(
    JSON.stringify([catalog.version, layer.models ?? [], layer.endpoints.map(endpointToJson)]),
  );
  return makeCatalog({ version, builtAt: catalog.builtAt, models: [...models.values()], endpoints });
}

/** The layer may name a model by its canonical slug or an alias. Of two endpoints with one id, the later one stays. */
function groupByModel(endpoints: readonly Endpoint[], catalog: Catalog): ReadonlyMap<string, readonly Endpoint[]> {
  const groups = new Map<string, Map<string, Endpoint>>();
  for (const endpoint of endpoints) {
    const found = catalog.find(endpoint.modelId);
    const modelId = found && found.variants.length === 0 ? found.model.id : endpoint.modelId;
    const group = groups.get(modelId) ?? new Map<string, Endpoint>();
    group.set(
      endpoint.tag,
      modelId === endpoint.modelId ? endpoint : { ...endpoint, modelId, id: `${modelId}|${endpoint.tag}` },
    );
    groups.set(modelId, group);
  }
  return new Map([...groups].map(([modelId, group]) => [modelId, [...group.values()]]));
}

function layOver(below: readonly Endpoint[], above: readonly Endpoint[]): readonly Endpoint[] {
  const tags = new Set(above.map((endpoint) => endpoint.tag));
  const owners = new Set(above.filter(({ tag, providerId }) => tag === providerId).map(({ providerId }) => providerId));
  const isReplaced = (endpoint: Endpoint) =>
    tags.has(endpoint.tag) ||
    (owners.has(endpoint.providerId) && endpoint.serviceTier === undefined && endpoint.region === undefined);
  return [...above, ...below.filter((endpoint) => !isReplaced(endpoint))];
}

function makeModel(draft: ModelDraft, endpoints: readonly Endpoint[], builtAt: string): Model {
  const [author = '', ...rest] = draft.id.split('/');
  const sources = endpoints.map(({ price }) => ({ source: price.source, seenAt: price.seenAt }));
  return {
    canonicalSlug: draft.id,
    aliases: [],
    author,
    name: rest.join('/') || draft.id,
    description: '',
    created: Math.floor(Date.parse(endpoints[0]?.price.seenAt ?? builtAt) / 1000),
    inputModalities: [...new Set(endpoints.flatMap((endpoint) => endpoint.inputModalities))],
    outputModalities: [...new Set(endpoints.flatMap((endpoint) => endpoint.outputModalities))],
    tokenizer: 'Other',
    sources: sources.slice(0, 1),
    ...draft,
  };
}
