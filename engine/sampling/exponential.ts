/**
 * e to the power of x, for x from -87 to 0, within 2 units of the last place; 0 below -87, NaN for NaN.
 *
 * Not `Math.exp`: that one differs in its last bit between JavaScript engines, and one bit can move a draw to another
 * token. This needs only +, - and *, which IEEE 754 fixes, so a seed gives the same text in every runtime.
 */
export function exponential(x: number): number {
  if (x < UNDERFLOW) return 0;
  const steps = Math.floor(x * STEPS_PER_UNIT + 0.5);
  const r = x - steps * STEP_HIGH - steps * STEP_LOW;
  const tail = r * (1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720))))));
  const root = ROOTS[steps & 31]!;
  return (root + root * tail) * HALVES[-(steps >> 5)]!;
}

/** A token with less than e^-87 of the best one's chance is never drawn in practice. */
const UNDERFLOW = -87;

/** x is cut into steps of ln(2) / 32. The high part has 21 bits, so that its product with a count of steps is exact. */
const STEPS_PER_UNIT = 46.16624130844683;
const STEP_HIGH = 0.021660848520696163;
const STEP_LOW = 8.718021277417984e-10;

/** 2^(i / 32), from a series whose terms are summed smallest first. */
const ROOTS = Float64Array.from({ length: 32 }, (_, index) => {
  const x = (index * Math.LN2) / 32;
  let sum = 1;
  for (let term = 24; term >= 1; term--) sum = 1 + (x * sum) / term;
  return sum;
});

/** 2^-i, by halving, which is exact. */
const HALVES = new Float64Array(128);
for (let index = 0, power = 1; index < HALVES.length; index++, power /= 2) HALVES[index] = power;
