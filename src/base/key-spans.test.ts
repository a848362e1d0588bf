import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { KeySpans } from './key-spans.ts';

/** Adds keys that lie behind each other, and tells which were new. */
function addAll(keys: readonly string[]): readonly boolean[] {
  const spans = new KeySpans(new TextEncoder().encode(keys.join('')));
  let at = 0;
  return keys.map((key) => {
    const end = at + new TextEncoder().encode(key).length;
    const isNew = spans.add(at, end);
    at = end;
    return isNew;
  });
}

test('a key is new exactly if no earlier one has the same bytes', () => {
  const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.stringMatching(/^"k\d{1,3}"$/));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 400, size: 'max' }), (keys) => {
      // An empty span has no quotes, and so is no key.
      const quoted = keys.map((text) => `"${text}`);
      expect(addAll(quoted)).toEqual(quoted.map((text, index) => quoted.indexOf(text) === index));
    }),
    { numRuns: 100 },
  );
});

test('twins are found however many keys lie between them', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `"${index}"`);
  const told = addAll([...many, '"0"', '"new"', '"99999"']);
  expect(told.slice(0, -3)).not.toContain(false);
  expect(told.slice(-3)).toEqual([false, true, false]);
});

/** Two to the power of `pairs` keys of one hash: behind each other, pairs of pieces between which the hash makes no difference. */
function collidingKeys(pairs: number): readonly string[] {
  const step = (hash: number, text: string) => {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash;
  };
  let keys = ['"'];
  let hash = step(0x811c9dc5, '"');
  for (let pair = 0; pair < pairs; pair++) {
    const seen = new Map<number, string>();
    for (let n = 1; ; n++) {
      const piece = (Math.imul(n, 0x9e3779b1) >>> 0).toString(36);
      const next = step(hash, piece);
      const other = seen.get(next);
      seen.set(next, piece);
      if (other === undefined) continue;
      keys = keys.flatMap((key) => [key + other, key + piece]);
      hash = next;
      break;
    }
  }
  return keys;
}

test('keys that were made to fall together are taken in time', () => {
  const keys = collidingKeys(14);
  expect(new Set(keys).size).toBe(2 ** 14);
  const before = process.cpuUsage();
  expect(addAll(keys)).not.toContain(false);
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});
