/** Weight matrices in the arena, and products with them. */

import { toFloats } from '../files/dequantize.ts';
import { countOf, type ModelFile, ModelFileError, quote, type Tensor } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** Weights that share a scale in Q8_0, and the bytes of such a block: a 16-bit float and 32 integers. */
const BLOCK = 32;
const BLOCK_BYTES = 34;
/** So many are copied into the arena at once, to be split there. */
const RAW_BLOCKS = 2_048;
/** Kernels read four floats at once. */
const LANES = 4;

/** `rows` × `columns` weights: Q8_0 stays what it is, split into integers and scales; all else is kept as floats. */
export interface Matrix {
  readonly rows: number;
  /** Padded with zeros to a multiple of four. */
  readonly columns: number;
  readonly weights: number;
  /** Address of the scales; 0 for floats. */
  readonly scales: number;
}

export class Weights {
  readonly #file: ModelFile;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  /** Room for blocks as they came. */
  readonly #raw: number;

  constructor(file: ModelFile, kernels: Kernels, arena: Arena) {
    this.#file = file;
    this.#kernels = kernels;
    this.#arena = arena;
    this.#raw = arena.allocate(RAW_BLOCKS * BLOCK_BYTES);
  }

  has(name: string): boolean {
    return this.#file.tensors.has(name);
  }

  /** Address of the floats of a small tensor, such as a norm. */
  vector(name: string): number {
    return this.#arena.place(toFloats(this.#tensor(name)));
  }

  floats(name: string): Float32Array {
    return toFloats(this.#tensor(name));
  }

  /** Dimensions beyond the first are one row, as in a kernel [row][channel][y][x]. */
  matrix(name: string): Matrix {
    const tensor = this.#tensor(name);
    const rows = tensor.shape[0]!;
    return this.#place(tensor, [1, rows, countOf(tensor.shape) / rows])[0]!;
  }

  /** A stack of matrices: [matrix][row][column]. */
  matrices(name: string): readonly Matrix[] {
    const tensor = this.#tensor(name);
    return this.#place(tensor, tensor.shape as readonly [number, number, number]);
  }

  #place(tensor: Tensor, [count, rows, columns]: readonly [number, number, number]): readonly Matrix[] {
    const placed = tensor.type === 'Q8_0' ? this.#placeQuants(tensor, columns) : this.#placeFloats(tensor, columns);
    return Array.from({ length: count }, (_, index) => ({
      rows,
      columns: placed.columns,
      weights: placed.weights + index * rows * placed.columns * placed.weightBytes,
      scales: placed.scales && placed.scales + index * rows * (placed.columns / BLOCK) * 4,
    }));
  }

  #placeQuants(tensor: Tensor, columns: number) {
    // Asked for once: some tensors make their bytes anew each time.
    const stored = tensor.bytes;
    const blocks = stored.byteLength / BLOCK_BYTES;
    const weights = this.#arena.allocate(blocks * BLOCK);
    const scales = this.#arena.allocate(blocks * 4);
    for (let block = 0; block < blocks; block += RAW_BLOCKS) {
      const bytes = stored.subarray(block * BLOCK_BYTES, (block + RAW_BLOCKS) * BLOCK_BYTES);
      this.#arena.bytes(this.#raw, bytes.length).set(bytes);
      this.#kernels.splitBlocks(this.#raw, bytes.length / BLOCK_BYTES, weights + block * BLOCK, scales + block * 4);
    }
    return { weights, scales, columns, weightBytes: 1 };
  }

  #placeFloats(tensor: Tensor, columns: number) {
    const values = toFloats(tensor);
    const padded = Math.ceil(columns / LANES) * LANES;
    if (padded === columns) return { weights: this.#arena.place(values), scales: 0, columns, weightBytes: 4 };
    const rows = values.length / columns;
    const weights = this.#arena.allocate(rows * padded * 4);
    const into = this.#arena.floats(weights, rows * padded);
    for (let row = 0; row < rows; row++) into.set(values.subarray(row * columns, (row + 1) * columns), row * padded);
    return { weights, scales: 0, columns: padded, weightBytes: 4 };
  }

  #tensor(name: string): Tensor {
    const tensor = this.#file.tensors.get(name);
    if (!tensor) throw new ModelFileError(`the file has no tensor ${quote(name)}`);
    return tensor;
  }
}

/** Products with one set of activations after the other: `load` them once, then multiply by as many matrices as read them. */
export class Products {
  readonly #kernels: Kernels;
  readonly #quants: number;
  readonly #scales: number;
  #x = 0;
  #tokens = 0;
  #columns = 0;
  #isQuantized = false;

  /** `valuesMax`: most activations loaded at once, tokens times columns. */
  constructor(kernels: Kernels, arena: Arena, valuesMax: number) {
    this.#kernels = kernels;
    this.#quants = arena.allocate(valuesMax * 2);
    this.#scales = arena.allocate((valuesMax / BLOCK) * 4 + 64);
  }

  load(x: number, tokens: number, columns: number): void {
    this.#x = x;
    this.#tokens = tokens;
    this.#columns = columns;
    this.#isQuantized = false;
  }

  /** out[token][row] for the loaded activations, or for `tokens` of them from `first` on. */
  multiply(matrix: Matrix, out: number, first = 0, tokens = this.#tokens): void {
    const { weights, scales, rows, columns } = matrix;
    if (scales === 0) {
      this.#kernels.multiplyF32(weights, rows, columns, this.#x + first * columns * 4, tokens, out);
      return;
    }
    this.#quantize();
    const x = this.#quants + first * columns * 2;
    const xScales = this.#scales + first * (columns / BLOCK) * 4;
    this.#kernels.multiplyQ8(weights, scales, rows, columns, x, xScales, tokens, out);
  }

  #quantize(): void {
    if (this.#isQuantized) return;
    this.#kernels.quantizeRows(this.#x, this.#tokens * this.#columns, this.#quants, this.#scales);
    this.#isQuantized = true;
  }
}
