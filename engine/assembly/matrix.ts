/**
 * Products of a quantised weight matrix with activations. Every pair of row and token is summed in one fixed order, whatever
 * else is computed beside it, so that an answer does not depend on who shares the batch.
 */
import { nearestWhole } from './vector';

/** Weights share one scale per 32, as in the file's Q8_0 blocks. */
const BLOCK: usize = 32;

// Quantised weights lie as the product reads them: four rows at a time, of which two neighbouring columns each stand side
// by side. So one instruction multiplies a pair of activations by its weights of four rows and adds them up row by row,
// and no sum has to be gathered from the lanes of a vector in the end. The rows' scales lie together likewise.
/** Rows that are multiplied together. A matrix whose rows are no multiple of it has room for the rest. */
const ROWS: usize = 4;
/** Bytes of four rows' blocks, and of their scales. */
const WEIGHT_BYTES: usize = 128;
const SCALE_BYTES: usize = 16;
/** Bytes of one block of activations: a pair is 4, and stands there four times, once for each row. */
const ACTIVATION_BYTES: usize = 256;
/** Rows from so many blocks on are taken for such that no cache keeps: 1,024 columns. */
const WIDE_BLOCKS: usize = 32;

/**
 * Activations as 16-bit integers with one scale per 32: exact to 1.5e-5 of the block's largest value, which is finer
 * than the weights by two digits, and lets the product run on integers. Takes 8 bytes for each.
 */
export function quantizeRows(x: usize, count: usize, quants: usize, scales: usize): void {
  let to = quants;
  for (let start: usize = 0; start < count; start += BLOCK) {
    const from = x + (start << 2);
    let largest = f32x4.splat(0);
    for (let i: usize = 0; i < 128; i += 16) largest = f32x4.pmax(largest, f32x4.abs(v128.load(from + i)));
    const max01 = max<f32>(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1));
    const max23 = max<f32>(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3));
    const bound = max<f32>(max01, max23);
    store<f32>(scales + (start >> 3), bound / 32767);
    const inverse = f32x4.splat(bound > 0 ? 32767 / bound : 0);
    for (let i: usize = 0; i < 128; i += 32) {
      const low = nearestWhole(f32x4.mul(v128.load(from + i), inverse));
      const high = nearestWhole(f32x4.mul(v128.load(from + i, 16), inverse));
      const pairs = i16x8.narrow_i32x4_s(low, high);
      v128.store(to, i32x4.splat(i32x4.extract_lane(pairs, 0)));
      v128.store(to, i32x4.splat(i32x4.extract_lane(pairs, 1)), 16);
      v128.store(to, i32x4.splat(i32x4.extract_lane(pairs, 2)), 32);
      v128.store(to, i32x4.splat(i32x4.extract_lane(pairs, 3)), 48);
      to += 64;
    }
  }
}

/**
 * Q8_0 blocks as files hold them, a 16-bit float and 32 integers each, as the product reads them: those from number
 * `first` on of a matrix with `rowBlocks` in a row.
 */
export function splitBlocks(
  raw: usize,
  blocks: usize,
  first: usize,
  rowBlocks: usize,
  quants: usize,
  scales: usize,
): void {
  let row = first / rowBlocks;
  let inRow = first % rowBlocks;
  for (let left = blocks; left > 0; left--) {
    const place = (row / ROWS) * rowBlocks + inRow;
    const lane = row % ROWS;
    store<f32>(scales + place * SCALE_BYTES + (lane << 2), widenHalf(load<u16>(raw)));
    const to = quants + place * WEIGHT_BYTES + (lane << 1);
    storePairs(to, v128.load(raw, 2));
    storePairs(to + WEIGHT_BYTES / 2, v128.load(raw, 18));
    raw += BLOCK + 2;
    inRow++;
    if (inRow === rowBlocks) {
      inRow = 0;
      row++;
    }
  }
}

/** Eight pairs of columns, each beside those of the other three rows. */
function storePairs(to: usize, pairs: v128): void {
  v128.store16_lane(to, pairs, 0);
  v128.store16_lane(to, pairs, 1, 8);
  v128.store16_lane(to, pairs, 2, 16);
  v128.store16_lane(to, pairs, 3, 24);
  v128.store16_lane(to, pairs, 4, 32);
  v128.store16_lane(to, pairs, 5, 40);
  v128.store16_lane(to, pairs, 6, 48);
  v128.store16_lane(to, pairs, 7, 56);
}

/** One row of quantised weights as floats, for the table of token embeddings. */
export function widenRow(weights: usize, weightScales: usize, row: usize, columns: usize, out: usize): void {
  const blocks = columns / BLOCK;
  const lane = row % ROWS;
  let from = weights + (row / ROWS) * blocks * WEIGHT_BYTES + (lane << 1);
  let scaleAt = weightScales + (row / ROWS) * blocks * SCALE_BYTES + (lane << 2);
  for (let block: usize = 0; block < blocks; block++) {
    const scale = load<f32>(scaleAt);
    for (let i: usize = 0; i < BLOCK; i += 2) {
      store<f32>(out, (load<i8>(from + (i << 2)) as f32) * scale);
      store<f32>(out, (load<i8>(from + (i << 2), 1) as f32) * scale, 4);
      out += 8;
    }
    from += WEIGHT_BYTES;
    scaleAt += SCALE_BYTES;
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
  while (token < tokens) {
    const left = tokens - token;
    const together: usize = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const xFrom = x + token * blocks * ACTIVATION_BYTES;
    const xsFrom = xScales + ((token * blocks) << 2);
    const to = out + ((token * rows) << 2);
    let row: usize = 0;
    if (together === 1 && blocks >= WIDE_BLOCKS)
      row = multiplyWide(weights, weightScales, rows, blocks, xFrom, xsFrom, to);
    else if (together === 4) row = multiplyFours(weights, weightScales, rows, blocks, xFrom, xsFrom, to);
    else if (together === 2) row = multiplyTwos(weights, weightScales, rows, blocks, xFrom, xsFrom, to);
    // What rows are left, or all of them.
    const w = weights + row * columns;
    const ws = weightScales + ((row * blocks) << 2);
    for (let i: usize = 0; i < together; i++) {
      const own = xFrom + i * blocks * ACTIVATION_BYTES;
      multiplyOnes(w, ws, rows - row, blocks, own, xsFrom + ((i * blocks) << 2), to + ((i * rows + row) << 2));
    }
    token += together;
  }
}

/** One token. */
function multiplyOnes(w: usize, ws: usize, rows: usize, blocks: usize, x: usize, xs: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row += ROWS) {
    const sums = multiplyOne(w, ws, blocks, x, xs);
    const to = out + (row << 2);
    if (row + ROWS <= rows) v128.store(to, sums);
    else storeSome(sums, rows - row, to);
    w += blocks * WEIGHT_BYTES;
    ws += blocks * SCALE_BYTES;
  }
}

/**
 * One token, eight rows at a time, as many as are a multiple of eight, which is returned: weights that come from the
 * machine's memory come quicker as two streams.
 */
function multiplyWide(w: usize, ws: usize, rows: usize, blocks: usize, x: usize, xs: usize, out: usize): usize {
  let row: usize = 0;
  for (; row + 2 * ROWS <= rows; row += 2 * ROWS) {
    multiplyEight(w, ws, blocks, x, xs, out + (row << 2));
    w += 2 * blocks * WEIGHT_BYTES;
    ws += 2 * blocks * SCALE_BYTES;
  }
  return row;
}

/** Fewer than four. */
function storeSome(values: v128, count: usize, to: usize): void {
  store<f32>(to, f32x4.extract_lane(values, 0));
  if (count > 1) store<f32>(to, f32x4.extract_lane(values, 1), 4);
  if (count > 2) store<f32>(to, f32x4.extract_lane(values, 2), 8);
}

/** Two tokens, as many rows as are a multiple of eight, which is returned. */
function multiplyTwos(w: usize, ws: usize, rows: usize, blocks: usize, x: usize, xs: usize, out: usize): usize {
  let row: usize = 0;
  for (; row + 2 * ROWS <= rows; row += 2 * ROWS) {
    multiplyTwo(w, ws, blocks, x, xs, out + (row << 2), rows << 2);
    w += 2 * blocks * WEIGHT_BYTES;
    ws += 2 * blocks * SCALE_BYTES;
  }
  return row;
}

/** Four tokens, as many rows as are a multiple of four, which is returned. */
function multiplyFours(w: usize, ws: usize, rows: usize, blocks: usize, x: usize, xs: usize, out: usize): usize {
  let row: usize = 0;
  for (; row + ROWS <= rows; row += ROWS) {
    multiplyFour(w, ws, blocks, x, xs, out + (row << 2), rows << 2);
    w += blocks * WEIGHT_BYTES;
    ws += blocks * SCALE_BYTES;
  }
  return row;
}

// The products below give the same bits: integers are summed exactly, and blocks in their order. How far their loops
// are written out was measured; written out wholly, those of two and four tokens are slower by a third.

/** Four rows, one token. */
function multiplyOne(w: usize, ws: usize, blocks: usize, x: usize, xs: usize): v128 {
  let sum = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    const dot = i32x4.add(dotHalf(w, x), dotHalf(w + 64, x + 128));
    sum = f32x4.add(sum, scaled(dot, v128.load(ws), xs));
    w += WEIGHT_BYTES;
    ws += SCALE_BYTES;
    x += ACTIVATION_BYTES;
    xs += 4;
  }
  return sum;
}

/** Sixteen columns of four rows. */
function dotHalf(w: usize, x: usize): v128 {
  const pair0 = i32x4.dot_i16x8_s(v128.load8x8_s(w), v128.load(x));
  const pair1 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), v128.load(x, 16));
  const pair2 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), v128.load(x, 32));
  const pair3 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), v128.load(x, 48));
  const pair4 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 32), v128.load(x, 64));
  const pair5 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 40), v128.load(x, 80));
  const pair6 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 48), v128.load(x, 96));
  const pair7 = i32x4.dot_i16x8_s(v128.load8x8_s(w, 56), v128.load(x, 112));
  const first = i32x4.add(i32x4.add(pair0, pair1), i32x4.add(pair2, pair3));
  return i32x4.add(first, i32x4.add(i32x4.add(pair4, pair5), i32x4.add(pair6, pair7)));
}

/** Eight rows, one token. */
function multiplyEight(w: usize, ws: usize, blocks: usize, x: usize, xs: usize, out: usize): void {
  // The other four rows.
  let v = w + blocks * WEIGHT_BYTES;
  let vs = ws + blocks * SCALE_BYTES;
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    let dot0 = i32x4.splat(0);
    let dot1 = i32x4.splat(0);
    for (let i: usize = 0; i < ACTIVATION_BYTES; i += 64) {
      const x0 = v128.load(x + i);
      const x1 = v128.load(x + i, 16);
      const x2 = v128.load(x + i, 32);
      const x3 = v128.load(x + i, 48);
      dot0 = i32x4.add(dot0, dotFour(w + (i >> 1), x0, x1, x2, x3));
      dot1 = i32x4.add(dot1, dotFour(v + (i >> 1), x0, x1, x2, x3));
    }
    sum0 = f32x4.add(sum0, scaled(dot0, v128.load(ws), xs));
    sum1 = f32x4.add(sum1, scaled(dot1, v128.load(vs), xs));
    w += WEIGHT_BYTES;
    v += WEIGHT_BYTES;
    ws += SCALE_BYTES;
    vs += SCALE_BYTES;
    x += ACTIVATION_BYTES;
    xs += 4;
  }
  v128.store(out, sum0);
  v128.store(out, sum1, 16);
}

/** Four pairs of columns of four rows. */
function dotFour(w: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const low = dotPairs(v128.load8x8_s(w), v128.load8x8_s(w, 8), x0, x1);
  return i32x4.add(low, dotPairs(v128.load8x8_s(w, 16), v128.load8x8_s(w, 24), x2, x3));
}

/** Eight rows, two tokens: widened weights serve both tokens, loaded activations all rows. */
function multiplyTwo(w: usize, ws: usize, blocks: usize, x0: usize, xs: usize, out: usize, outStep: usize): void {
  let x1 = x0 + blocks * ACTIVATION_BYTES;
  // The other four rows.
  let v = w + blocks * WEIGHT_BYTES;
  let vs = ws + blocks * SCALE_BYTES;
  let sum00 = f32x4.splat(0);
  let sum01 = f32x4.splat(0);
  let sum10 = f32x4.splat(0);
  let sum11 = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    let dot00 = i32x4.splat(0);
    let dot01 = i32x4.splat(0);
    let dot10 = i32x4.splat(0);
    let dot11 = i32x4.splat(0);
    for (let i: usize = 0; i < ACTIVATION_BYTES; i += 64) {
      let x00 = v128.load(x0 + i);
      let x01 = v128.load(x0 + i, 16);
      let x10 = v128.load(x1 + i);
      let x11 = v128.load(x1 + i, 16);
      let w0 = v128.load8x8_s(w + (i >> 1));
      let w1 = v128.load8x8_s(w + (i >> 1), 8);
      dot00 = i32x4.add(dot00, dotPairs(w0, w1, x00, x01));
      dot01 = i32x4.add(dot01, dotPairs(w0, w1, x10, x11));
      w0 = v128.load8x8_s(v + (i >> 1));
      w1 = v128.load8x8_s(v + (i >> 1), 8);
      dot10 = i32x4.add(dot10, dotPairs(w0, w1, x00, x01));
      dot11 = i32x4.add(dot11, dotPairs(w0, w1, x10, x11));
      x00 = v128.load(x0 + i, 32);
      x01 = v128.load(x0 + i, 48);
      x10 = v128.load(x1 + i, 32);
      x11 = v128.load(x1 + i, 48);
      w0 = v128.load8x8_s(w + (i >> 1), 16);
      w1 = v128.load8x8_s(w + (i >> 1), 24);
      dot00 = i32x4.add(dot00, dotPairs(w0, w1, x00, x01));
      dot01 = i32x4.add(dot01, dotPairs(w0, w1, x10, x11));
      w0 = v128.load8x8_s(v + (i >> 1), 16);
      w1 = v128.load8x8_s(v + (i >> 1), 24);
      dot10 = i32x4.add(dot10, dotPairs(w0, w1, x00, x01));
      dot11 = i32x4.add(dot11, dotPairs(w0, w1, x10, x11));
    }
    const scales = v128.load(ws);
    sum00 = f32x4.add(sum00, scaled(dot00, scales, xs));
    sum01 = f32x4.add(sum01, scaled(dot01, scales, xs + (blocks << 2)));
    const more = v128.load(vs);
    sum10 = f32x4.add(sum10, scaled(dot10, more, xs));
    sum11 = f32x4.add(sum11, scaled(dot11, more, xs + (blocks << 2)));
    w += WEIGHT_BYTES;
    v += WEIGHT_BYTES;
    ws += SCALE_BYTES;
    vs += SCALE_BYTES;
    x0 += ACTIVATION_BYTES;
    x1 += ACTIVATION_BYTES;
    xs += 4;
  }
  v128.store(out, sum00);
  v128.store(out, sum10, 16);
  v128.store(out + outStep, sum01);
  v128.store(out + outStep, sum11, 16);
}

/** Four rows, four tokens. */
function multiplyFour(w: usize, ws: usize, blocks: usize, x0: usize, xs: usize, out: usize, outStep: usize): void {
  const step = blocks * ACTIVATION_BYTES;
  const scaleStep = blocks << 2;
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (let block: usize = 0; block < blocks; block++) {
    const x1 = x0 + step;
    const x2 = x1 + step;
    const x3 = x2 + step;
    let dot0 = i32x4.splat(0);
    let dot1 = i32x4.splat(0);
    let dot2 = i32x4.splat(0);
    let dot3 = i32x4.splat(0);
    for (let i: usize = 0; i < ACTIVATION_BYTES; i += 32) {
      const w0 = v128.load8x8_s(w + (i >> 1));
      const w1 = v128.load8x8_s(w + (i >> 1), 8);
      dot0 = i32x4.add(dot0, dotPairs(w0, w1, v128.load(x0 + i), v128.load(x0 + i, 16)));
      dot1 = i32x4.add(dot1, dotPairs(w0, w1, v128.load(x1 + i), v128.load(x1 + i, 16)));
      dot2 = i32x4.add(dot2, dotPairs(w0, w1, v128.load(x2 + i), v128.load(x2 + i, 16)));
      dot3 = i32x4.add(dot3, dotPairs(w0, w1, v128.load(x3 + i), v128.load(x3 + i, 16)));
    }
    const scales = v128.load(ws);
    sum0 = f32x4.add(sum0, scaled(dot0, scales, xs));
    sum1 = f32x4.add(sum1, scaled(dot1, scales, xs + scaleStep));
    sum2 = f32x4.add(sum2, scaled(dot2, scales, xs + scaleStep * 2));
    sum3 = f32x4.add(sum3, scaled(dot3, scales, xs + scaleStep * 3));
    w += WEIGHT_BYTES;
    ws += SCALE_BYTES;
    x0 += ACTIVATION_BYTES;
    xs += 4;
  }
  v128.store(out, sum0);
  v128.store(out + outStep, sum1);
  v128.store(out + outStep * 2, sum2);
  v128.store(out + outStep * 3, sum3);
}

/** Two pairs of columns of four rows. */
function dotPairs(w0: v128, w1: v128, x0: v128, x1: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(w0, x0), i32x4.dot_i16x8_s(w1, x1));
}

/** A block's sums times both scales. */
function scaled(dot: v128, scales: v128, xs: usize): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(dot), f32x4.mul(scales, v128.load32_splat(xs)));
}
