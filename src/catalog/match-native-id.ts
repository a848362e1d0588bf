import type { Catalog } from './catalog.ts';
import type { Model } from './model.ts';
import { readNativeName, STEP_COUNT } from './native-name.ts';
import { parseSlug } from './parse-slug.ts';

/** Built on first use, once per catalogue. */
const indexes = new WeakMap<Catalog, NativeIndex>();

/**
 * The model that a provider, an engine or a weights file means by its own name. Undefined when none or several could be meant:
 * serving another model than was asked for is worse than not serving. Give it the public catalogue, without layers, or a local
 * model would be found under the name it was given before.
 */
export function matchNativeId(catalog: Catalog, nativeId: string): string | undefined {
  let index = indexes.get(catalog);
  if (!index) {
    index = new NativeIndex(catalog.models);
    indexes.set(catalog, index);
  }
  return index.match(nativeId, (slug) => catalog.find(slug)?.model);
}

export class NativeIndex {
  /** One map per step of `readNativeName`: spelling → ids of the models that are spelled so. */
  readonly #steps: readonly Map<string, Set<string>>[] = Array.from({ length: STEP_COUNT }, () => new Map());
  readonly #owners = new Map<string, Set<string>>();

  constructor(models: readonly Model[]) {
    for (const model of models) if (!model.isBundled && !model.id.includes(':')) this.#add(model);
  }

  match(nativeId: string, find: (slug: string) => Model | undefined): string | undefined {
    const exact = parseSlug(nativeId)?.variants.length === 0 ? find(nativeId.toLowerCase()) : undefined;
    if (exact) return exact.isBundled ? undefined : exact.id;
    const name = readNativeName(nativeId);
    for (let step = 0; step < STEP_COUNT; step++) {
      const ids = this.#steps[step]?.get(name.steps[step] ?? '');
      if (!ids) continue;
      if (ids.size === 1) return [...ids][0];
      return this.#ofOwner(ids, name.owner);
    }
    return undefined;
  }

  #add(model: Model): void {
    const names = [
      model.id,
      model.canonicalSlug,
      ...model.aliases,
      ...(model.huggingFaceId ? [model.huggingFaceId] : []),
    ];
    const owners = new Set([model.author]);
    for (const name of names.filter((text) => !text.startsWith('~'))) {
      const { steps, owner } = readNativeName(name);
      if (owner) owners.add(owner);
      for (const [step, spelling] of steps.entries()) {
        const map = this.#steps[step]!;
        const ids = map.get(spelling) ?? new Set();
        map.set(spelling, ids.add(model.id));
      }
    }
    this.#owners.set(model.id, owners);
  }

  #ofOwner(ids: ReadonlySet<string>, owner: string | undefined): string | undefined {
    const owned = [...ids].filter((id) => owner !== undefined && this.#owners.get(id)?.has(owner));
    return owned.length === 1 ? owned[0] : undefined;
  }
}
