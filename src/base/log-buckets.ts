/**
 * Logarithmic buckets for histograms of milliseconds and of tokens per second: each reaches 8 % further than the one before, so
 * that what is read from them is right to about 4 %. Fixed, since histograms that are kept are added up.
 */
const GROWTH = 1.08;
const LOG_GROWTH = Math.log(GROWTH);
const LEAST = 0.1;
/** 0.1 to 0.1 × 1.08^200, which is 480,000: milliseconds up to 8 minutes. */
export const BUCKETS = 200;

export function bucketOf(value: number): number {
  if (value <= LEAST) return 0;
  return Math.min(BUCKETS - 1, Math.floor(Math.log(value / LEAST) / LOG_GROWTH));
}

/** The geometric middle, to four digits: with three, rounding alone could add half a percent to the error. */
export function valueOfBucket(bucket: number): number {
  return Number((LEAST * GROWTH ** (bucket + 0.5)).toPrecision(4));
}
