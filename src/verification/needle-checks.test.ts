import { expect, test } from 'bun:test';
import { hideIn } from './needle-checks.ts';

const NEEDLE = 'The code of the warehouse in Tallinn is 9352.';
const words = (text: string) => text.match(/\w+|\./g)!.length;

test.each([2_000, 12_000])(
  'a text of %d tokens has about so many words and full stops, and the needle once',
  (tokens) => {
    const text = hideIn(NEEDLE, { tokens, depth: 0.25, seed: 1 });
    expect(Math.abs(words(text) - tokens)).toBeLessThan(30);
    expect(text.split(NEEDLE).length).toBe(2);
    expect(text.match(/\d/g)?.join('')).toBe('9352');
  },
);

test('the depth says where the needle lies', () => {
  const before = (depth: number) => hideIn(NEEDLE, { tokens: 12_000, depth, seed: 1 }).indexOf(NEEDLE);
  const all = hideIn(NEEDLE, { tokens: 12_000, depth: 1, seed: 1 });
  expect([before(0), before(1)]).toEqual([0, all.length - NEEDLE.length]);
  // A quarter of 12,000 tokens lies well inside the first chunk of 8,192, and the question after the text in the second.
  expect(Math.round((before(0.25) / all.length) * 100)).toBe(25);
});

test('the same seed gives the same text, another seed another', () => {
  const make = (seed: number) => hideIn(NEEDLE, { tokens: 500, depth: 0.5, seed });
  expect(make(3)).toBe(make(3));
  expect(make(3)).not.toBe(make(4));
});
