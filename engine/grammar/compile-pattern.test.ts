import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { allBut, combine } from './character-automaton.ts';
import { compilePattern } from './compile-pattern.ts';
import { Work } from './work.ts';

const work = () => new Work(10_000_000);

/** Random expressions over a small alphabet, so that random texts match now and then. */
const sources = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      'é',
      '😀',
      '.',
      '\\d',
      '\\w',
      '[ab]',
      '[^a]',
      '[a-é]',
      '^',
      '$',
      '\\u{1F600}',
      '',
      '\\n',
      '\\s',
    ),
    fc.tuple(tie('source'), tie('source')).map(([one, other]) => `${one}${other}`),
    fc.tuple(tie('source'), tie('source')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie('source'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}?', '{2,}'))
      .map(([part, count]) => `(${part})${count}`),
  ),
})).source;

const texts = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '😀', '1', '\n'), maxLength: 8 });

test('an automaton takes the texts that the expression matches, and no others', () => {
  const counts = { matched: 0, others: 0 };
  fc.assert(
    fc.property(sources, fc.array(texts, { minLength: 5, maxLength: 5 }), (source, list) => {
      const expression = new RegExp(source, 'u');
      let automaton: ReturnType<typeof compilePattern> | undefined;
      try {
        automaton = compilePattern(source, work());
      } catch (error) {
        // Then no text may match.
        expect((error as Error).message).toBe('no string matches it');
      }
      for (const text of list) {
        const isMatch = expression.test(text);
        counts[isMatch ? 'matched' : 'others']++;
        expect([source, text, automaton?.accepts(text) ?? false]).toEqual([source, text, isMatch]);
      }
    }),
    { numRuns: 1_500 },
  );
  expect(Math.min(counts.matched, counts.others)).toBeGreaterThan(500);
});

test('what is looked at first is a condition on the whole text', () => {
  const expression = '^(?=.*1)(?!a)(?!.*bb)[ab1]+$';
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '1') }), (text) => {
      expect([text, compilePattern(expression, work()).accepts(text)]).toEqual([
        text,
        new RegExp(expression, 'u').test(text),
      ]);
    }),
  );
});

test('properties of characters are those of the platform', () => {
  for (const name of ['L', 'Lu', 'Script=Greek', 'Emoji', 'Nd']) {
    const automaton = compilePattern(`^\\p{${name}}$`, work());
    const expression = new RegExp(`^\\p{${name}}$`, 'u');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), (text) => {
        expect([text, automaton.accepts(text)]).toEqual([text, expression.test(text)]);
      }),
    );
  }
});

describe('sets of strings are combined', () => {
  const one = compilePattern('^[ab]{2,}$', work());
  const other = compilePattern('b$', work());
  const without = allBut(['ab', 'abb', ''], new Work(10_000));

  test('to those in both, and to those in one only', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }), (text) => {
        const is = { one: one.accepts(text), other: other.accepts(text) };
        expect(combine(one, 'and', other, work())?.accepts(text)).toBe(is.one && is.other);
        expect(combine(one, 'without', other, work())?.accepts(text)).toBe(is.one && !is.other);
        expect(without.accepts(text)).toBe(!['ab', 'abb', ''].includes(text));
      }),
    );
  });

  test('to nothing, where they have nothing in common', () => {
    expect(combine(one, 'and', compilePattern('^c', work()), work())).toBeUndefined();
    expect(combine(one, 'without', compilePattern('^[abc]*$', work()), work())).toBeUndefined();
  });
});
