import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { bundledWeights } from './bundled.ts';
import { parseGgufHeader, readGgufHeader } from './gguf-header.ts';
import { makeGguf, SCOUT_VALUES } from './make-gguf.test-data.ts';
import { cacheShapeOf, memoryNeed, placeFor, SCOUT_CACHE, scoutFilesThatFit } from './memory-need.ts';

const GIB = 1024 ** 3;
const GB = 1e9;

function cacheGib(contextTokens: number, slots = 1): number {
  return memoryNeed({ weightsBytes: 0, cache: SCOUT_CACHE, contextTokens, slots }).cacheBytes / GIB;
}

test('the cache of Scout is as large as the study computed', () => {
  expect(cacheGib(32_768)).toBeCloseTo(2.7, 1);
  expect(cacheGib(131_072)).toBeCloseTo(7.2, 1);
  expect(cacheGib(1_048_576)).toBeCloseTo(49.2, 1);
  expect(cacheGib(10_485_760)).toBeCloseTo(481, 0);
  // Below a chunk every layer keeps every token.
  expect(cacheGib(1024)).toBeCloseTo((48 * 4096 * 1024) / GIB, 6);
});

test('the shape is read from the header', async () => {
  const scout = makeGguf(SCOUT_VALUES);
  expect(cacheShapeOf(parseGgufHeader(scout, scout.length, 'it'))).toEqual(SCOUT_CACHE);
  const mini = await readGgufHeader(bundledWeights(`${import.meta.dir}/../..`).model);
  expect(cacheShapeOf(mini)).toMatchObject({ fullLayers: 1, chunkedLayers: 3 });
  const plain = makeGguf({
    ...{ 'general.architecture': 'llama', 'llama.block_count': 32, 'llama.attention.head_count': 32 },
    'llama.embedding_length': 4096,
  });
  expect(cacheShapeOf(parseGgufHeader(plain, plain.length, 'it'))).toEqual({
    ...{ fullLayers: 32, chunkedLayers: 0, chunkTokens: 8192, bytesPerToken: 2 * 4096 * 2 },
  });
  const empty = makeGguf({ 'general.architecture': 'llama4' });
  expect(cacheShapeOf(parseGgufHeader(empty, empty.length, 'it'))).toBeUndefined();
});

test('four bits run on one card of 80 GB, on a machine with 96 GB, and not on one with 64', () => {
  const need = memoryNeed({ weightsBytes: 65 * GB, cache: SCOUT_CACHE, contextTokens: 32_768, slots: 1 });
  expect(placeFor(need, { ramBytes: 32 * GIB, gpuBytes: 80 * GIB })).toBe('gpu');
  expect(placeFor(need, { ramBytes: 96 * GIB, gpuBytes: 0 })).toBe('ram');
  expect(placeFor(need, { ramBytes: 64 * GIB, gpuBytes: 0 })).toBe('nowhere');
  expect(placeFor(need, { ramBytes: 64 * GIB, gpuBytes: 24 * GIB })).toBe('both');
});

test('what would fit is named, largest first', () => {
  expect(scoutFilesThatFit({ ramBytes: 64 * GIB, gpuBytes: 0 }, 16_384, 1)).toEqual([
    'UD-Q3_K_XL',
    'UD-Q2_K_XL',
    'UD-IQ2_XXS',
    'UD-IQ1_S',
  ]);
  expect(scoutFilesThatFit({ ramBytes: 24 * GIB, gpuBytes: 0 }, 16_384, 1)).toEqual([]);
});

test('more context or more slots never need less, and the parts add up to the whole', () => {
  const tokens = fc.integer({ min: 1, max: 10_485_760 });
  const slots = fc.integer({ min: 1, max: 64 });
  fc.assert(
    fc.property(tokens, tokens, slots, slots, (contextTokens, more, count, others) => {
      const ask = (context: number, slotCount: number) =>
        memoryNeed({
          weightsBytes: 1,
          projectorBytes: 2,
          cache: SCOUT_CACHE,
          contextTokens: context,
          slots: slotCount,
        });
      const need = ask(contextTokens, count);
      expect(need.totalBytes).toBe(1 + 2 + need.cacheBytes + need.workBytes);
      expect(ask(contextTokens + more, count + others).totalBytes).toBeGreaterThan(need.totalBytes);
    }),
  );
});
