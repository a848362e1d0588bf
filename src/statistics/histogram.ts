import { bucketOf, valueOfBucket } from '../base/log-buckets.ts';

/** Counts by bucket of `base/log-buckets.ts`. Adding two is adding their counts, in any order. */
export type Histogram = ReadonlyMap<number, number>;

export function histogramOf(values: Iterable<number>): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bucket = bucketOf(value);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

export function mergeHistograms(all: Iterable<Histogram>): Histogram {
  const counts = new Map<number, number>();
  for (const histogram of all) {
    for (const [bucket, count] of histogram) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return counts;
}

export function sampleCount(histogram: Histogram): number {
  let count = 0;
  for (const one of histogram.values()) count += one;
  return count;
}

/** The smallest bucket that `share` of the samples do not exceed. Undefined of nothing. */
export function percentile(histogram: Histogram, share: number): number | undefined {
  const rank = sampleCount(histogram) * share;
  let below = 0;
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    below += count;
    if (below >= rank && below > 0) return valueOfBucket(bucket);
  }
  return undefined;
}
