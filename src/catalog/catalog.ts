import type { Endpoint } from './endpoint.ts';
import type { Model } from './model.ts';

/** Suffixes that change routing, never stored as models. */
export const ROUTING_VARIANTS = ['nitro', 'floor', 'exacto', 'online'] as const;
/** Suffixes with a listing of their own. */
export const CATALOG_VARIANTS = ['free', 'extended', 'thinking', 'batch'] as const;
export type RoutingVariant = (typeof ROUTING_VARIANTS)[number];

export interface ResolvedModel {
  readonly model: Model;
  readonly variants: readonly RoutingVariant[];
}

/** One immutable version of everything that can be called. A refresh builds a new one and swaps it whole. */
export interface Catalog {
  /** Changes with every fact: recorded with each generation. */
  readonly version: string;
  /** ISO date of the newest source. */
  readonly builtAt: string;
  readonly models: readonly Model[];
  /** Resolves id, canonical slug or alias, with variants. Undefined when no such model. */
  find(slug: string): ResolvedModel | undefined;
  /** Every endpoint of a model, connected or not, retired ones included. */
  endpoints(modelId: string): readonly Endpoint[];
  /** The nearest known slugs, for an error message. At most `count`. */
  near(slug: string, count: number): readonly string[];
}
