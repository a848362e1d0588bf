/** Reads HF's `tokenizer.json` into the keys that a GGUF file has. */
import { WHOLE_WORDS_KEY } from './read-metadata.ts';
import { tokenTypes } from './token-bytes.ts';
import { TokenizerError } from './tokenizer-error.ts';

type Fields = Readonly<Record<string, unknown>>;

const TOKENS_MAX = 1 << 20;

/** Llama 4's split expression as its `tokenizer.json` has it. */
const SPLIT =
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?" +
  "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?" +
  '|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

/**
 * `json` is the parsed file. The file does not say which tokens begin and end a text, so Llama 4's names are used.
 * Throws a `TokenizerError` when it is not a byte-level BPE with Llama 4's split.
 */
export function tokenizerMetadata(json: unknown): ReadonlyMap<string, unknown> {
  const file = fields(json, 'the file');
  const model = fields(file.model, 'model');
  if (model.type !== 'BPE') throw new TokenizerError('unsupported-model', 'model.type is not BPE');
  if (hasValue(file.normalizer)) throw new TokenizerError('unsupported-model', 'a normalizer is not supported');
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout']) {
    if (hasValue(model[key]) && model[key] !== '') {
      throw new TokenizerError('unsupported-model', `model.${key} is not supported`);
    }
  }
  checkSplit(file.pre_tokenizer);
  const { tokens, types } = readTokens(fields(model.vocab, 'model.vocab'), list(file.added_tokens, 'added_tokens'));
  const metadata = new Map<string, unknown>([
    ['tokenizer.ggml.model', 'gpt2'],
    ['tokenizer.ggml.pre', 'llama4'],
    ['tokenizer.ggml.tokens', tokens],
    ['tokenizer.ggml.token_type', types],
    ['tokenizer.ggml.merges', list(model.merges, 'model.merges').map(readMerge)],
    [WHOLE_WORDS_KEY, model.ignore_merges === true],
  ]);
  const names = { bos: '<|begin_of_text|>', eos: '<|eot|>', eot: '<|eot|>', eom: '<|eom|>' };
  for (const [key, name] of Object.entries(names)) {
    const id = tokens.indexOf(name);
    if (id >= 0) metadata.set(`tokenizer.ggml.${key}_token_id`, id);
  }
  return metadata.set('tokenizer.ggml.add_bos_token', metadata.has('tokenizer.ggml.bos_token_id'));
}

function checkSplit(preTokenizer: unknown): void {
  const outer = fields(preTokenizer, 'pre_tokenizer');
  const [split, bytes, ...more] = list(outer.pretokenizers, 'pre_tokenizer.pretokenizers').map((item) =>
    fields(item, 'a pre-tokenizer'),
  );
  const isLlama4 =
    split?.type === 'Split' &&
    split.behavior === 'Isolated' &&
    split.invert !== true &&
    fields(split.pattern, 'the split pattern').Regex === SPLIT &&
    bytes?.type === 'ByteLevel' &&
    bytes.add_prefix_space !== true &&
    bytes.use_regex === false &&
    more.length === 0;
  if (!isLlama4) throw new TokenizerError('unsupported-split', "the pre-tokenizer is not Llama 4's");
}

/** Ids that nobody names are filled up as unused, as converters to GGUF do. */
function readTokens(vocab: Fields, added: readonly unknown[]): { tokens: readonly string[]; types: Int32Array } {
  const named = new Map<number, { readonly text: string; readonly type: number }>();
  for (const [text, value] of Object.entries(vocab)) {
    const id = tokenId(value);
    if (named.has(id)) throw new TokenizerError('duplicate-token', `two tokens have the id ${id}`);
    named.set(id, { text, type: tokenTypes.normal });
  }
  for (const item of added) {
    const { id, content, special, ...rest } = fields(item, 'an added token');
    if (typeof content !== 'string') throw new TokenizerError('wrong-type', 'an added token has no content');
    if (rest.lstrip === true || rest.rstrip === true || rest.single_word === true) {
      throw new TokenizerError(
        'unsupported-model',
        `added token ${JSON.stringify(content.slice(0, 80))} strips its text`,
      );
    }
    const type = special === true ? tokenTypes.control : tokenTypes.userDefined;
    named.set(tokenId(id), { text: content, type });
  }
  let size = 0;
  for (const id of named.keys()) size = Math.max(size, id + 1);
  const tokens = Array.from({ length: size }, (_, id) => named.get(id)?.text ?? `[PAD${id}]`);
  return { tokens, types: Int32Array.from(tokens, (_, id) => named.get(id)?.type ?? tokenTypes.unused) };
}

/** Newer files write a merge as a pair, older ones as one string. */
function readMerge(merge: unknown): unknown {
  return Array.isArray(merge) ? merge.join(' ') : merge;
}

function tokenId(id: unknown): number {
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= TOKENS_MAX) {
    throw new TokenizerError('bad-token-id', `${String(id).slice(0, 80)} is no token id`);
  }
  return id;
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function fields(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TokenizerError(value === undefined ? 'missing-key' : 'wrong-type', `${name} is not an object`);
  }
  return value as Fields;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TokenizerError(value === undefined ? 'missing-key' : 'wrong-type', `${name} is not a list`);
  }
  return value;
}
