import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { bucketStart, bucketsIn, grainFor, nextBucket } from './time-buckets.ts';
import { DAY_MS } from './windows.ts';

const grains = fc.constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const);
const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });

test('every moment lies in exactly one bucket, and buckets follow each other without a gap', () => {
  fc.assert(
    fc.property(grains, moments, (grain, atMs) => {
      const start = bucketStart(grain, atMs);
      const next = nextBucket(grain, start);
      expect(start <= atMs && atMs < next).toBe(true);
      expect([bucketStart(grain, start), bucketStart(grain, next - 1), bucketStart(grain, next)]).toEqual([
        start,
        start,
        next,
      ]);
    }),
  );
});

test('weeks begin on Monday and months on the first', () => {
  const wednesday = Date.UTC(2026, 10, 18, 12);
  expect(new Date(bucketStart('week', wednesday)).toISOString()).toBe('2026-11-16T00:00:00.000Z');
  expect(new Date(bucketStart('month', wednesday)).toISOString()).toBe('2026-11-01T00:00:00.000Z');
});

test('a range has the buckets that hold some of it', () => {
  const day = Date.UTC(2026, 10, 18);
  expect(bucketsIn('day', day + 1, day + DAY_MS, 99)).toEqual([day]);
  expect(bucketsIn('day', day, day + DAY_MS + 1, 99)).toEqual([day, day + DAY_MS]);
  expect(bucketsIn('hour', day, day + DAY_MS, 5)).toHaveLength(5);
});

test('the grain fits the range, and is none whose rows are gone', () => {
  const now = Date.UTC(2026, 10, 18);
  const of = (days: number, agoDays: number) => grainFor(now - agoDays * DAY_MS, now - (agoDays - days) * DAY_MS, now);
  expect([of(1, 1), of(30, 30), of(365, 365), of(3_000, 3_000)]).toEqual(['hour', 'day', 'week', 'month']);
  expect(of(1, 200)).toBe('day');
});
