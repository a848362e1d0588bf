import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { isInMask, tokensOfMask } from '../sampling/token-mask.ts';
import { compileAnyObject, compileSchema, type Grammar } from './compile-schema.ts';
import { GrammarConstraint, NotAllowed } from './grammar-constraint.ts';
import { knownSchemas } from './known-schemas.test-data.ts';
import { AmbiguityError, type Language } from './language.ts';
import { TokenMasks } from './token-masks.ts';
import { TokenSets } from './token-sets.ts';
import { toySets, toyVocabulary } from './toy-vocabulary.test-data.ts';

const encoder = new TextEncoder();

function followToken({ languages }: Grammar, language: Language, token: number): Language {
  const bytes = toyVocabulary.bytes[token]!;
  if (bytes.length === 0) return languages.none;
  return bytes.reduce((at, byte) => at.after(byte), language);
}

function hold(schema: unknown, tokensMax: number, resumedBytes?: number): GrammarConstraint {
  const { languages, start } = compileSchema(schema);
  const masks = new TokenMasks(languages, toySets);
  return new GrammarConstraint(
    { masks, vocabulary: toyVocabulary, start, none: languages.none },
    { tokensMax, resumedBytes },
  );
}

const allowed = (constraint: GrammarConstraint) => tokensOfMask(constraint.allowed(), toyVocabulary.size);
const tokenOf = (text: string) => toyVocabulary.bytes.findIndex((bytes) => Buffer.from(bytes).toString() === text);
const accept = (constraint: GrammarConstraint, text: string) => {
  for (const byte of encoder.encode(text)) constraint.accept(byte + 2);
};

test('a mask has the tokens that go on the text, and the end where it is complete', () => {
  fc.assert(
    fc.property(knownSchemas, fc.nat(30), fc.gen(), ({ schema }, steps, g) => {
      const grammar = compileSchema(schema);
      const masks = new TokenMasks(grammar.languages, toySets);
      let language = grammar.start;
      for (let step = 0; step < steps; step++) {
        const { mask, bytesLeftMax } = masks.after(language);
        const after = toyVocabulary.bytes.map((_, token) => followToken(grammar, language, token));
        const expected = after.flatMap((next, token) => (next !== grammar.languages.none ? [token] : []));
        expect(tokensOfMask(mask, toyVocabulary.size)).toEqual(language.isComplete ? [0, ...expected] : expected);
        expect(bytesLeftMax).toBe(Math.max(0, ...expected.map((token) => after[token]!.bytesMin)));
        const room = g(fc.nat, 20);
        const short = tokensOfMask(masks.within(language, room), toyVocabulary.size).filter((token) => token !== 0);
        expect(short).toEqual(expected.filter((token) => after[token]!.bytesMin <= room));
        if (expected.length === 0) return;
        language = after[expected[g(fc.nat, expected.length - 1)]!]!;
      }
    }),
    { numRuns: 120 },
  );
}, 60_000);

test('from every state a byte leads one byte nearer to the end', () => {
  fc.assert(
    fc.property(knownSchemas, fc.nat(40), fc.gen(), ({ schema }, steps, g) => {
      let { start: language } = compileSchema(schema);
      const bytes = Array.from({ length: 256 }, (_, byte) => byte);
      for (let step = 0; step < steps; step++) {
        const next = bytes
          .map((byte) => language.after(byte))
          .filter(({ bytesMin }) => bytesMin < Number.POSITIVE_INFINITY);
        if (!language.isComplete) expect(Math.min(...next.map(({ bytesMin }) => bytesMin))).toBe(language.bytesMin - 1);
        expect(language.isComplete).toBe(language.bytesMin === 0);
        if (next.length === 0) return;
        language = next[g(fc.nat, next.length - 1)]!;
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('an answer that runs out of room is closed in time', () => {
  const constraint = hold({ type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }, 10);
  accept(constraint, '{"a":"xy');
  // Two more tokens, and the end: quote and brace must come now.
  expect(allowed(constraint)).not.toContain(tokenOf('x'));
  accept(constraint, '"');
  expect(allowed(constraint)).toEqual([tokenOf('}')]);
  accept(constraint, '}');
  expect(allowed(constraint)).toEqual([0]);
});

test('an answer without room for even the shortest text is left free', () => {
  expect(allowed(hold({ type: 'object' }, 1)).length).toBeGreaterThan(1);
});

test('what was there before takes no room', () => {
  const constraint = hold({ type: 'array', items: { type: 'integer' } }, 4, 6);
  accept(constraint, '[1,2,3');
  expect(allowed(constraint)).toContain(tokenOf(','));
  accept(constraint, ',45');
  expect(allowed(constraint)).toEqual([tokenOf(']')]);
});

test('a token that is not allowed is refused, and so is the end of what is not complete', () => {
  const constraint = hold({ type: 'boolean' }, 10);
  expect(() => constraint.accept(0)).toThrow(NotAllowed);
  expect(() => constraint.accept(1)).toThrow(NotAllowed);
  expect(() => constraint.accept(tokenOf('null'))).toThrow(NotAllowed);
  constraint.accept(tokenOf('true'));
  constraint.accept(0);
});

test('tokens that begin or end within a character are allowed where they fit', () => {
  const constraint = hold({ enum: ['日'] }, 20);
  constraint.accept(tokenOf('"'));
  const withA = toyVocabulary.bytes.findIndex((bytes) => bytes[0] === 0x61 && bytes.length === 3 && bytes[1] === 0xe6);
  const restAndQuote = toyVocabulary.bytes.findIndex((bytes) => bytes[0] === 0xa5 && bytes.length === 2);
  expect(allowed(constraint)).not.toContain(withA);
  accept(constraint, '日'.slice(0, 0));
  for (const byte of [0xe6, 0x97]) constraint.accept(byte + 2);
  expect(allowed(constraint)).toContain(restAndQuote);
  constraint.accept(restAndQuote);
  expect(allowed(constraint)).toEqual([0]);
});

test('a long answer takes no more memory than a short one', () => {
  const { languages, start } = compileAnyObject();
  const masks = new TokenMasks(languages, toySets);
  let language = start;
  const follow = (text: string) => {
    for (const byte of encoder.encode(text)) {
      masks.after(language);
      language = language.after(byte);
    }
  };
  follow('{"a":[');
  for (let index = 0; index < 300; index++) follow(`{"${index}":[1.5,{"x":"${'y'.repeat(index % 7)}"}],"z":[`);
  expect(isInMask(masks.after(language).mask, tokenOf(']'))).toBe(true);
  expect(languages.size).toBeLessThan(20_000);
}, 60_000);

test('alternatives that stay open in too many ways are given up, not followed for ever', () => {
  const parts = Array.from({ length: 250 }, (_, index) => ({
    type: 'array',
    items: { type: 'array', items: { type: 'string', maxLength: 200 + index } },
  }));
  const { languages, start } = compileSchema({ anyOf: parts });
  const masks = new TokenMasks(languages, new TokenSets(toyVocabulary));
  const write = () => {
    let language = start;
    for (const byte of encoder.encode(`[["${'a'.repeat(200)}`)) {
      masks.after(language);
      language = language.after(byte);
    }
  };
  expect(write).toThrow(AmbiguityError);
}, 60_000);
