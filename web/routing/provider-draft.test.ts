import { expect, test } from 'bun:test';
import { diffLines, fieldText, listOf, numberOf, readJson, withField } from './provider-draft.ts';

test('a field of the form changes one name and leaves the rest, in its place', () => {
  const provider = { sort: 'price', max_price: { prompt: 1 }, zdr: true };
  expect(Object.keys(withField(provider, 'sort', 'latency'))).toEqual(['sort', 'max_price', 'zdr']);
  expect(withField(provider, 'max_price.completion', 2)).toEqual({
    ...provider,
    max_price: { prompt: 1, completion: 2 },
  });
  expect(withField(provider, 'max_price.prompt', undefined)).toEqual({ sort: 'price', zdr: true });
});

test('what only the JSON can say is not shown as something else', () => {
  const provider = { preferred_max_latency: { p90: 3 }, order: ['a', 'b/c'], zdr: false };
  expect(fieldText(provider, 'preferred_max_latency')).toBeUndefined();
  expect([fieldText(provider, 'order'), fieldText(provider, 'zdr'), fieldText(provider, 'sort')]).toEqual([
    ...['a, b/c', 'false', ''],
  ]);
});

test('lists and numbers are read as they are written', () => {
  expect([listOf(' a,b  c '), listOf(' ')]).toEqual([['a', 'b', 'c'], undefined]);
  expect([numberOf('0.25'), numberOf(' '), numberOf('much')]).toEqual([0.25, undefined, 'much']);
  expect(readJson('{"a":1}')).toEqual({ value: { a: 1 } });
  expect([readJson('[]'), readJson('{')].every((read) => 'problem' in read)).toBe(true);
});

test('a difference shows what went and what came between lines that stayed', () => {
  expect(diffLines('a\nb\nc', 'a\nx\nc\nd').map(({ mark, text }) => mark + text)).toEqual([
    ...[' a', '-b', '+x', ' c', '+d'],
  ]);
  expect(diffLines('same', 'same')).toEqual([{ mark: ' ', text: 'same' }]);
});
