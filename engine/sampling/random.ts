/**
 * xoshiro128** 1.1 by Blackman and Vigna (public domain, prng.di.unimi.it), seeded through SplitMix64 as its authors
 * advise. 32-bit integers only, so a seed gives the same numbers in every runtime.
 */
import { SamplingError } from './sampling-error.ts';

export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Whole numbers; the seed counts modulo 2^64. */
  constructor(seed: bigint | number) {
    if (typeof seed === 'number' && !Number.isInteger(seed)) {
      throw new SamplingError('option-invalid', 'the seed is not a whole number');
    }
    const state = splitMix64(BigInt(seed));
    const first = state();
    const second = state();
    this.#a = Number(first & LOW_32) | 0;
    this.#b = Number(first >> 32n) | 0;
    this.#c = Number(second & LOW_32) | 0;
    this.#d = Number(second >> 32n) | 0;
  }

  /** 32 bits, unsigned. */
  nextUint32(): number {
    const scaled = Math.imul(this.#b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** From 0 up to but not 1, in steps of 2^-53. */
  nextUnit(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }
}

const LOW_32 = 0xffff_ffffn;
const LOW_64 = 0xffff_ffff_ffff_ffffn;

/** Steele, Lea and Flood's generator: any two seeds, also neighbours, start far from each other. */
export function splitMix64(seed: bigint): () => bigint {
  let state = seed & LOW_64;
  return () => {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & LOW_64;
    let mixed = state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & LOW_64;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & LOW_64;
    return mixed ^ (mixed >> 31n);
  };
}
