/**
 * The tokens that may still be drawn, lowest id first, with their scores. Each step of truncation drops some of them.
 *
 * "The best" is always by score and, among equal scores, by lowest id. Nothing is sorted: the score at the border is
 * found by three counts over 11, 11 and 10 bits of the scores' binary form, so a step takes the same time for every
 * distribution. All storage is taken once.
 */
import { exponential } from './exponential.ts';
import type { SeededRandom } from './random.ts';
import type { TokenMask } from './token-mask.ts';

const BUCKETS = 2_048;

export class Candidates {
  #count = 0;
  /** Sum of the weights. The best token's weight is 1. */
  #total = 0;
  readonly #tokens: Uint32Array;
  readonly #scores: Float32Array;
  /** The same memory as the scores, as whole numbers. */
  readonly #bits: Int32Array;
  readonly #weights: Float64Array;
  readonly #sums = new Float64Array(BUCKETS);

  constructor(vocabularySize: number) {
    this.#tokens = new Uint32Array(vocabularySize);
    this.#scores = new Float32Array(vocabularySize);
    this.#bits = new Int32Array(this.#scores.buffer);
    this.#weights = new Float64Array(vocabularySize);
  }

  /** Takes what the mask allows, less what has no chance at all. Returns the best score, -Infinity for none. */
  fill(all: Float32Array, allowed: TokenMask | undefined): number {
    const tokens = this.#tokens;
    const scores = this.#scores;
    const size = all.length;
    let count = 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let start = 0; start < size; start += 32) {
      const word = allowed === undefined ? -1 : allowed[start >>> 5]!;
      if (word === 0) continue;
      const end = Math.min(start + 32, size);
      for (let token = start; token < end; token++) {
        const score = all[token]!;
        if (((word >>> (token & 31)) & 1) === 0 || score === Number.NEGATIVE_INFINITY) continue;
        if (score > best) best = score;
        tokens[count] = token;
        // Adding 0 makes -0 the same bits as 0.
        scores[count++] = score + 0;
      }
    }
    this.#count = count;
    return best;
  }

  /** Gives each candidate its chance relative to the best one's, at a temperature whose inverse is finite. */
  weigh(best: number, temperature: number): void {
    const scores = this.#scores;
    const weights = this.#weights;
    const count = this.#count;
    const sharpness = 1 / temperature;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const weight = exponential((scores[index]! - best) * sharpness);
      weights[index] = weight;
      total += weight;
    }
    this.#total = total;
  }

  /** Drops what has less than `ratio` of the best one's chance. */
  keepLikely(ratio: number): void {
    if (ratio <= 0) return;
    const weights = this.#weights;
    const count = this.#count;
    let kept = 0;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const weight = weights[index]!;
      if (weight < ratio) continue;
      total += weight;
      this.#move(index, kept++);
    }
    this.#count = kept;
    this.#total = total;
  }

  /** Drops what has less than `share` times the square of the best one's probability. */
  keepLikelySquared(share: number): void {
    // p >= share * pBest² with p = weight / total and pBest = 1 / total.
    if (share > 0) this.keepLikely(share / this.#total);
  }

  /** Keeps the best `limit`. */
  keepBest(limit: number): void {
    if (limit < this.#count) this.#keepTo(limit, false);
  }

  /** Keeps the fewest of the best that together have `share` of the probability, but at least one. */
  keepMass(share: number): void {
    if (share >= 1) return;
    if (share <= 0) {
      this.keepBest(1);
      return;
    }
    const mass = share * this.#total;
    // All that fall below this weight together have less than the share to drop, so they go without being ordered.
    this.keepLikely(((1 - share) * this.#total) / this.#count);
    this.#keepTo(mass, true);
  }

  /** Draws one by its weight. */
  draw(random: SeededRandom): number {
    const tokens = this.#tokens;
    const weights = this.#weights;
    const count = this.#count;
    let rest = random.nextUnit() * this.#total;
    let last = 0;
    for (let index = 0; index < count; index++) {
      const weight = weights[index]!;
      if (weight <= 0) continue;
      last = tokens[index]!;
      rest -= weight;
      if (rest < 0) return last;
    }
    // Rounding may leave a crumb.
    return last;
  }

  #move(from: number, to: number): void {
    this.#tokens[to] = this.#tokens[from]!;
    this.#scores[to] = this.#scores[from]!;
    this.#weights[to] = this.#weights[from]!;
  }

  /** Keeps the best until their number, or their weight, reaches the limit, which is above 0. */
  #keepTo(limit: number, isByWeight: boolean): void {
    let rest = limit;
    let border = 0;
    for (const { shift, known } of LEVELS) {
      this.#sum(border, shift, known, isByWeight);
      let bucket = BUCKETS - 1;
      while (bucket > 0 && this.#sums[bucket]! < rest) rest -= this.#sums[bucket--]!;
      border |= bucket << shift;
    }
    this.#cut(border, rest, isByWeight);
  }

  /** Sums up the candidates whose known bits are the border's, by their next bits. */
  #sum(border: number, shift: number, known: number, isByWeight: boolean): void {
    const bits = this.#bits;
    const weights = this.#weights;
    const sums = this.#sums;
    const count = this.#count;
    sums.fill(0);
    for (let index = 0; index < count; index++) {
      const order = orderOfBits(bits[index]!);
      if (((order ^ border) & known) !== 0) continue;
      sums[(order >>> shift) & (BUCKETS - 1)]! += isByWeight ? weights[index]! : 1;
    }
  }

  /** Keeps what is better than the border, and of those at it the first ones until `rest` is used up. */
  #cut(border: number, rest: number, isByWeight: boolean): void {
    const bits = this.#bits;
    const weights = this.#weights;
    const count = this.#count;
    // Flipping the first bit turns unsigned order into that of JavaScript's 32-bit numbers.
    const signedBorder = border ^ FIRST_BIT;
    let left = rest;
    let kept = 0;
    let total = 0;
    for (let index = 0; index < count; index++) {
      const order = orderOfBits(bits[index]!) ^ FIRST_BIT;
      if (order < signedBorder || (order === signedBorder && left <= 0)) continue;
      const weight = weights[index]!;
      if (order === signedBorder) left -= isByWeight ? weight : 1;
      total += weight;
      this.#move(index, kept++);
    }
    this.#count = kept;
    this.#total = total;
  }
}

const FIRST_BIT = 0x8000_0000 | 0;

/** How far each level's bits stand from the right, and which bits the levels before have settled. */
const LEVELS = [
  { shift: 21, known: 0 },
  { shift: 10, known: 0xffe0_0000 | 0 },
  { shift: 0, known: 0xffff_fc00 | 0 },
] as const;

/** A float's bits as a number with the same order when read without a sign. */
function orderOfBits(bits: number): number {
  return bits ^ ((bits >> 31) | FIRST_BIT);
}
