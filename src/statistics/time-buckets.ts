import { DAY_MS, type Grain, HOUR_MS, HOURS_KEPT_MS } from './windows.ts';

/** Widths that an answer can be drawn in. Weeks begin on Monday, months on the first, all in UTC. */
export type BucketGrain = 'hour' | 'day' | 'week' | 'month';

/** The rows that a bucket is summed from. */
export function rowsOf(grain: BucketGrain): Grain {
  return grain === 'hour' ? 'hour' : 'day';
}

export function bucketStart(grain: BucketGrain, atMs: number): number {
  if (grain === 'hour') return Math.floor(atMs / HOUR_MS) * HOUR_MS;
  const day = Math.floor(atMs / DAY_MS) * DAY_MS;
  if (grain === 'day') return day;
  const date = new Date(day);
  if (grain === 'week') return day - ((date.getUTCDay() + 6) % 7) * DAY_MS;
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
}

export function nextBucket(grain: BucketGrain, startMs: number): number {
  if (grain === 'hour') return startMs + HOUR_MS;
  if (grain === 'day') return startMs + DAY_MS;
  if (grain === 'week') return startMs + 7 * DAY_MS;
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
}

/** Starts of all buckets that hold some of the range, oldest first; no more than `most`. */
export function bucketsIn(grain: BucketGrain, fromMs: number, toMs: number, most: number): readonly number[] {
  const starts: number[] = [];
  for (let start = bucketStart(grain, fromMs); start < toMs && starts.length < most; start = nextBucket(grain, start)) {
    starts.push(start);
  }
  return starts;
}

/** Few enough to be drawn, fine enough to show something. */
export function grainFor(fromMs: number, toMs: number, nowMs: number): BucketGrain {
  const days = (toMs - fromMs) / DAY_MS;
  if (days <= 3 && fromMs >= nowMs - HOURS_KEPT_MS) return 'hour';
  if (days <= 120) return 'day';
  return days <= 800 ? 'week' : 'month';
}
