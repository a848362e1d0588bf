/** Products of a matrix of 32-bit floats with activations, each sum in one fixed order as in `matrix.ts`. */
import { sumOfLanes } from './vector';

/** out[token][row] = Σ weight[row][i] · x[token][i] in 32-bit floats. `columns` is a multiple of 4. */
export function multiplyF32(weights: usize, rows: usize, columns: usize, x: usize, tokens: usize, out: usize): void {
  const step = columns << 2;
  for (let token: usize = 0; token < tokens; token++) {
    const xFrom = x + token * step;
    const to = out + ((token * rows) << 2);
    let row: usize = 0;
    for (; row + 4 <= rows; row += 4) {
      const w = weights + row * step;
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let sum2 = f32x4.splat(0);
      let sum3 = f32x4.splat(0);
      for (let i: usize = 0; i < step; i += 16) {
        const value = v128.load(xFrom + i);
        const at = w + i;
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load(at), value));
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load(at + step), value));
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load(at + step * 2), value));
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load(at + step * 3), value));
      }
      store<f32>(to + (row << 2), sumOfLanes(sum0));
      store<f32>(to + (row << 2), sumOfLanes(sum1), 4);
      store<f32>(to + (row << 2), sumOfLanes(sum2), 8);
      store<f32>(to + (row << 2), sumOfLanes(sum3), 12);
    }
    for (; row < rows; row++) {
      const w = weights + row * step;
      let sum = f32x4.splat(0);
      for (let i: usize = 0; i < step; i += 16) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(w + i), v128.load(xFrom + i)));
      }
      store<f32>(to + (row << 2), sumOfLanes(sum));
    }
  }
}
