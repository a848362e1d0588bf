import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ModelShape } from './inspect-weights.ts';
import { chooseSlots, findRemedies, type MemoryAsk, memoryNeed, SCOUT_FILES } from './memory-need.ts';

const GIB = 1024 ** 3;
const scout: ModelShape = {
  ...{ layers: 48, keyValueHeads: 8, keyLength: 128, valueLength: 128, width: 5120, vocabulary: 202_048 },
  window: { tokens: 8192, layers: 36 },
};
const ask: MemoryAsk = {
  ...{ weightsBytes: 65e9, projectorBytes: 1.7e9, shape: scout },
  ...{ contextTokens: 32_768, slots: 1, fullWindows: false },
};
const gib = (bytes: number) => Math.round((bytes / GIB) * 10) / 10;

test('the cache of Scout is what its configuration says: 2.7 GiB at 32k, 7.2 at 128k, 49 at 1M; 192 KiB a token in full', () => {
  const cache = (contextTokens: number, fullWindows = false) =>
    gib(memoryNeed({ ...ask, contextTokens, fullWindows }).cacheBytes);
  expect([cache(32_768), cache(131_072), cache(1_048_576)]).toEqual([2.7, 7.2, 49.2]);
  expect([cache(32_768, true), cache(131_072, true), cache(1_048_576, true)]).toEqual([6, 24, 192]);
});

test('the cache is what llama-server 0.7.0 prints for the bundled model: 1 MiB of full layers and 3 MiB of windows', () => {
  const mini: ModelShape = {
    ...{ layers: 4, keyValueHeads: 1, keyLength: 32, valueLength: 32, width: 96, vocabulary: 2048 },
    window: { tokens: 8192, layers: 3 },
  };
  const need = memoryNeed({ ...ask, shape: mini, contextTokens: 4096, slots: 2, fullWindows: true });
  expect(need.cacheBytes).toBe(4 * 1024 * 1024);
});

test('a model without windows pays every layer for every token', () => {
  const { window: _, ...plain } = scout;
  expect(gib(memoryNeed({ ...ask, shape: plain }).cacheBytes)).toBe(6);
});

test('more context, more slots and larger files never need less, and the parts add up', () => {
  const any = fc.record({
    weightsBytes: fc.integer({ min: 0, max: 1e12 }),
    projectorBytes: fc.integer({ min: 0, max: 1e10 }),
    shape: fc.constant(scout),
    contextTokens: fc.integer({ min: 1, max: 10_000_000 }),
    slots: fc.integer({ min: 1, max: 64 }),
    fullWindows: fc.boolean(),
  });
  fc.assert(
    fc.property(any, fc.nat(100_000), (one, more) => {
      const { totalBytes, ...parts } = memoryNeed(one);
      expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(totalBytes);
      for (const field of ['weightsBytes', 'contextTokens', 'slots'] as const)
        expect(memoryNeed({ ...one, [field]: one[field] + more }).totalBytes).toBeGreaterThanOrEqual(totalBytes);
    }),
  );
});

test('what does not fit is mended by fewer slots, then by less context, then by a smaller file', () => {
  const four = { ...ask, slots: 4 };
  expect(findRemedies(four, 75 * GIB, true)).toMatchObject([{ type: 'smaller', slots: 2, contextTokens: 32_768 }]);
  expect(findRemedies({ ...ask, contextTokens: 131_072 }, 69 * GIB, true)).toMatchObject([
    { type: 'smaller', slots: 1, contextTokens: 32_768 },
  ]);
  const files = findRemedies(four, 48 * GIB, true);
  expect(files.map((remedy) => (remedy.type === 'file' ? remedy.format : '?'))).toEqual([
    'UD-Q2_K_XL',
    'UD-IQ2_XXS',
    'UD-IQ1_S',
  ]);
  expect(findRemedies(four, 24 * GIB, true)).toEqual([]);
  // Whose model it is decides whether the files of Scout are of any use.
  expect(findRemedies(four, 48 * GIB, false)).toEqual([]);
});

test('every remedy fits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 64 }), (haveGib, slots) => {
      const biggest = SCOUT_FILES[0]!.bytes;
      for (const weightsBytes of [biggest, 65e9])
        for (const { totalBytes } of findRemedies({ ...ask, weightsBytes, slots }, haveGib * GIB, true))
          expect(totalBytes).toBeLessThanOrEqual(haveGib * GIB);
    }),
  );
});

test('as many slots as fit are chosen, up to four, and one where nothing fits', () => {
  expect([chooseSlots(ask, 128 * GIB), chooseSlots(ask, 75 * GIB), chooseSlots(ask, 1 * GIB)]).toEqual([4, 2, 1]);
});
