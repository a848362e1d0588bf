import { CATALOG_VARIANTS, ROUTING_VARIANTS, type RoutingVariant } from './catalog.ts';

/** A slug as callers write it: `author/name`, at most one static variant, any routing variants in any order. */
export interface ParsedSlug {
  /** Lower case, with the static variant: what the catalogue lists. */
  readonly listing: string;
  readonly variants: readonly RoutingVariant[];
}

/** No known slug comes near it; a longer one is an attack or a mistake. */
const SLUG_LENGTH_MAX = 256;
const NAME = /^~?[a-z0-9._+-]+(?:\/[a-z0-9._+-]+)+$/;

/** Undefined when it is no slug: unknown variants, two static ones, characters that no slug has. */
export function parseSlug(slug: string): ParsedSlug | undefined {
  if (slug.length > SLUG_LENGTH_MAX) return undefined;
  const [name = '', ...suffixes] = slug.toLowerCase().split(':');
  if (!NAME.test(name)) return undefined;
  const variants = new Set<RoutingVariant>();
  let fixed: string | undefined;
  for (const suffix of suffixes) {
    if (isRoutingVariant(suffix)) variants.add(suffix);
    else if (isCatalogVariant(suffix) && fixed === undefined) fixed = suffix;
    else return undefined;
  }
  return { listing: fixed === undefined ? name : `${name}:${fixed}`, variants: [...variants] };
}

function isRoutingVariant(suffix: string): suffix is RoutingVariant {
  return (ROUTING_VARIANTS as readonly string[]).includes(suffix);
}

function isCatalogVariant(suffix: string): boolean {
  return (CATALOG_VARIANTS as readonly string[]).includes(suffix);
}
