/** What the kernels share: a sum over lanes in fixed order, and the exponential in four lanes. */

export function sumOfLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** The sums of four vectors as one, each in the order of `sumOfLanes`. */
export function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  // Pairs of lanes: ab0 has lanes 0 and 1 of a and b in turn, and so on.
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const lane0 = v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5);
  const lane1 = v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7);
  const lane2 = v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5);
  const lane3 = v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7);
  return f32x4.add(f32x4.add(lane0, lane1), f32x4.add(lane2, lane3));
}

/** 1.5 · 2^23: added to a float below 2^22, it leaves the nearest whole number in the lowest bits, ties to even. */
const ROUNDER: f32 = 12582912;

/** The nearest whole numbers, of values below 2^22. Far fewer instructions than a conversion that saturates. */
export function nearestWhole(x: v128): v128 {
  const rounder = f32x4.splat(ROUNDER);
  return i32x4.sub(f32x4.add(x, rounder), rounder);
}

/**
 * e to the power of four values, within 2 units of the last place: x = n·ln 2 + r, then a polynomial for e^r (Cephes,
 * expf), whose exponent n is added to. Below -87.3 it is 0, above 88 it stays at e^88. `pmin` and `pmax` are one
 * instruction each; `min` and `max`, which care for NaN and the sign of zero, are many.
 */
export function exponential(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87.3)), f32x4.splat(88));
  const rounder = f32x4.splat(ROUNDER);
  const rounded = f32x4.add(f32x4.mul(bounded, f32x4.splat(Mathf.LOG2E)), rounder);
  const n = f32x4.sub(rounded, rounder);
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const isTiny = f32x4.lt(x, f32x4.splat(-87.3));
  return v128.andnot(i32x4.add(p, i32x4.shl(rounded, 23)), isTiny);
}
