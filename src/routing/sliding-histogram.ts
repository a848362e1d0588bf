import { BUCKETS, bucketOf, valueOfBucket } from '../base/log-buckets.ts';
import type { Percentiles } from './health-numbers.ts';

/** Fewer measurements say more about chance than about the endpoint. */
export const PERCENTILE_SAMPLES_MIN = 5;

/** Percentiles over the recent past from logarithmic buckets in a ring of time slices: 8 kB, nothing allocated per record. */
export class SlidingHistogram {
  readonly #sliceMs: number;
  readonly #sliceCount: number;
  readonly #counts: Uint32Array;
  readonly #slice: Float64Array;

  constructor(windowMs: number, sliceCount: number) {
    this.#sliceMs = windowMs / sliceCount;
    this.#sliceCount = sliceCount;
    this.#counts = new Uint32Array(sliceCount * BUCKETS);
    this.#slice = new Float64Array(sliceCount).fill(-1);
  }

  record(value: number, nowMs: number): void {
    if (!(value >= 0)) return;
    const slice = Math.floor(nowMs / this.#sliceMs);
    const place = slice % this.#sliceCount;
    if (this.#slice[place] !== slice) {
      this.#slice[place] = slice;
      this.#counts.fill(0, place * BUCKETS, (place + 1) * BUCKETS);
    }
    this.#counts[place * BUCKETS + bucketOf(value)]! += 1;
  }

  /** Undefined with too few measurements. */
  percentiles(nowMs: number): Percentiles | undefined {
    const { sums, total } = this.#sum(nowMs);
    if (total < PERCENTILE_SAMPLES_MIN) return undefined;
    return {
      p50: valueAt(sums, total * 0.5),
      p75: valueAt(sums, total * 0.75),
      p90: valueAt(sums, total * 0.9),
      p99: valueAt(sums, total * 0.99),
    };
  }

  #sum(nowMs: number): { readonly sums: Float64Array; readonly total: number } {
    const newest = Math.floor(nowMs / this.#sliceMs);
    const oldest = newest - this.#sliceCount;
    const sums = new Float64Array(BUCKETS);
    let total = 0;
    for (let place = 0; place < this.#sliceCount; place++) {
      if (this.#slice[place]! <= oldest || this.#slice[place]! > newest) continue;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const count = this.#counts[place * BUCKETS + bucket]!;
        sums[bucket]! += count;
        total += count;
      }
    }
    return { sums, total };
  }
}

/** The bucket in which the rank falls. */
function valueAt(sums: Float64Array, rank: number): number {
  let below = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    below += sums[bucket]!;
    if (below >= rank && below > 0) return valueOfBucket(bucket);
  }
  return valueOfBucket(BUCKETS);
}
