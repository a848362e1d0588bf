import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { GenerationEvent } from '../generation/event.ts';
import { type Repeats, Seam, trimSpace } from './seam.ts';

/** What the caller gets of an endpoint that goes on after `before` with these pieces. */
function joined(before: string, pieces: readonly string[], repeats: Repeats): string {
  const seam = new Seam(before, repeats);
  const events = pieces.map((text): readonly GenerationEvent[] => [{ type: 'text-delta', part: 0, text }]);
  return [...events, [{ type: 'generation-end' } as const]]
    .flatMap((batch) => seam.join(batch))
    .map((event) => (event.type === 'text-delta' ? event.text : ''))
    .join('');
}

const UNSHOWN: Repeats = { text: false, space: true };
const ASKED: Repeats = { text: true, space: true };
const EXACT: Repeats = { text: false, space: false };

test('white space that the endpoint was not shown is written once', () => {
  for (const [before, pieces, rest] of [
    ['Hello, ', [' the', ' rest'], 'the rest'],
    ['Hello, ', [' ', 'the', ' rest'], 'the rest'],
    ['Hello,', [' the', ' rest'], ' the rest'],
    ['One.\n\n', ['\n\n', 'Two.'], 'Two.'],
    ['One.\n', ['\n', '\nTwo.'], '\nTwo.'],
    ['One.\n\n', ['\nTwo.'], 'Two.'],
    ['One. ', ['\n\nTwo.'], '\n\nTwo.'],
    ['One. ', ['Two.'], 'Two.'],
  ] as const) {
    expect([before, joined(before, pieces, UNSHOWN)]).toEqual([before, rest]);
  }
});

test('an endpoint that was shown all of the text is taken at its word', () => {
  expect(joined('Hello, ', [' the rest'], EXACT)).toBe(' the rest');
  expect(joined('x = [\n', ['\n', ']'], EXACT)).toBe('\n]');
});

test('one that was asked for the rest may repeat a piece of the text, or the space at its end', () => {
  expect(joined('It was the best of times, ', ['the best of', ' times, it was'], ASKED)).toBe('it was');
  expect(joined('It was the best ', [' of times'], ASKED)).toBe('of times');
});

test('however the text was cut, the whole is the same, where the endpoint writes on from what it was shown', () => {
  const text = fc.stringMatching(/^[a-z]{1,4}(?:[ \n]{1,2}[a-z]{1,4}){0,8}$/);
  fc.assert(
    fc.property(text, fc.nat(), fc.nat({ max: 3 }), (whole, at, size) => {
      const before = whole.slice(0, 1 + (at % whole.length));
      const rest = whole.slice(before.trimEnd().length);
      const pieces = rest.match(new RegExp(`[^]{1,${size + 1}}`, 'g')) ?? [];
      expect(before + joined(before, pieces, UNSHOWN)).toBe(whole);
    }),
  );
});

test('nothing is taken from a text that does not begin with space', () => {
  expect([trimSpace('a ', 'b'), trimSpace('a', ' b'), trimSpace('', ' b')]).toEqual(['b', ' b', ' b']);
});
