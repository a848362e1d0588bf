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
    for (const { id, also } of authors) for (const name of [id, ...also]) this.#authors.set(name, id);
  }

  match(nativeId: string, provider: OverlayProvider): string | undefined {
    for (const { index, ids } of this.#indexes) {
      const matched = index.match(nativeId, (slug) => ids.get(slug));
      if (matched !== undefined) return matched;
    }
    const { owner, steps } = readNativeName(nativeId);
    const author = provider.author ?? (owner === undefined ? undefined : this.#authors.get(owner));
    const key = steps[1];
    if (author === undefined || key === undefined || key === '') return undefined;
    // The first host's spelling names the model; the others are the same model in other words.
    const made = this.#made.get(`${author}/${key}`) ?? `${author}/${slugOf(nativeId)}`;
    this.#made.set(`${author}/${key}`, made);
    return made;
  }

  authorOf(id: string): string {
    const author = id.split('/')[0] ?? id;
    return this.#authors.get(author) ?? author;
  }
}

function slugOf(nativeId: string): string {
  const name = nativeId.toLowerCase().replace(/^(?:hf:|@cf\/|@hf\/)/, '');
  return (name.split('/').at(-1) ?? name).replace(/[^a-z0-9._+-]+/g, '-');
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
