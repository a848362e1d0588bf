/**
 * Good and bad outcomes of the recent past in a ring of time slices: recording is one addition, old slices are reused.
 * The window ends now and begins with a whole slice, so it is up to one slice shorter than its length.
 */
export class SlidingCounts {
  readonly #sliceMs: number;
  readonly #good: Uint32Array;
  readonly #bad: Uint32Array;
  /** Which slice of all time each place holds. */
  readonly #slice: Float64Array;

  constructor(windowMs: number, sliceCount: number) {
    this.#sliceMs = windowMs / sliceCount;
    this.#good = new Uint32Array(sliceCount);
    this.#bad = new Uint32Array(sliceCount);
    this.#slice = new Float64Array(sliceCount).fill(-1);
  }

  record(isGood: boolean, nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    const place = slice % this.#slice.length;
    if (this.#slice[place] !== slice) {
      this.#slice[place] = slice;
      this.#good[place] = 0;
      this.#bad[place] = 0;
    }
    const counts = isGood ? this.#good : this.#bad;
    counts[place]! += 1;
  }

  count(nowMs: number): { readonly good: number; readonly bad: number } {
    const newest = Math.floor(nowMs / this.#sliceMs);
    const oldest = newest - this.#slice.length;
    let good = 0;
    let bad = 0;
    for (let place = 0; place < this.#slice.length; place++) {
      if (this.#slice[place]! <= oldest || this.#slice[place]! > newest) continue;
      good += this.#good[place]!;
      bad += this.#bad[place]!;
    }
    return { good, bad };
  }
}
