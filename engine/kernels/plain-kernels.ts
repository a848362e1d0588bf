/**
 * The kernels in plain TypeScript: what `engine/assembly/` computes, written for reading. Tests and
 * `npm run parity` compare the two; these are some ten times slower.
 */
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

const BLOCK = 32;
/** As files hold it: a 16-bit float before the integers. */
const BLOCK_BYTES = 34;
const QUANT_MAX = 32_767;
/** Rows whose weights lie together; see `engine/assembly/matrix.ts` for the reason. */
const ROWS = 4;

/** Of four rows together, pairs of columns. */
function weightPlace(row: number, column: number, columns: number): number {
  const pair = Math.floor(row / ROWS) * ROWS * columns + (column & ~1) * ROWS;
  return pair + (row % ROWS) * 2 + (column & 1);
}

function scalePlace(row: number, block: number, rowBlocks: number): number {
  return (Math.floor(row / ROWS) * rowBlocks + block) * ROWS + (row % ROWS);
}

/** The first of the four places of an activation, which are two apart. */
function activationPlace(index: number): number {
  return (index & ~1) * ROWS + (index & 1);
}

export function plainKernels(arena: Arena): Kernels {
  const buffer = () => arena.memory.buffer as ArrayBuffer;
  const floats = (address: number, count: number) => new Float32Array(buffer(), address, count);
  const words = (address: number, count: number) => new Uint32Array(buffer(), address, count);
  return {
    ...products(buffer),
    ...rowSteps(floats),
    ...rotations(floats),
    ...expertSteps(floats, words, buffer),
    ...attention(floats, words),
  };
}

type Floats = (address: number, count: number) => Float32Array;
type Words = (address: number, count: number) => Uint32Array;

function products(
  buffer: () => ArrayBuffer,
): Pick<Kernels, 'splitBlocks' | 'quantizeRows' | 'multiplyQ8' | 'multiplyF32'> {
  return {
    splitBlocks(raw, blocks, first, rowBlocks, quants, scales) {
      const from = new DataView(buffer(), raw, blocks * BLOCK_BYTES);
      for (let block = 0; block < blocks; block++) {
        const row = Math.floor((first + block) / rowBlocks);
        const inRow = (first + block) % rowBlocks;
        new Float32Array(buffer(), scales)[scalePlace(row, inRow, rowBlocks)] = from.getFloat16(
          block * BLOCK_BYTES,
          true,
        );
        const to = new Int8Array(buffer(), quants);
        for (let i = 0; i < BLOCK; i++) {
          to[weightPlace(row, inRow * BLOCK + i, rowBlocks * BLOCK)] = from.getInt8(block * BLOCK_BYTES + 2 + i);
        }
      }
    },
    quantizeRows(x, count, quants, scales) {
      const from = new Float32Array(buffer(), x, count);
      const to = new Int16Array(buffer(), quants, count * ROWS);
      const factors = new Float32Array(buffer(), scales, count / BLOCK);
      for (let block = 0; block < count / BLOCK; block++) {
        const values = from.subarray(block * BLOCK, (block + 1) * BLOCK);
        const bound = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
        factors[block] = bound / QUANT_MAX;
        const inverse = bound > 0 ? Math.fround(QUANT_MAX / bound) : 0;
        values.forEach((value, i) => {
          const quant = Math.max(-QUANT_MAX - 1, Math.min(QUANT_MAX, roundToEven(Math.fround(value * inverse))));
          for (let row = 0; row < ROWS; row++) to[activationPlace(block * BLOCK + i) + row * 2] = quant;
        });
      }
    },
    multiplyQ8(weights, weightScales, rows, columns, x, xScales, tokens, out) {
      const blocks = columns / BLOCK;
      const w = new Int8Array(buffer(), weights);
      const ws = new Float32Array(buffer(), weightScales);
      const values = new Int16Array(buffer(), x);
      const xs = new Float32Array(buffer(), xScales, tokens * blocks);
      const to = new Float32Array(buffer(), out, tokens * rows);
      for (let token = 0; token < tokens; token++) {
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          for (let block = 0; block < blocks; block++) {
            let dot = 0;
            for (let i = block * BLOCK; i < (block + 1) * BLOCK; i++)
              dot += w[weightPlace(row, i, columns)]! * values[activationPlace(token * columns + i)]!;
            sum += dot * ws[scalePlace(row, block, blocks)]! * xs[token * blocks + block]!;
          }
          to[token * rows + row] = sum;
        }
      }
    },
    multiplyF32(weights, rows, columns, x, tokens, out) {
      const w = new Float32Array(buffer(), weights, rows * columns);
      const values = new Float32Array(buffer(), x, tokens * columns);
      const to = new Float32Array(buffer(), out, tokens * rows);
      for (let token = 0; token < tokens; token++) {
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          for (let i = 0; i < columns; i++) sum += w[row * columns + i]! * values[token * columns + i]!;
          to[token * rows + row] = sum;
        }
      }
    },
  };
}

function rowSteps(
  floats: Floats,
): Pick<Kernels, 'rmsNorm' | 'layerNorm' | 'add' | 'addBias' | 'scale' | 'gateSilu' | 'gelu'> {
  const add = (x: number, y: number, count: number) => {
    const more = floats(y, count);
    const to = floats(x, count);
    for (let i = 0; i < count; i++) to[i]! += more[i]!;
  };
  return {
    rmsNorm(x, weight, rows, columns, epsilon, out) {
      for (let row = 0; row < rows; row++) {
        const from = floats(x + row * columns * 4, columns);
        const squares = from.reduce((sum, value) => sum + value * value, 0);
        const factor = 1 / Math.sqrt(squares / columns + epsilon);
        const by = weight === 0 ? undefined : floats(weight, columns);
        floats(out + row * columns * 4, columns).set(from.map((value, i) => value * factor * (by?.[i] ?? 1)));
      }
    },
    layerNorm(x, weight, bias, rows, columns, epsilon, out) {
      const by = floats(weight, columns);
      const plus = floats(bias, columns);
      for (let row = 0; row < rows; row++) {
        const from = floats(x + row * columns * 4, columns);
        const mean = from.reduce((sum, value) => sum + value, 0) / columns;
        const variance = from.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns;
        const factor = 1 / Math.sqrt(variance + epsilon);
        floats(out + row * columns * 4, columns).set(
          from.map((value, i) => (value - mean) * factor * by[i]! + plus[i]!),
        );
      }
    },
    add,
    addBias(x, bias, rows, columns) {
      for (let row = 0; row < rows; row++) add(x + row * columns * 4, bias, columns);
    },
    scale(x, count, factor) {
      const to = floats(x, count);
      for (let i = 0; i < count; i++) to[i]! *= factor;
    },
    gateSilu(gate, up, count) {
      const to = floats(gate, count);
      const by = floats(up, count);
      for (let i = 0; i < count; i++) to[i] = (to[i]! / (1 + Math.exp(-to[i]!))) * by[i]!;
    },
    gelu(x, count) {
      const to = floats(x, count);
      for (let i = 0; i < count; i++) to[i]! *= (1 + erf(to[i]! * Math.SQRT1_2)) / 2;
    },
  };
}

function rotations(floats: Floats): Pick<Kernels, 'rotaryFrequencies' | 'rotaryAngles' | 'rotate'> {
  return {
    rotaryFrequencies(base, size, out) {
      const to = floats(out, size / 2);
      for (let i = 0; i < size / 2; i++) to[i] = 1 / base ** ((2 * i) / size);
    },
    rotaryAngles(position, frequencies, pairs, out) {
      const from = floats(frequencies, pairs);
      const to = floats(out, pairs * 2);
      for (let i = 0; i < pairs; i++) {
        const angle = Math.fround(position * from[i]!);
        to[2 * i] = Math.cos(angle);
        to[2 * i + 1] = Math.sin(angle);
      }
    },
    rotate(x, angles, rows, heads, headSize) {
      for (let row = 0; row < rows; row++) {
        const turn = floats(angles + row * headSize * 4, headSize);
        for (let head = 0; head < heads; head++) {
          const at = floats(x + (row * heads + head) * headSize * 4, headSize);
          for (let i = 0; i < headSize; i += 2) {
            const [a, b] = [at[i]!, at[i + 1]!];
            at[i] = a * turn[i]! - b * turn[i + 1]!;
            at[i + 1] = b * turn[i]! + a * turn[i + 1]!;
          }
        }
      }
    },
  };
}

function expertSteps(
  floats: Floats,
  words: Words,
  buffer: () => ArrayBuffer,
): Pick<Kernels, 'chooseExperts' | 'gatherRows' | 'scatterRows' | 'findLargest' | 'widenRow'> {
  return {
    chooseExperts(logits, rows, experts, chosen, scores) {
      for (let row = 0; row < rows; row++) {
        const from = floats(logits + row * experts * 4, experts);
        const best = from.indexOf(Math.max(...from));
        words(chosen, rows)[row] = best;
        floats(scores, rows)[row] = 1 / (1 + Math.exp(-from[best]!));
      }
    },
    gatherRows(x, order, scores, rows, columns, out) {
      words(order, rows).forEach((source, row) => {
        const factor = floats(scores + source * 4, 1)[0]!;
        const from = floats(x + source * columns * 4, columns);
        floats(out + row * columns * 4, columns).set(from.map((value) => value * factor));
      });
    },
    scatterRows(x, order, y, rows, columns) {
      words(order, rows).forEach((target, row) => {
        const more = floats(y + row * columns * 4, columns);
        const to = floats(x + target * columns * 4, columns);
        for (let i = 0; i < columns; i++) to[i]! += more[i]!;
      });
    },
    findLargest(x, count) {
      const values = floats(x, count);
      return values.every(Number.isFinite) ? values.indexOf(values.reduce((most, value) => Math.max(most, value))) : -1;
    },
    widenRow(weights, weightScales, row, columns, out) {
      const from = new Int8Array(buffer(), weights);
      const factors = new Float32Array(buffer(), weightScales);
      const to = floats(out, columns);
      for (let i = 0; i < columns; i++) {
        const factor = factors[scalePlace(row, Math.floor(i / BLOCK), columns / BLOCK)]!;
        to[i] = from[weightPlace(row, i, columns)]! * factor;
      }
    },
  };
}

function attention(floats: Floats, words: Words): Pick<Kernels, 'attend'> {
  return {
    attend(
      queries,
      rows,
      position,
      heads,
      keyHeads,
      headSize,
      pages,
      pageTokens,
      keys,
      values,
      chunk,
      isCausal,
      factor,
      scores,
      out,
    ) {
      const table = words(pages, Math.ceil((position + rows) / pageTokens));
      const rowOf = (base: number, token: number, head: number) => {
        const page = table[Math.floor(token / pageTokens)]!;
        return floats(page + base + ((token % pageTokens) * keyHeads + head) * headSize * 4, headSize);
      };
      for (let row = 0; row < rows; row++) {
        const own = position + row;
        const to = isCausal ? own + 1 : position + rows;
        const from = chunk === 0 ? 0 : own - (own % chunk);
        const weights = floats(scores, to - from);
        for (let head = 0; head < heads; head++) {
          const keyHead = Math.floor(head / (heads / keyHeads));
          const query = floats(queries + (row * heads + head) * headSize * 4, headSize);
          for (let token = from; token < to; token++)
            weights[token - from] = dot(query, rowOf(keys, token, keyHead)) * factor;
          const total = softmax(weights);
          const mixed = new Float64Array(headSize);
          for (let token = from; token < to; token++) {
            rowOf(values, token, keyHead).forEach((value, i) => {
              mixed[i]! += (weights[token - from]! * value) / total;
            });
          }
          floats(out + (row * heads + head) * headSize * 4, headSize).set(mixed);
        }
      }
    },
  };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Scores become e^(score - largest); returns their sum. */
function softmax(scores: Float32Array): number {
  let largest = -Infinity;
  for (const score of scores) largest = Math.max(largest, score);
  let total = 0;
  for (let i = 0; i < scores.length; i++) {
    scores[i] = Math.exp(scores[i]! - largest);
    total += scores[i]!;
  }
  return total;
}

/** Halves go to the even neighbour, as WebAssembly's `nearest` does. */
function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Maclaurin's series where it converges fast, and 1 beyond: exact to 1e-9, which is what the kernel is judged by. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
