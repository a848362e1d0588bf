/**
 * Products of a weight matrix with activations. Every pair of row and token is summed in one fixed order, whatever
 * else is computed beside it, so that an answer does not depend on who shares the batch.
 */
import { nearestWhole, sumOfLanes } from './vector';

/** Weights share one scale per 32, as in the file's Q8_0 blocks. */
const BLOCK: usize = 32;

/**
 * Activations as 16-bit integers with one scale per 32: exact to 1.5e-5 of the block's largest value, which is finer
 * than the weights by two digits, and lets the product run on integers.
 */
export function quantizeRows(x: usize, count: usize, quants: usize, scales: usize): void {
  for (let start: usize = 0; start < count; start += BLOCK) {
    const from = x + (start << 2);
    let largest = f32x4.splat(0);
    for (let i: usize = 0; i < 128; i += 16) largest = f32x4.pmax(largest, f32x4.abs(v128.load(from + i)));
    const max01 = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
    const max23 = max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3));
    const bound = max<f32>(max01, max23);
    store<f32>(scales + (start >> 3), bound / 32767);
    const inverse = f32x4.splat(bound > 0 ? 32767 / bound : 0);
    const to = quants + (start << 1);
    for (let i: usize = 0; i < 128; i += 32) {
      const low = nearestWhole(f32x4.mul(v128.load(from + i), inverse));
      const high = nearestWhole(f32x4.mul(v128.load(from + i, 16), inverse));
      v128.store(to + (i >> 1), i16x8.narrow_i32x4_s(low, high));
    }
  }
}

/** Q8_0 blocks as files hold them, a 16-bit float and 32 integers each, as integers in one piece and scales in another. */
export function splitBlocks(raw: usize, blocks: usize, quants: usize, scales: usize): void {
  for (let block: usize = 0; block < blocks; block++) {
    store<f32>(scales + (block << 2), widenHalf(load<u16>(raw)));
    v128.store(quants, v128.load(raw, 2));
    v128.store(quants, v128.load(raw, 18), 16);
    raw += BLOCK + 2;
    quants += BLOCK;
  }
}

/** A 16-bit float, exactly: its bits in the places of a 32-bit one, and the exponent's other origin by a product. */
function widenHalf(half: u32): f32 {
  const size = (half & 0x7fff) << 13;
  const sign = (half & 0x8000) << 16;
  const isNumber = (half & 0x7c00) !== 0x7c00;
  const bits = isNumber ? reinterpret<u32>(reinterpret<f32>(size) * reinterpret<f32>(0x77800000)) : size | 0x7f800000;
  return reinterpret<f32>(bits | sign);
}

function dotBlock(w: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const low = i32x4.add(i32x4.dot_i16x8_s(v128.load8x8_s(w), x0), i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), x1));
  const high = i32x4.add(i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), x2), i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), x3));
  return f32x4.convert_i32x4_s(i32x4.add(low, high));
}

/** out[token][row] = Σ weight[row][i] · x[token][i], for quantised weights and activations. `columns` is a multiple of 32. */
export function multiplyQ8(
  weights: usize,
  weightScales: usize,
  rows: usize,
  columns: usize,
  x: usize,
  xScales: usize,
  tokens: usize,
  out: usize,
): void {
  const blocks = columns / BLOCK;
  let token: usize = 0;
  for (; token + 4 <= tokens; token += 4) {
    for (let row: usize = 0; row < rows; row++) {
      multiplyQ8Tokens(
        weights + row * columns,
        weightScales + ((row * blocks) << 2),
        blocks,
        x + ((token * columns) << 1),
        xScales + ((token * blocks) << 2),
        out + ((token * rows + row) << 2),
        rows,
      );
    }
  }
  for (; token < tokens; token++) {
    const xFrom = x + ((token * columns) << 1);
    const scalesFrom = xScales + ((token * blocks) << 2);
    const to = out + ((token * rows) << 2);
    let row: usize = 0;
    for (; row + 4 <= rows; row += 4) {
      multiplyQ8Rows(
        weights + row * columns,
        weightScales + ((row * blocks) << 2),
        blocks,
        xFrom,
        scalesFrom,
        to + (row << 2),
      );
    }
    for (; row < rows; row++) {
      multiplyQ8Row(
        weights + row * columns,
        weightScales + ((row * blocks) << 2),
        blocks,
        xFrom,
        scalesFrom,
        to + (row << 2),
      );
    }
  }
}

/** One row, four tokens: the widened weights serve all four. */
function multiplyQ8Tokens(w: usize, ws: usize, blocks: usize, x: usize, xs: usize, out: usize, rows: usize): void {
  const step = blocks << 6;
  const scaleStep = blocks << 2;
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    const w0 = v128.load8x8_s(w);
    const w1 = v128.load8x8_s(w, 8);
    const w2 = v128.load8x8_s(w, 16);
    const w3 = v128.load8x8_s(w, 24);
    const scale = load<f32>(ws);
    let at = x;
    let scaleAt = xs;
    sum0 = f32x4.add(sum0, f32x4.mul(dotLoaded(w0, w1, w2, w3, at), f32x4.splat(scale * load<f32>(scaleAt))));
    at += step;
    scaleAt += scaleStep;
    sum1 = f32x4.add(sum1, f32x4.mul(dotLoaded(w0, w1, w2, w3, at), f32x4.splat(scale * load<f32>(scaleAt))));
    at += step;
    scaleAt += scaleStep;
    sum2 = f32x4.add(sum2, f32x4.mul(dotLoaded(w0, w1, w2, w3, at), f32x4.splat(scale * load<f32>(scaleAt))));
    at += step;
    scaleAt += scaleStep;
    sum3 = f32x4.add(sum3, f32x4.mul(dotLoaded(w0, w1, w2, w3, at), f32x4.splat(scale * load<f32>(scaleAt))));
    w += BLOCK;
    ws += 4;
    x += 64;
    xs += 4;
  }
  store<f32>(out, sumOfLanes(sum0));
  store<f32>(out + (rows << 2), sumOfLanes(sum1));
  store<f32>(out + (rows << 3), sumOfLanes(sum2));
  store<f32>(out + (rows << 2) * 3, sumOfLanes(sum3));
}

function dotLoaded(w0: v128, w1: v128, w2: v128, w3: v128, x: usize): v128 {
  const low = i32x4.add(i32x4.dot_i16x8_s(w0, v128.load(x)), i32x4.dot_i16x8_s(w1, v128.load(x, 16)));
  const high = i32x4.add(i32x4.dot_i16x8_s(w2, v128.load(x, 32)), i32x4.dot_i16x8_s(w3, v128.load(x, 48)));
  return f32x4.convert_i32x4_s(i32x4.add(low, high));
}

/** Four rows, one token: the loaded activations serve all four. */
function multiplyQ8Rows(w: usize, ws: usize, blocks: usize, x: usize, xs: usize, out: usize): void {
  const step = blocks * BLOCK;
  const scaleStep = blocks << 2;
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    const scale = load<f32>(xs);
    let at = w;
    let scaleAt = ws;
    sum0 = f32x4.add(sum0, f32x4.mul(dotBlock(at, x0, x1, x2, x3), f32x4.splat(load<f32>(scaleAt) * scale)));
    at += step;
    scaleAt += scaleStep;
    sum1 = f32x4.add(sum1, f32x4.mul(dotBlock(at, x0, x1, x2, x3), f32x4.splat(load<f32>(scaleAt) * scale)));
    at += step;
    scaleAt += scaleStep;
    sum2 = f32x4.add(sum2, f32x4.mul(dotBlock(at, x0, x1, x2, x3), f32x4.splat(load<f32>(scaleAt) * scale)));
    at += step;
    scaleAt += scaleStep;
    sum3 = f32x4.add(sum3, f32x4.mul(dotBlock(at, x0, x1, x2, x3), f32x4.splat(load<f32>(scaleAt) * scale)));
    w += BLOCK;
    ws += 4;
    x += 64;
    xs += 4;
  }
  store<f32>(out, sumOfLanes(sum0));
  store<f32>(out, sumOfLanes(sum1), 4);
  store<f32>(out, sumOfLanes(sum2), 8);
  store<f32>(out, sumOfLanes(sum3), 12);
}

function multiplyQ8Row(w: usize, ws: usize, blocks: usize, x: usize, xs: usize, out: usize): void {
  let sum = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    const dot = dotBlock(w, v128.load(x), v128.load(x, 16), v128.load(x, 32), v128.load(x, 48));
    sum = f32x4.add(sum, f32x4.mul(dot, f32x4.splat(load<f32>(ws) * load<f32>(xs))));
    w += BLOCK;
    ws += 4;
    x += 64;
    xs += 4;
  }
  store<f32>(out, sumOfLanes(sum));
}

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
