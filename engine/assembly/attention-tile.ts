/**
 * Attention of four queries that share their keys and values: a key that was loaded serves all four, which is what long
 * prompts wait for. Every query's sums run in the very order of `attention.ts`, so that no answer depends on its tile.
 */
import { exponential, sumsOfLanes } from './vector';

/**
 * Where the tile at work is listed, four numbers each: addresses of the queries and of their results, and the token each
 * sees up to. In the caller's own room: threads share all memory, only a global like this one is a thread's own.
 */
let tile: usize = 0;
const QUERIES: usize = 0;
const OUTS: usize = 16;
const ENDS: usize = 32;
/** Bytes of such a list. */
export const TILE_BYTES: usize = 48;

export function placeTile(at: usize): void {
  tile = at;
}

/** Lists query `index` of the next tile. */
export function setQuery(index: usize, query: usize, out: usize, end: usize): void {
  store<u32>(tile + (index << 2), query as u32, QUERIES);
  store<u32>(tile + (index << 2), out as u32, OUTS);
  store<u32>(tile + (index << 2), end as u32, ENDS);
}

/**
 * All four see from token `from` on. `keys` and `values` are the head's own, `step` bytes lie between tokens, `size`
 * bytes are a head. `scores` has room for four floats per token.
 */
export function attendTile(
  from: usize,
  pages: usize,
  pageTokens: usize,
  keys: usize,
  values: usize,
  step: usize,
  size: usize,
  factor: f32,
  scores: usize,
): void {
  let to: usize = 0;
  for (let i: usize = 0; i < 16; i += 4) to = max<usize>(to, load<u32>(tile + i, ENDS) as usize);
  scoreKeys(from, to, pages, pageTokens, keys, step, size, factor, scores);
  hideUnseen(from, to, scores);
  const inverse = f32x4.div(f32x4.splat(1), weigh(scores, to - from));
  let column: usize = 0;
  for (; column + 32 <= size; column += 32) {
    mixEight(from, to, pages, pageTokens, values + column, step, column, inverse, scores);
  }
  for (; column < size; column += 16) {
    mixFour(from, to, pages, pageTokens, values + column, step, column, inverse, scores);
  }
}

/** Scores are [token][query]. */
function scoreKeys(
  from: usize,
  to: usize,
  pages: usize,
  pageTokens: usize,
  keys: usize,
  step: usize,
  size: usize,
  factor: f32,
  scores: usize,
): void {
  const by = f32x4.splat(factor);
  let at = scores;
  let token = from;
  while (token < to) {
    const inPage = token % pageTokens;
    const count = min<usize>(pageTokens - inPage, to - token);
    const key = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + keys + inPage * step;
    scoreNeighbours(key, count, step, size, by, at);
    at += count << 4;
    token += count;
  }
}

/**
 * Keys of one page, two at a time for four queries: eight sums side by side. An odd last key is taken twice; its second
 * score stands where the next token's will, or in the room behind the last.
 */
function scoreNeighbours(first: usize, count: usize, step: usize, size: usize, factor: v128, scores: usize): void {
  const query0 = load<u32>(tile, QUERIES) as usize;
  const query1 = load<u32>(tile, QUERIES + 4) as usize;
  const query2 = load<u32>(tile, QUERIES + 8) as usize;
  const query3 = load<u32>(tile, QUERIES + 12) as usize;
  const last = first + (count - 1) * step;
  let at = scores;
  for (let key = first; key <= last; key += step << 1) {
    const next = min<usize>(key + step, last);
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    let more0 = f32x4.splat(0);
    let more1 = f32x4.splat(0);
    let more2 = f32x4.splat(0);
    let more3 = f32x4.splat(0);
    for (let j: usize = 0; j < size; j += 16) {
      const part = v128.load(key + j);
      const more = v128.load(next + j);
      const own0 = v128.load(query0 + j);
      const own1 = v128.load(query1 + j);
      const own2 = v128.load(query2 + j);
      const own3 = v128.load(query3 + j);
      sum0 = f32x4.add(sum0, f32x4.mul(part, own0));
      more0 = f32x4.add(more0, f32x4.mul(more, own0));
      sum1 = f32x4.add(sum1, f32x4.mul(part, own1));
      more1 = f32x4.add(more1, f32x4.mul(more, own1));
      sum2 = f32x4.add(sum2, f32x4.mul(part, own2));
      more2 = f32x4.add(more2, f32x4.mul(more, own2));
      sum3 = f32x4.add(sum3, f32x4.mul(part, own3));
      more3 = f32x4.add(more3, f32x4.mul(more, own3));
    }
    v128.store(at, f32x4.mul(sumsOfLanes(sum0, sum1, sum2, sum3), factor));
    v128.store(at, f32x4.mul(sumsOfLanes(more0, more1, more2, more3), factor), 16);
    at += 32;
  }
}

/** Queries of a tile end a few tokens apart. */
function hideUnseen(from: usize, to: usize, scores: usize): void {
  for (let i: usize = 0; i < 16; i += 4) {
    for (let token = load<u32>(tile + i, ENDS) as usize; token < to; token++) {
      store<f32>(scores + ((token - from) << 4) + i, -Infinity);
    }
  }
}

/** Scores become e^(score - largest); returns the sums of the four queries, each in four parts by token modulo 4. */
function weigh(scores: usize, count: usize): v128 {
  const end = scores + (count << 4);
  const padded = scores + (((count + 3) & ~3) << 4);
  let largest = f32x4.splat(-Infinity);
  for (let at = scores; at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at));
  for (let at = end; at < padded; at += 16) v128.store(at, f32x4.splat(-Infinity));
  let total0 = f32x4.splat(0);
  let total1 = f32x4.splat(0);
  let total2 = f32x4.splat(0);
  let total3 = f32x4.splat(0);
  for (let at = scores; at < padded; at += 64) {
    const weight0 = exponential(f32x4.sub(v128.load(at), largest));
    const weight1 = exponential(f32x4.sub(v128.load(at, 16), largest));
    const weight2 = exponential(f32x4.sub(v128.load(at, 32), largest));
    const weight3 = exponential(f32x4.sub(v128.load(at, 48), largest));
    v128.store(at, weight0);
    v128.store(at, weight1, 16);
    v128.store(at, weight2, 32);
    v128.store(at, weight3, 48);
    total0 = f32x4.add(total0, weight0);
    total1 = f32x4.add(total1, weight1);
    total2 = f32x4.add(total2, weight2);
    total3 = f32x4.add(total3, weight3);
  }
  return f32x4.add(f32x4.add(total0, total1), f32x4.add(total2, total3));
}

/** Eight columns of all four results: eight sums side by side, none waiting for its own last addition. */
function mixEight(
  from: usize,
  to: usize,
  pages: usize,
  pageTokens: usize,
  values: usize,
  step: usize,
  column: usize,
  inverse: v128,
  weights: usize,
): void {
  let low0 = f32x4.splat(0);
  let low1 = f32x4.splat(0);
  let low2 = f32x4.splat(0);
  let low3 = f32x4.splat(0);
  let high0 = f32x4.splat(0);
  let high1 = f32x4.splat(0);
  let high2 = f32x4.splat(0);
  let high3 = f32x4.splat(0);
  let at = weights;
  let token = from;
  while (token < to) {
    const inPage = token % pageTokens;
    const count = min<usize>(pageTokens - inPage, to - token);
    let value = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + values + inPage * step;
    for (let i: usize = 0; i < count; i++) {
      const low = v128.load(value);
      const high = v128.load(value, 16);
      const weight0 = v128.load32_splat(at);
      const weight1 = v128.load32_splat(at, 4);
      const weight2 = v128.load32_splat(at, 8);
      const weight3 = v128.load32_splat(at, 12);
      low0 = f32x4.add(low0, f32x4.mul(weight0, low));
      high0 = f32x4.add(high0, f32x4.mul(weight0, high));
      low1 = f32x4.add(low1, f32x4.mul(weight1, low));
      high1 = f32x4.add(high1, f32x4.mul(weight1, high));
      low2 = f32x4.add(low2, f32x4.mul(weight2, low));
      high2 = f32x4.add(high2, f32x4.mul(weight2, high));
      low3 = f32x4.add(low3, f32x4.mul(weight3, low));
      high3 = f32x4.add(high3, f32x4.mul(weight3, high));
      at += 16;
      value += step;
    }
    token += count;
  }
  keep(column, low0, low1, low2, low3, inverse);
  keep(column + 16, high0, high1, high2, high3, inverse);
}

function mixFour(
  from: usize,
  to: usize,
  pages: usize,
  pageTokens: usize,
  values: usize,
  step: usize,
  column: usize,
  inverse: v128,
  weights: usize,
): void {
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  let at = weights;
  let token = from;
  while (token < to) {
    const inPage = token % pageTokens;
    const count = min<usize>(pageTokens - inPage, to - token);
    let value = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + values + inPage * step;
    for (let i: usize = 0; i < count; i++) {
      const part = v128.load(value);
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load32_splat(at), part));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load32_splat(at, 4), part));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load32_splat(at, 8), part));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load32_splat(at, 12), part));
      at += 16;
      value += step;
    }
    token += count;
  }
  keep(column, sum0, sum1, sum2, sum3, inverse);
}

function keep(column: usize, sum0: v128, sum1: v128, sum2: v128, sum3: v128, inverse: v128): void {
  const inverse0 = v128.shuffle<f32>(inverse, inverse, 0, 0, 0, 0);
  const inverse1 = v128.shuffle<f32>(inverse, inverse, 1, 1, 1, 1);
  const inverse2 = v128.shuffle<f32>(inverse, inverse, 2, 2, 2, 2);
  const inverse3 = v128.shuffle<f32>(inverse, inverse, 3, 3, 3, 3);
  v128.store((load<u32>(tile, OUTS) as usize) + column, f32x4.mul(sum0, inverse0));
  v128.store((load<u32>(tile, OUTS + 4) as usize) + column, f32x4.mul(sum1, inverse1));
  v128.store((load<u32>(tile, OUTS + 8) as usize) + column, f32x4.mul(sum2, inverse2));
  v128.store((load<u32>(tile, OUTS + 12) as usize) + column, f32x4.mul(sum3, inverse3));
}
