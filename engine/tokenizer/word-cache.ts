/** The tokens of words met lately. Holds at most twice `WORDS_MAX` words: the last full set and the one being filled. */
const WORDS_MAX = 8192;
/** Longer words are rare, and hardly ever come twice. In UTF-16 units. */
export const CACHED_WORD_MAX = 48;

export class WordCache {
  #young = new Map<string, readonly number[]>();
  #old = new Map<string, readonly number[]>();

  get(word: string): readonly number[] | undefined {
    const tokens = this.#young.get(word);
    if (tokens) return tokens;
    const older = this.#old.get(word);
    if (older) this.set(word, older);
    return older;
  }

  /** The word is copied: as a part of a text it could keep all of that text alive. */
  set(word: string, tokens: readonly number[]): void {
    if (this.#young.size >= WORDS_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(copyOf(word), tokens);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function copyOf(word: string): string {
  return decoder.decode(encoder.encode(word));
}
