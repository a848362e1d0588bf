/** A vocabulary, prepared once for all grammars. */
import { addToMask, makeTokenMask, type TokenMask } from '../sampling/token-mask.ts';
import { TokenTrie, type TokenVocabulary } from './token-trie.ts';

/** Within a string that has room for so many more characters, all plain tokens of this length may come. */
export const PLAIN_CHARACTERS_MAX = 16;

export class TokenSets {
  readonly vocabulary: TokenVocabulary;
  readonly all: TokenTrie;
  /** Tokens of whole characters that stand for themselves in a JSON string, at most `PLAIN_CHARACTERS_MAX` of them. */
  readonly plain: TokenMask;
  readonly #others: readonly number[];
  #otherTrie: TokenTrie | undefined;

  constructor(vocabulary: TokenVocabulary) {
    this.vocabulary = vocabulary;
    this.plain = makeTokenMask(vocabulary.size);
    const others: number[] = [];
    const tokens = Array.from({ length: vocabulary.size }, (_, token) => token).filter(
      (token) => !vocabulary.endTokens.has(token),
    );
    for (const token of tokens) {
      const bytes = vocabulary.bytes[token]!;
      if (bytes.length > 0 && isPlain(bytes)) addToMask(this.plain, token);
      else others.push(token);
    }
    this.#others = others;
    this.all = new TokenTrie(vocabulary.bytes, tokens);
  }

  /** All tokens but the plain ones. */
  get others(): TokenTrie {
    this.#otherTrie ??= new TokenTrie(this.vocabulary.bytes, this.#others);
    return this.#otherTrie;
  }
}

function isPlain(bytes: Uint8Array): boolean {
  let characters = 0;
  for (let at = 0; at < bytes.length; characters++) {
    const byte = bytes[at]!;
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c) return false;
    const length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (length > 1 && !isCharacter(bytes.subarray(at, at + length), length)) return false;
    at += length;
  }
  return characters <= PLAIN_CHARACTERS_MAX;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function isCharacter(bytes: Uint8Array, length: number): boolean {
  if (bytes.length < length) return false;
  try {
    return utf8.decode(bytes).length > 0;
  } catch {
    return false;
  }
}
