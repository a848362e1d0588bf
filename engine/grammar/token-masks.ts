/** Which tokens may come next in a grammar, worked out once for each state that comes up again. */
import { addToMask, makeTokenMask, type TokenMask } from '../sampling/token-mask.ts';
import type { Language, Languages } from './language.ts';
import { PLAIN_CHARACTERS_MAX, type TokenSets } from './token-sets.ts';
import type { TokenTrie } from './token-trie.ts';

export interface KnownMask {
  readonly mask: TokenMask;
  /** Most bytes that any of the tokens leaves to be written. */
  readonly bytesLeftMax: number;
}

/** Memory of all masks that are kept for one grammar, and what each takes besides its bits. */
const MASK_BYTES_MAX = 1_000_000;
const OVERHEAD_BYTES = 300;

export class TokenMasks {
  readonly #sets: TokenSets;
  readonly #languages: Languages;
  readonly #known = new Map<Language, KnownMask>();
  readonly #knownMax: number;
  readonly #path: Language[];

  constructor(languages: Languages, sets: TokenSets) {
    this.#languages = languages;
    this.#sets = sets;
    this.#knownMax = Math.max(16, Math.floor(MASK_BYTES_MAX / (sets.plain.length * 4 + OVERHEAD_BYTES)));
    this.#path = new Array<Language>(sets.all.depthMax + 1);
  }

  /** All tokens after which the text can still be completed, and the end tokens when it is complete. */
  after(language: Language): KnownMask {
    const known = this.#known.get(language);
    if (known) return known;
    this.#languages.rest();
    const made = this.#make(language, Number.POSITIVE_INFINITY);
    // Those used first are the structure's, and come up again; but then all of them can be made again.
    if (this.#known.size >= this.#knownMax) this.#known.clear();
    this.#known.set(language, made);
    return made;
  }

  /** Of these, the ones that leave at most so many bytes to be written. */
  within(language: Language, bytesLeftMax: number): TokenMask {
    this.#languages.rest();
    return this.#make(language, bytesLeftMax).mask;
  }

  #make(language: Language, bytesLeftMax: number): KnownMask {
    const { plain, all, vocabulary } = this.#sets;
    const takesPlain = language.freeCharacters >= PLAIN_CHARACTERS_MAX && language.bytesMin <= bytesLeftMax;
    const mask = takesPlain ? plain.slice() : makeTokenMask(vocabulary.size);
    const most = this.#walk(takesPlain ? this.#sets.others : all, language, bytesLeftMax, mask);
    if (language.isComplete) for (const token of vocabulary.endTokens) addToMask(mask, token);
    return { mask, bytesLeftMax: Math.max(takesPlain ? language.bytesMin : 0, most) };
  }

  #walk(trie: TokenTrie, language: Language, bytesLeftMax: number, mask: TokenMask): number {
    const { size, byteOf, depthOf, endOf, tokensFrom, tokens } = trie;
    const { none } = this.#languages;
    const path = this.#path;
    path[0] = language;
    let most = 0;
    for (let node = 1; node < size; ) {
      const depth = depthOf[node]!;
      const next = path[depth - 1]!.after(byteOf[node]!);
      if (next === none) {
        node = endOf[node]!;
        continue;
      }
      path[depth] = next;
      const end = tokensFrom[node + 1]!;
      if (tokensFrom[node]! < end && next.bytesMin <= bytesLeftMax) {
        if (next.bytesMin > most) most = next.bytesMin;
        for (let index = tokensFrom[node]!; index < end; index++) addToMask(mask, tokens[index]!);
      }
      node++;
    }
    return most;
  }
}
