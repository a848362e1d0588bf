import { NativeIndex } from '../match-native-id.ts';
import type { Model } from '../model.ts';
import { readNativeName } from '../native-name.ts';
import type { OverlayAuthor, OverlayModel, OverlayProvider } from './read-overlay.ts';

/** A slug that some source lists, with the name it has there. */
export interface KnownName {
  readonly id: string;
  readonly name: string | undefined;
}

/**
 * Finds the slug for a provider's own name: among the models listed today, then among older ones, then, for makers we know, a
 * new slug. Undefined is reported and left to a person.
 */
export class ModelNames {
  readonly #indexes: readonly { readonly index: NativeIndex; readonly ids: ReadonlyMap<string, Model> }[];
  readonly #authors = new Map<string, string>();
  /** `claude` → `anthropic`: a maker that resells others' models does not become their author. */
  readonly #families: readonly (readonly [string, string])[];
  readonly #made = new Map<string, string>();

  constructor(
    lists: readonly (readonly KnownName[])[],
    models: readonly OverlayModel[],
    authors: readonly OverlayAuthor[],
  ) {
    this.#indexes = lists.map((list) => {
      const stubs = list.map(({ id }) =>
        stubModel(
          id,
          models.find((model) => model.id === id),
        ),
      );
      return { index: new NativeIndex(stubs), ids: new Map(stubs.map((model) => [model.id, model])) };
    });
    this.#families = authors.flatMap(({ id, families }) => families.map((prefix) => [prefix, id] as const));
    for (const { id, also } of authors) for (const name of [id, ...also]) this.#authors.set(name, id);
  }

  match(nativeId: string, provider: OverlayProvider): string | undefined {
    for (const { index, ids } of this.#indexes) {
      const matched = index.match(nativeId, (slug) => ids.get(slug));
      if (matched !== undefined) return matched;
    }
    const { owner, steps, bare } = readNativeName(nativeId);
    const key = steps[1];
    const family = this.#families.find(([prefix]) => key?.startsWith(prefix))?.[1];
    const author = owner === undefined ? (family ?? provider.author) : (this.#authors.get(owner) ?? family);
    if (author === undefined || key === undefined || key === '') return undefined;
    // A host's own name for whatever it thinks best today is no model.
    if (author !== provider.author && (/-latest$/.test(key) || nativeId.includes('/routers/'))) return undefined;
    // The first host's spelling names the model; the others are the same model in other words.
    const made = this.#made.get(`${author}/${key}`) ?? `${author}/${bare.replace(/[^a-z0-9.+-]+/g, '-')}`;
    this.#made.set(`${author}/${key}`, made);
    return made;
  }

  authorOf(id: string): string {
    const author = id.split('/')[0] ?? id;
    return this.#authors.get(author) ?? author;
  }
}

function stubModel(id: string, facts: OverlayModel | undefined): Model {
  return {
    id,
    canonicalSlug: facts?.canonical ?? id,
    aliases: facts?.also ?? [],
    author: id.split('/')[0] ?? id,
    name: id,
    description: '',
    created: 0,
    inputModalities: [],
    outputModalities: [],
    tokenizer: 'Other',
    sources: [],
    ...(facts?.hugging_face !== undefined && { huggingFaceId: facts.hugging_face }),
  };
}
