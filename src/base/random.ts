/** Chance comes in through the front door. A seed makes a routing decision repeatable. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** mulberry32: small, fast, good enough to draw by weight; never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
}

/** Fresh seeds for production; a test passes its own. */
export const systemRandom: Random = { next: () => Math.random() };

export function drawSeed(random: Random): number {
  return Math.floor(random.next() * 4294967296) >>> 0;
}
