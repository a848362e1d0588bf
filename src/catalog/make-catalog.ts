import { assert } from '../base/assert.ts';
import type { Catalog, ResolvedModel } from './catalog.ts';
import type { Endpoint } from './endpoint.ts';
import type { Model } from './model.ts';
import { nearSlugs } from './near-slugs.ts';
import { parseSlug } from './parse-slug.ts';

export interface CatalogFacts {
  readonly version: string;
  readonly builtAt: string;
  readonly models: readonly Model[];
  /** By model id. A model without endpoints is known but can't be called. */
  readonly endpoints: ReadonlyMap<string, readonly Endpoint[]>;
}

const NONE: readonly Endpoint[] = [];

/** Models sorted by id, endpoints in the order given: both are the same for the same facts. */
export function makeCatalog(facts: CatalogFacts): Catalog {
  const models = [...facts.models].sort((a, b) => (a.id < b.id ? -1 : 1));
  const plain = indexSlugs(models);
  let ids: readonly string[] | undefined;
  return {
    version: facts.version,
    builtAt: facts.builtAt,
    models,
    find: (slug) => plain.get(slug) ?? findVariant(slug, plain),
    endpoints: (modelId) => facts.endpoints.get(modelId) ?? NONE,
    near(slug, count) {
      ids ??= models.map((model) => model.id);
      return nearSlugs(slug, ids, count);
    },
  };
}

/** An id always wins over an alias, and the first alias over a later one: nothing can take another model's name. */
function indexSlugs(models: readonly Model[]): ReadonlyMap<string, ResolvedModel> {
  const plain = new Map<string, ResolvedModel>();
  for (const model of models) {
    assert(!plain.has(model.id), `two models are called ${model.id}`);
    plain.set(model.id, { model, variants: [] });
  }
  for (const model of models) {
    const resolved = plain.get(model.id)!;
    for (const alias of [model.canonicalSlug, ...model.aliases]) if (!plain.has(alias)) plain.set(alias, resolved);
  }
  return plain;
}

function findVariant(slug: string, plain: ReadonlyMap<string, ResolvedModel>): ResolvedModel | undefined {
  const parsed = parseSlug(slug);
  const found = parsed && (plain.get(parsed.listing) ?? plain.get(aliasOfVariant(parsed.listing, plain)));
  return found && { model: found.model, variants: parsed.variants };
}

/** A static variant may follow an alias of the base model: `~author/family-latest:free`. */
function aliasOfVariant(listing: string, plain: ReadonlyMap<string, ResolvedModel>): string {
  const colon = listing.indexOf(':');
  const base = colon === -1 ? undefined : plain.get(listing.slice(0, colon));
  return base ? base.model.id + listing.slice(colon) : '';
}
