/**
 * Llama 4's tokenizer: byte-level BPE behind Llama 4's split expression. It gives the ids that HF's `tokenizers` gives,
 * in time n log n whatever the text, and runs anywhere.
 */
import { ByteMerger } from './merge-bytes.ts';
import { MergeTable } from './merge-table.ts';
import { readMetadata, type TokenizerFacts } from './read-metadata.ts';
import { SpecialFinder } from './special-finder.ts';
import { endOfWord } from './split-text.ts';
import { addToHash, FIRST_HASH, TokenBytes, tokenTypes } from './token-bytes.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { CACHED_WORD_MAX, WordCache } from './word-cache.ts';

export interface EncodeOptions {
  /**
   * `parse`: `<|eot|>` in the text becomes that token; only for text that the engine itself wrote. `text`: it stays
   * text, as all that comes from a caller must.
   */
  readonly special: 'parse' | 'text';
}

export interface DecodeOptions {
  /** `skip` leaves control tokens out; `text` writes their names. */
  readonly special: 'skip' | 'text';
}

const utf8 = new TextEncoder();
const BYTES_OF_UNIT_MAX = 3;

/** Reads a GGUF file's `tokenizer.ggml.*` keys. Throws a `TokenizerError` for metadata that makes no tokenizer. */
export function openTokenizer(metadata: ReadonlyMap<string, unknown>): Tokenizer {
  return new Tokenizer(readMetadata(metadata));
}

export class Tokenizer {
  readonly beginToken: number | undefined;
  /** Whether a prompt begins with `beginToken`; `encode` does not add it. */
  readonly addsBeginToken: boolean;
  readonly endTokens: ReadonlySet<number>;
  readonly #facts: TokenizerFacts;
  readonly #bytes: TokenBytes;
  readonly #merger: ByteMerger;
  readonly #words = new WordCache();
  readonly #scratch = new Uint8Array(CACHED_WORD_MAX * BYTES_OF_UNIT_MAX);
  readonly #controlTokens: ReadonlyMap<string, number>;
  readonly #named: SpecialFinder;
  readonly #userDefined: SpecialFinder;
  #vocabulary: readonly Uint8Array[] | undefined;

  constructor(facts: TokenizerFacts) {
    this.#facts = facts;
    this.beginToken = facts.beginToken;
    this.addsBeginToken = facts.addsBeginToken;
    this.endTokens = facts.endTokens;
    this.#bytes = new TokenBytes(facts.tokens, facts.types);
    const merges = new MergeTable(facts.merges, this.#bytes);
    this.#merger = new ByteMerger(merges, tokensOfBytes(this.#bytes));
    this.#controlTokens = namesOfType(facts, tokenTypes.control);
    const userDefined = namesOfType(facts, tokenTypes.userDefined);
    this.#named = new SpecialFinder([...this.#controlTokens, ...userDefined]);
    this.#userDefined = new SpecialFinder(userDefined);
  }

  get size(): number {
    return this.#facts.tokens.length;
  }

  /** What each token adds to a text. Control tokens and unused ids add nothing: no text can be spelled with them. */
  get vocabulary(): readonly Uint8Array[] {
    this.#vocabulary ??= this.#facts.tokens.map((_, token) => this.#bytes.get(token));
    return this.#vocabulary;
  }

  /** What the token adds to a text, as in `vocabulary`; may be a part of a character. Throws for an unknown id. */
  tokenBytes(token: number): Uint8Array {
    this.#check(token);
    return this.#bytes.get(token);
  }

  /** Whether the token is no text: a control token or an unused id. Throws for an unknown id. */
  isSpecial(token: number): boolean {
    this.#check(token);
    const type = this.#facts.types[token];
    return type !== tokenTypes.normal && type !== tokenTypes.userDefined;
  }

  /** The name of a special token, such as `<|eot|>`; undefined for others. Throws for an unknown id. */
  specialName(token: number): string | undefined {
    return this.isSpecial(token) ? this.#facts.tokens[token] : undefined;
  }

  /** The control token of that name. */
  findSpecial(name: string): number | undefined {
    return this.#controlTokens.get(name);
  }

  /** Token ids of a text, without a beginning token. A lone surrogate is read as U+FFFD. */
  encode(text: string, { special }: EncodeOptions): number[] {
    const finder = special === 'parse' ? this.#named : this.#userDefined;
    const tokens: number[] = [];
    let start = 0;
    let found = finder.find(text, start);
    while (found) {
      this.#encodeText(text.slice(start, found.start), tokens);
      tokens.push(found.token);
      start = found.end;
      found = finder.find(text, start);
    }
    this.#encodeText(text.slice(start), tokens);
    return tokens;
  }

  /** Bytes that are no UTF-8 become U+FFFD. Throws for an unknown id. */
  decode(tokens: Iterable<number>, { special }: DecodeOptions = { special: 'skip' }): string {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const token of tokens) {
      const name = special === 'text' ? this.specialName(token) : undefined;
      const part = name === undefined ? this.tokenBytes(token) : utf8.encode(name);
      length += part.length;
      parts.push(part);
    }
    const bytes = new Uint8Array(length);
    let end = 0;
    for (const part of parts) {
      bytes.set(part, end);
      end += part.length;
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  }

  #encodeText(text: string, into: number[]): void {
    for (let start = 0; start < text.length; ) {
      const end = endOfWord(text, start);
      this.#encodeWord(text.slice(start, end), into);
      start = end;
    }
  }

  #encodeWord(word: string, into: number[]): void {
    const isShort = word.length <= CACHED_WORD_MAX;
    const known = isShort ? this.#words.get(word) : undefined;
    if (known) {
      for (const token of known) into.push(token);
      return;
    }
    const bytes = isShort ? this.#scratch : new Uint8Array(word.length * BYTES_OF_UNIT_MAX);
    const length = utf8.encodeInto(word, bytes).written;
    const before = into.length;
    const whole = this.#facts.takesWholeWords ? this.#findWhole(bytes, length) : -1;
    if (whole >= 0) into.push(whole);
    else this.#merger.merge(bytes, length, into);
    if (isShort) this.#words.set(word, into.slice(before));
  }

  #findWhole(bytes: Uint8Array, length: number): number {
    if (length > this.#bytes.bytesMax) return -1;
    let hash = FIRST_HASH;
    for (let at = 0; at < length; at++) hash = addToHash(hash, bytes[at]!);
    return this.#bytes.find(bytes, 0, length, hash);
  }

  #check(token: number): void {
    if (!Number.isInteger(token) || token < 0 || token >= this.size) {
      throw new TokenizerError('bad-token-id', `there is no token ${token}`);
    }
  }
}

function tokensOfBytes(bytes: TokenBytes): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    const token = bytes.find(Uint8Array.of(byte), 0, 1, addToHash(FIRST_HASH, byte));
    if (token < 0) throw new TokenizerError('missing-byte', `no token stands for the byte ${byte}`);
    return token;
  });
}

function namesOfType({ tokens, types }: TokenizerFacts, type: number): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const [token, name] of tokens.entries()) {
    if (types[token] !== type || name === '') continue;
    const other = names.get(name);
    if (other !== undefined) throw new TokenizerError('duplicate-token', `tokens ${other} and ${token} are the same`);
    names.set(name, token);
  }
  return names;
}
