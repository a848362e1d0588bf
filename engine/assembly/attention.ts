/** Attention over a paged cache of keys and values. */
import { attendTile, placeTile, setQuery, TILE_BYTES } from './attention-tile';
import { exponential, sumOfLanes, sumsOfLanes } from './vector';

/** Queries that are computed together. Two would gain nothing, three are filled up. */
const TILE: usize = 4;
const TILE_LEAST: usize = 3;

/**
 * For `rows` tokens of one sequence at consecutive positions from `position`: each head's weighted mean of the values
 * it may see. A token sees itself and what came before it inside its chunk (`chunk` tokens; 0: everything before it);
 * with `isCausal` 0 every token sees the first `position + rows` ones.
 *
 * `pages` lists the addresses of pages; token p stands in page p / pageTokens. In a page its key begins at
 * `keys + (p % pageTokens) · keyHeads · headSize · 4`, its value likewise at `values`. `scores` has room for four floats
 * per visible token and 24 more.
 */
export function attend(
  queries: usize,
  rows: usize,
  position: usize,
  heads: usize,
  keyHeads: usize,
  headSize: usize,
  pages: usize,
  pageTokens: usize,
  keys: usize,
  values: usize,
  chunk: usize,
  isCausal: i32,
  factor: f32,
  scores: usize,
  out: usize,
): void {
  const size = headSize << 2;
  const step = keyHeads * size;
  const group = heads / keyHeads;
  const count = rows * group;
  placeTile(scores);
  scores += TILE_BYTES;
  for (let keyHead: usize = 0; keyHead < keyHeads; keyHead++) {
    const ownKeys = keys + keyHead * size;
    const ownValues = values + keyHead * size;
    // The queries that share this head: those of its group, row by row.
    let next: usize = 0;
    while (next < count) {
      const from = beginning(position + next / group, chunk);
      const last = min<usize>(next + TILE, count) - 1;
      const isTile = last - next >= TILE_LEAST - 1 && beginning(position + last / group, chunk) === from;
      const end = isTile ? last + 1 : next + 1;
      for (let index: usize = 0; index < TILE; index++) {
        const place = min<usize>(next + index, end - 1);
        const row = place / group;
        const offset = (row * heads + keyHead * group + (place % group)) * size;
        const to = isCausal ? position + row + 1 : position + rows;
        if (isTile) {
          // A tile of three repeats its last query.
          setQuery(index, queries + offset, out + offset, to);
        } else if (index === 0) {
          const query = queries + offset;
          const largest = scoreKeys(query, size, pages, pageTokens, ownKeys, step, from, to, factor, scores);
          const total = weigh(scores, to - from, largest);
          mix(scores, total, size, pages, pageTokens, ownValues, step, from, to, out + offset);
        }
      }
      if (isTile) attendTile(from, pages, pageTokens, ownKeys, ownValues, step, size, factor, scores);
      next = end;
    }
  }
}

/** The first token that a token at `position` sees. */
function beginning(position: usize, chunk: usize): usize {
  return chunk === 0 ? (0 as usize) : position - (position % chunk);
}

function scoreKeys(
  query: usize,
  size: usize,
  pages: usize,
  pageTokens: usize,
  keys: usize,
  step: usize,
  from: usize,
  to: usize,
  factor: f32,
  scores: usize,
): f32 {
  let largest4 = f32x4.splat(-Infinity);
  let at = scores;
  let token = from;
  while (token < to) {
    const inPage = token % pageTokens;
    const count = min<usize>(pageTokens - inPage, to - token);
    let key = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + keys + inPage * step;
    let i: usize = 0;
    for (; i + 4 <= count; i += 4) {
      let sum0 = f32x4.splat(0);
      let sum1 = f32x4.splat(0);
      let sum2 = f32x4.splat(0);
      let sum3 = f32x4.splat(0);
      let other = key;
      for (let j: usize = 0; j < size; j += 16) {
        const part = v128.load(query + j);
        sum0 = f32x4.add(sum0, f32x4.mul(part, v128.load(other)));
        sum1 = f32x4.add(sum1, f32x4.mul(part, v128.load(other + step)));
        sum2 = f32x4.add(sum2, f32x4.mul(part, v128.load(other + step * 2)));
        sum3 = f32x4.add(sum3, f32x4.mul(part, v128.load(other + step * 3)));
        other += 16;
      }
      const four = f32x4.mul(sumsOfLanes(sum0, sum1, sum2, sum3), f32x4.splat(factor));
      v128.store(at, four);
      largest4 = f32x4.pmax(largest4, four);
      at += 16;
      key += step * 4;
    }
    for (; i < count; i++) {
      let sum = f32x4.splat(0);
      for (let j: usize = 0; j < size; j += 16) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(query + j), v128.load(key + j)));
      }
      const score = sumOfLanes(sum) * factor;
      store<f32>(at, score);
      largest4 = f32x4.pmax(largest4, f32x4.splat(score));
      at += 4;
      key += step;
    }
    token += count;
  }
  const pair = f32x4.pmax(largest4, v128.shuffle<f32>(largest4, largest4, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pair, 0), f32x4.extract_lane(pair, 1));
}

/** Scores become e^(score - largest); returns their sum. Lanes past the end are set to 0. */
function weigh(scores: usize, count: usize, largest: f32): f32 {
  for (let i = count; i < ((count + 3) & ~3); i++) store<f32>(scores + (i << 2), -Infinity);
  const shift = f32x4.splat(largest);
  let total = f32x4.splat(0);
  for (let i: usize = 0; i < count << 2; i += 16) {
    const weight = exponential(f32x4.sub(v128.load(scores + i), shift));
    v128.store(scores + i, weight);
    total = f32x4.add(total, weight);
  }
  return sumOfLanes(total);
}

/** Sixteen columns at a time, so that four sums run side by side: each alone would wait for its own last addition. */
function mix(
  weights: usize,
  total: f32,
  size: usize,
  pages: usize,
  pageTokens: usize,
  values: usize,
  step: usize,
  from: usize,
  to: usize,
  out: usize,
): void {
  const inverse = f32x4.splat(1 / total);
  let j: usize = 0;
  for (; j + 64 <= size; j += 64) {
    let sum0 = f32x4.splat(0);
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    let sum3 = f32x4.splat(0);
    let at = weights;
    let token = from;
    while (token < to) {
      const inPage = token % pageTokens;
      const count = min<usize>(pageTokens - inPage, to - token);
      let value = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + values + inPage * step + j;
      for (let i: usize = 0; i < count; i++) {
        const weight = v128.load32_splat(at);
        sum0 = f32x4.add(sum0, f32x4.mul(weight, v128.load(value)));
        sum1 = f32x4.add(sum1, f32x4.mul(weight, v128.load(value, 16)));
        sum2 = f32x4.add(sum2, f32x4.mul(weight, v128.load(value, 32)));
        sum3 = f32x4.add(sum3, f32x4.mul(weight, v128.load(value, 48)));
        at += 4;
        value += step;
      }
      token += count;
    }
    v128.store(out + j, f32x4.mul(sum0, inverse));
    v128.store(out + j, f32x4.mul(sum1, inverse), 16);
    v128.store(out + j, f32x4.mul(sum2, inverse), 32);
    v128.store(out + j, f32x4.mul(sum3, inverse), 48);
  }
  for (; j < size; j += 16) {
    let sum = f32x4.splat(0);
    let at = weights;
    let token = from;
    while (token < to) {
      const inPage = token % pageTokens;
      const count = min<usize>(pageTokens - inPage, to - token);
      let value = (load<u32>(pages + ((token / pageTokens) << 2)) as usize) + values + inPage * step + j;
      for (let i: usize = 0; i < count; i++) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(at), v128.load(value)));
        at += 4;
        value += step;
      }
      token += count;
    }
    v128.store(out + j, f32x4.mul(sum, inverse));
  }
}
