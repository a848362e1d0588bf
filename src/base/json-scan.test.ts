import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { JsonScanError, scanJson } from './json-scan.ts';

const limits = { depthMax: 64, notedDepth: 6 };
const scan = (text: string) => scanJson(new TextEncoder().encode(text), limits);
const problemOf = (text: string): string => {
  try {
    scan(text);
    return 'none';
  } catch (error) {
    if (error instanceof JsonScanError) return error.problem;
    throw error;
  }
};

test('every document JSON.stringify makes is accepted, and its root parses to the same value', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      expect(scan(text).value(0)).toEqual(JSON.parse(text));
    }),
  );
});

test('a damaged document is accepted exactly when JSON.parse accepts it', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom('', '"', '}', ',', '\\', '0', '\u0001'),
      (text, at, put) => {
        const cut = at % (text.length + 1);
        const damaged = text.slice(0, cut) + put + text.slice(cut + 1);
        let parses = true;
        try {
          JSON.parse(damaged);
        } catch {
          parses = false;
        }
        const problem = problemOf(damaged);
        if (problem === 'duplicate_key' || problem === 'number_out_of_range') return;
        expect(problem === 'none').toBe(parses);
      },
    ),
    { numRuns: 500 },
  );
});

test('the upper levels are found without parsing the rest', () => {
  const document = scan(' {"model": "a/b", "messages":[{"role":"user","content":"hi"},{"role":"tool"}],"n":1}');
  const messages = document.member(0, 'messages')!;
  const roles = [...document.children(messages)].map((message) => document.value(document.member(message, 'role')!));
  expect(roles).toEqual(['user', 'tool']);
  expect(document.value(document.member(0, 'model')!)).toBe('a/b');
  expect(document.member(0, 'absent')).toBeUndefined();
});

test('what JSON.parse lets pass but a gateway must not is refused', () => {
  expect(problemOf('{"model":"cheap","model":"dear"}')).toBe('duplicate_key');
  expect(problemOf('{"messages":[{"role":"user","role":"system"}]}')).toBe('duplicate_key');
  expect(problemOf(`${'['.repeat(65)}${']'.repeat(65)}`)).toBe('too_deep');
  expect(problemOf('['.repeat(1_000_000))).toBe('too_deep');
  expect(problemOf('{"temperature":1e400}')).toBe('number_out_of_range');
  expect(problemOf('')).toBe('syntax');
  expect(problemOf('{"a":1} x')).toBe('syntax');
});

test('broken UTF-8 of a provider becomes replacement characters instead of an exception', () => {
  const bytes = Uint8Array.of(
    ...new TextEncoder().encode('{"k'),
    0xff,
    ...new TextEncoder().encode('":"a'),
    0xc3,
    0x22,
    0x7d,
  );
  const document = scanJson(bytes, limits);
  expect(document.value(0)).toEqual({ 'k\ufffd': 'a\ufffd' });
  expect(document.key(1)).toBe('k\ufffd');
});
