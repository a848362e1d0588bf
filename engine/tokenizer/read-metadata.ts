/** The checked form of the metadata that describes a tokenizer, by GGUF's own keys. */
import { tokenTypes } from './token-bytes.ts';
import { TokenizerError } from './tokenizer-error.ts';

export interface TokenizerFacts {
  readonly tokens: readonly string[];
  readonly types: ArrayLike<number>;
  readonly merges: readonly string[];
  readonly beginToken: number | undefined;
  readonly addsBeginToken: boolean;
  /** The tokens that end an answer. */
  readonly endTokens: ReadonlySet<number>;
  /** A word that is itself a token is taken whole, whatever the merges say. */
  readonly takesWholeWords: boolean;
}

type Metadata = ReadonlyMap<string, unknown>;

const TOKENS_MAX = 1 << 20;
const TOKEN_LETTERS_MAX = 4096;
/** GPT-4o's split expression is the same, and older converters wrote its name. */
const SPLITS = ['llama4', 'gpt-4o'];
const END_KEYS = ['tokenizer.ggml.eos_token_id', 'tokenizer.ggml.eot_token_id', 'tokenizer.ggml.eom_token_id'];
/** Scout also ends with the first of these, which not every file names by a key. */
const END_NAMES = new Set(['<|end_of_text|>', '<|eot|>', '<|eom|>']);

/** Not part of GGUF: HF's `ignore_merges`. Meta's and HF's Llama 4 tokenizers have it, so it is the default. */
export const WHOLE_WORDS_KEY = 'tokenizer.huggingface.ignore_merges';

export function readMetadata(metadata: Metadata): TokenizerFacts {
  const model = text(metadata, 'tokenizer.ggml.model');
  if (model !== 'gpt2') {
    throw new TokenizerError(
      'unsupported-model',
      `the tokenizer is ${quote(model)}; this engine reads gpt2 (byte-level)`,
    );
  }
  const split = text(metadata, 'tokenizer.ggml.pre');
  if (!SPLITS.includes(split)) {
    throw new TokenizerError(
      'unsupported-split',
      `the split is ${quote(split)}; this engine knows ${SPLITS.join(', ')}`,
    );
  }
  const tokens = texts(metadata, 'tokenizer.ggml.tokens', TOKENS_MAX);
  const long = tokens.findIndex((token) => token.length > TOKEN_LETTERS_MAX);
  if (long >= 0) throw new TokenizerError('too-large', `token ${long} has more than ${TOKEN_LETTERS_MAX} letters`);
  const types = numbers(metadata, 'tokenizer.ggml.token_type', tokens.length);
  const beginToken = tokenId(metadata, 'tokenizer.ggml.bos_token_id', tokens.length);
  if (!metadata.has(END_KEYS[0]!)) throw missing(END_KEYS[0]!);
  const ends = END_KEYS.map((key) => tokenId(metadata, key, tokens.length)).filter((id) => id !== undefined);
  for (const [token, name] of tokens.entries()) {
    if (END_NAMES.has(name) && types[token] === tokenTypes.control) ends.push(token);
  }
  return {
    tokens,
    types,
    merges: texts(metadata, 'tokenizer.ggml.merges', Number.MAX_SAFE_INTEGER),
    beginToken,
    addsBeginToken: flag(metadata, 'tokenizer.ggml.add_bos_token', beginToken !== undefined),
    endTokens: new Set(ends),
    takesWholeWords: flag(metadata, WHOLE_WORDS_KEY, true),
  };
}

function text(metadata: Metadata, key: string): string {
  const value = present(metadata, key);
  if (typeof value !== 'string') throw wrongType(key, 'a string');
  return value;
}

function texts(metadata: Metadata, key: string, countMax: number): readonly string[] {
  const value = present(metadata, key);
  if (!Array.isArray(value)) throw wrongType(key, 'a list of strings');
  if (value.length > countMax) throw new TokenizerError('too-large', `${key} has more than ${countMax} items`);
  // A hole in the list is no string either, and `every` would skip it.
  for (let index = 0; index < value.length; index++) {
    if (typeof value[index] !== 'string') throw wrongType(key, 'a list of strings');
  }
  return value;
}

function numbers(metadata: Metadata, key: string, count: number): ArrayLike<number> {
  const value = present(metadata, key);
  const list = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!list) throw wrongType(key, 'a list of numbers');
  const items = value as ArrayLike<unknown>;
  if (items.length !== count) throw wrongType(key, `a list of ${count} numbers, one for each token`);
  const numbers = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const item = items[index];
    if (typeof item !== 'number' || !Number.isInteger(item)) throw wrongType(key, 'a list of whole numbers');
    numbers[index] = item;
  }
  return numbers;
}

function tokenId(metadata: Metadata, key: string, count: number): number | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(key, 'a number');
  const id = Number(value);
  if (!Number.isInteger(id) || id < 0 || id >= count) {
    throw new TokenizerError('bad-token-id', `${key} is ${value}, and there are ${count} tokens`);
  }
  return id;
}

function flag(metadata: Metadata, key: string, absent: boolean): boolean {
  const value = metadata.get(key);
  if (value === undefined) return absent;
  if (typeof value !== 'boolean') throw wrongType(key, 'true or false');
  return value;
}

function present(metadata: Metadata, key: string): unknown {
  const value = metadata.get(key);
  if (value === undefined) throw missing(key);
  return value;
}

function missing(key: string): TokenizerError {
  return new TokenizerError('missing-key', `${key} is missing`);
}

function wrongType(key: string, wanted: string): TokenizerError {
  return new TokenizerError('wrong-type', `${key} is not ${wanted}`);
}

function quote(value: string): string {
  return JSON.stringify(value.slice(0, 80));
}
