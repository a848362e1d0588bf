/** The steps between the matrix products: norms, rotations, activations, the choice of an expert. All in place or row by row. */
import { exponential, sumOfLanes } from './vector';

/** out = x / sqrt(mean(x²) + epsilon) · weight, row by row. A weight of 0 means none (the norm of queries and keys). */
export function rmsNorm(x: usize, weight: usize, rows: usize, columns: usize, epsilon: f32, out: usize): void {
  const size = columns << 2;
  for (let row: usize = 0; row < rows; row++) {
    const from = x + row * size;
    const to = out + row * size;
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < size; i += 16) {
      const value = v128.load(from + i);
      squares = f32x4.add(squares, f32x4.mul(value, value));
    }
    const factor = f32x4.splat(1 / sqrt<f32>(sumOfLanes(squares) / (columns as f32) + epsilon));
    for (let i: usize = 0; i < size; i += 16) {
      const value = f32x4.mul(v128.load(from + i), factor);
      v128.store(to + i, weight === 0 ? value : f32x4.mul(value, v128.load(weight + i)));
    }
  }
}

/** out = (x - mean) / sqrt(variance + epsilon) · weight + bias, row by row. */
export function layerNorm(
  x: usize,
  weight: usize,
  bias: usize,
  rows: usize,
  columns: usize,
  epsilon: f32,
  out: usize,
): void {
  const size = columns << 2;
  for (let row: usize = 0; row < rows; row++) {
    const from = x + row * size;
    const to = out + row * size;
    let total = f32x4.splat(0);
    for (let i: usize = 0; i < size; i += 16) total = f32x4.add(total, v128.load(from + i));
    const mean = f32x4.splat(sumOfLanes(total) / (columns as f32));
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < size; i += 16) {
      const value = f32x4.sub(v128.load(from + i), mean);
      squares = f32x4.add(squares, f32x4.mul(value, value));
    }
    const factor = f32x4.splat(1 / sqrt<f32>(sumOfLanes(squares) / (columns as f32) + epsilon));
    for (let i: usize = 0; i < size; i += 16) {
      const value = f32x4.mul(f32x4.sub(v128.load(from + i), mean), factor);
      v128.store(to + i, f32x4.add(f32x4.mul(value, v128.load(weight + i)), v128.load(bias + i)));
    }
  }
}

/** x += y */
export function add(x: usize, y: usize, count: usize): void {
  for (let i: usize = 0; i < count << 2; i += 16) v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(y + i)));
}

/** Every row of x += bias. */
export function addBias(x: usize, bias: usize, rows: usize, columns: usize): void {
  for (let row: usize = 0; row < rows; row++) add(x + ((row * columns) << 2), bias, columns);
}

/** x *= factor */
export function scale(x: usize, count: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let i: usize = 0; i < count << 2; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), by));
}

/** gate = silu(gate) · up, where silu(x) = x / (1 + e^-x). */
export function gateSilu(gate: usize, up: usize, count: usize): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < count << 2; i += 16) {
    const value = v128.load(gate + i);
    const silu = f32x4.div(value, f32x4.add(one, exponential(f32x4.neg(value))));
    v128.store(gate + i, f32x4.mul(silu, v128.load(up + i)));
  }
}

/** gelu(x) = x/2 · (1 + erf(x/√2)), with erf by Abramowitz and Stegun 7.1.26 (absolute error below 1.5e-7). In place. */
export function gelu(x: usize, count: usize): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < count << 2; i += 16) {
    const value = v128.load(x + i);
    const z = f32x4.mul(f32x4.abs(value), f32x4.splat(Mathf.SQRT1_2));
    const t = f32x4.div(one, f32x4.add(one, f32x4.mul(z, f32x4.splat(0.3275911))));
    let p = f32x4.splat(1.061405429);
    p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-1.453152027));
    p = f32x4.add(f32x4.mul(p, t), f32x4.splat(1.421413741));
    p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.284496736));
    p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.254829592));
    const tail = f32x4.mul(f32x4.mul(p, t), exponential(f32x4.neg(f32x4.mul(z, z))));
    // For positive x, (1 + erf)/2 is 1 - tail/2; for negative it is tail/2.
    const half = f32x4.mul(tail, f32x4.splat(0.5));
    const share = v128.bitselect(half, f32x4.sub(one, half), f32x4.lt(value, f32x4.splat(0)));
    v128.store(x + i, f32x4.mul(value, share));
  }
}

/** The base frequencies of the rotation: base^(-2i/size) for i below size/2. */
export function rotaryFrequencies(base: f64, size: usize, out: usize): void {
  for (let i: usize = 0; i < size; i += 2) {
    store<f32>(out + (i << 1), (1 / base ** ((i as f64) / (size as f64))) as f32);
  }
}

/** Cosine and sine of position · frequency, pair by pair, for one position. The angle is rounded to 32 bits first, as the reference does. */
export function rotaryAngles(position: i32, frequencies: usize, pairs: usize, out: usize): void {
  for (let i: usize = 0; i < pairs; i++) {
    const angle = (position as f32) * load<f32>(frequencies + (i << 2));
    store<f32>(out + (i << 3), Math.cos(angle as f64) as f32);
    store<f32>(out + (i << 3), Math.sin(angle as f64) as f32, 4);
  }
}

/** Turns neighbouring pairs of each head by the row's angles; angles are [row][pair] of cosine and sine. In place. */
export function rotate(x: usize, angles: usize, rows: usize, heads: usize, headSize: usize): void {
  const size = headSize << 2;
  for (let row: usize = 0; row < rows; row++) {
    const angle = angles + row * size;
    for (let head: usize = 0; head < heads; head++) {
      const at = x + (row * heads + head) * size;
      for (let i: usize = 0; i < size; i += 16) {
        const value = v128.load(at + i);
        const turn = v128.load(angle + i);
        const cosine = v128.shuffle<f32>(turn, turn, 0, 0, 2, 2);
        const sine = v128.shuffle<f32>(turn, turn, 1, 1, 3, 3);
        const swapped = v128.shuffle<f32>(value, value, 1, 0, 3, 2);
        const signed = f32x4.mul(f32x4.mul(swapped, sine), f32x4(-1, 1, -1, 1));
        v128.store(at + i, f32x4.add(f32x4.mul(value, cosine), signed));
      }
    }
  }
}

/** The best expert of each row and the sigmoid of its score. The first of equals wins, as in the reference. */
export function chooseExperts(logits: usize, rows: usize, experts: usize, chosen: usize, scores: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const at = logits + ((row * experts) << 2);
    let best: usize = 0;
    let score = load<f32>(at);
    for (let expert: usize = 1; expert < experts; expert++) {
      const value = load<f32>(at + (expert << 2));
      if (value > score) {
        score = value;
        best = expert;
      }
    }
    store<u32>(chosen + (row << 2), best as u32);
    store<f32>(scores + (row << 2), 1 / (1 + f32x4.extract_lane(exponential(f32x4.splat(-score)), 0)));
  }
}

/** out[i] = x[order[i]] · scores[order[i]]: rows gathered so that those of one expert lie together. */
export function gatherRows(x: usize, order: usize, scores: usize, rows: usize, columns: usize, out: usize): void {
  const size = columns << 2;
  for (let row: usize = 0; row < rows; row++) {
    const source = load<u32>(order + (row << 2)) as usize;
    const factor = f32x4.splat(load<f32>(scores + (source << 2)));
    for (let i: usize = 0; i < size; i += 16) {
      v128.store(out + row * size + i, f32x4.mul(v128.load(x + source * size + i), factor));
    }
  }
}

/** x[order[i]] += y[i] */
export function scatterRows(x: usize, order: usize, y: usize, rows: usize, columns: usize): void {
  const size = columns << 2;
  for (let row: usize = 0; row < rows; row++) {
    add(x + (load<u32>(order + (row << 2)) as usize) * size, y + row * size, columns);
  }
}

/** The place of the largest value, the first of equals; -1 where any of them is no finite number. */
export function findLargest(x: usize, count: usize): i32 {
  const end = x + (count << 2);
  const whole = x + ((count & ~3) << 2);
  let largest4 = f32x4.splat(-Infinity);
  // Nothing times a finite number is nothing; times any other it is NaN, and so is the sum.
  let total4 = f32x4.splat(0);
  for (let at = x; at < whole; at += 16) {
    const values = v128.load(at);
    largest4 = f32x4.pmax(largest4, values);
    total4 = f32x4.add(total4, f32x4.mul(values, f32x4.splat(0)));
  }
  let largest = max<f32>(
    max<f32>(f32x4.extract_lane(largest4, 0), f32x4.extract_lane(largest4, 1)),
    max<f32>(f32x4.extract_lane(largest4, 2), f32x4.extract_lane(largest4, 3)),
  );
  let total = sumOfLanes(total4);
  for (let at = whole; at < end; at += 4) {
    largest = max<f32>(largest, load<f32>(at));
    total += load<f32>(at) * 0;
  }
  if (total !== 0) return -1;
  const wanted = f32x4.splat(largest);
  let at = x;
  while (at < whole && !v128.any_true(f32x4.eq(v128.load(at), wanted))) at += 16;
  while (at < end && load<f32>(at) !== largest) at += 4;
  return at < end ? (((at - x) >> 2) as i32) : -1;
}
