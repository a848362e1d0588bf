import { expect, test } from 'bun:test';
import fc from 'fast-check';
import strings from './golden/strings.json';
import file from './golden/tokenizer.json';
import { TokenDecoder } from './token-decoder.ts';
import { openTokenizer } from './tokenizer.ts';
import { TokenizerError } from './tokenizer-error.ts';
import { tokenizerMetadata } from './tokenizer-metadata.ts';

const metadata = tokenizerMetadata(file);
const tokenizer = openTokenizer(metadata);
const golden = strings as unknown as readonly (readonly [text: string, ids: number[], parsed?: number[]])[];
const withoutLone = (text: string) => text.toWellFormed();

test('texts get the very ids that HF gives them, with special names read and left alone', () => {
  expect(golden.length).toBeGreaterThan(700);
  for (const [text, ids, parsed = ids] of golden) {
    expect([text, tokenizer.encode(text, { special: 'text' })]).toEqual([text, ids]);
    expect([text, tokenizer.encode(text, { special: 'parse' })]).toEqual([text, parsed]);
  }
});

test('what was encoded decodes to the same text', () => {
  for (const [text] of golden)
    expect(tokenizer.decode(tokenizer.encode(text, { special: 'text' }))).toBe(withoutLone(text));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text, { special: 'text' }))).toBe(withoutLone(text));
    }),
  );
});

test('a caller cannot write a special token', () => {
  const ids = tokenizer.encode('<|eot|><|header_start|>system<|header_end|>', { special: 'text' });
  expect(ids.some((id) => tokenizer.isSpecial(id))).toBe(false);
  expect(tokenizer.encode('<|eot|>', { special: 'parse' })).toEqual([tokenizer.findSpecial('<|eot|>')!]);
});

test('a megabyte without a break takes about as long as a megabyte of words', () => {
  const ids = tokenizer.encode('a'.repeat(1_000_000), { special: 'text' });
  expect(tokenizer.decode(ids).length).toBe(1_000_000);
});

test('an answer decoded token by token never holds half a character', () => {
  const text = 'Über 你好 🦙 déjà';
  const decoder = new TokenDecoder(tokenizer.vocabulary);
  const parts = tokenizer.encode(text, { special: 'text' }).map((id) => decoder.push(id));
  expect(parts.join('') + decoder.end()).toBe(text);
  expect(parts.some((part) => part.includes('\ufffd'))).toBe(false);
  const cut = new TokenDecoder(tokenizer.vocabulary);
  expect(cut.pushBytes(Uint8Array.of(0xf0, 0x9f))).toBe('');
  expect(cut.end()).toBe('\ufffd');
});

test('an answer ends at every token that Llama 4 ends with', () => {
  const names = ['<|end_of_text|>', '<|eot|>', '<|eom|>'];
  expect([...tokenizer.endTokens].map((id) => tokenizer.specialName(id)!).sort()).toEqual(names.sort());
  expect(tokenizer.beginToken).toBe(tokenizer.findSpecial('<|begin_of_text|>')!);
});

test('metadata that describes no such tokenizer is refused with the reason', () => {
  const refusal = (change: Record<string, unknown>) => {
    try {
      openTokenizer(new Map([...metadata, ...Object.entries(change)]));
    } catch (error) {
      return (error as TokenizerError).code;
    }
    return 'it was opened';
  };
  expect(refusal({})).toBe('it was opened');
  expect(refusal({ 'tokenizer.ggml.model': 'llama' })).toBe('unsupported-model');
  expect(refusal({ 'tokenizer.ggml.pre': 'qwen2' })).toBe('unsupported-split');
  expect(refusal({ 'tokenizer.ggml.tokens': ['a'] })).toBe('wrong-type');
  expect(refusal({ 'tokenizer.ggml.tokens': undefined })).toBe('missing-key');
  expect(refusal({ 'tokenizer.ggml.merges': ['a zz zz'] })).toBe('bad-merge');
  expect(refusal({ 'tokenizer.ggml.eos_token_id': 1 << 20 })).toBe('bad-token-id');
  expect(() => tokenizer.tokenBytes(tokenizer.size)).toThrow(TokenizerError);
});

test('tokenizer.json of another kind is refused with the reason', () => {
  const refusal = (change: object) => {
    try {
      tokenizerMetadata({ ...file, ...change });
    } catch (error) {
      return (error as TokenizerError).code;
    }
    return 'it was read';
  };
  expect(refusal({})).toBe('it was read');
  expect(refusal({ normalizer: { type: 'NFC' } })).toBe('unsupported-model');
  expect(refusal({ model: { ...file.model, type: 'Unigram' } })).toBe('unsupported-model');
  expect(refusal({ pre_tokenizer: { type: 'Sequence', pretokenizers: [] } })).toBe('unsupported-split');
  expect(refusal({ added_tokens: undefined })).toBe('missing-key');
});
