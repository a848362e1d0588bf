/** Weight matrices in the arena. */
import { toFloats } from '../files/dequantize.ts';
import { countOf, type ModelFile, ModelFileError, quote, type Tensor } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { BLOCK, type Matrix } from './products.ts';

/** A block of Q8_0: a 16-bit float and 32 integers. */
const BLOCK_BYTES = 34;
/** So many are copied into the arena at once, to be split there. */
const RAW_BLOCKS = 2_048;
/** Kernels read four floats at once. */
const LANES = 4;
/** Quantised rows lie together by so many. */
const ROWS = 4;

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
    if (tensor.type === 'Q8_0') return this.#placeQuants(tensor, count, rows, columns);
    const placed = this.#placeFloats(tensor, columns);
    return Array.from({ length: count }, (_, index) => ({
      rows,
      columns: placed.columns,
      weights: placed.weights + index * rows * placed.columns * 4,
      scales: 0,
    }));
  }

  #placeQuants(tensor: Tensor, count: number, rows: number, columns: number): readonly Matrix[] {
    // Asked for once: some tensors make their bytes anew each time.
    const stored = tensor.bytes;
    const rowBlocks = columns / BLOCK;
    const blocks = rows * rowBlocks;
    const paddedRows = Math.ceil(rows / ROWS) * ROWS;
    return Array.from({ length: count }, (_, index) => {
      const weights = this.#arena.allocate(paddedRows * columns);
      const scales = this.#arena.allocate(paddedRows * rowBlocks * 4);
      for (let first = 0; first < blocks; first += RAW_BLOCKS) {
        const some = Math.min(RAW_BLOCKS, blocks - first);
        const from = (index * blocks + first) * BLOCK_BYTES;
        this.#arena.bytes(this.#raw, some * BLOCK_BYTES).set(stored.subarray(from, from + some * BLOCK_BYTES));
        this.#kernels.splitBlocks(this.#raw, some, first, rowBlocks, weights, scales);
      }
      return { rows, columns, weights, scales };
    });
  }

  #placeFloats(tensor: Tensor, columns: number) {
    const values = toFloats(tensor);
    const padded = Math.ceil(columns / LANES) * LANES;
    if (padded === columns) return { weights: this.#arena.place(values), columns };
    const rows = values.length / columns;
    const weights = this.#arena.allocate(rows * padded * 4);
    const into = this.#arena.floats(weights, rows * padded);
    for (let row = 0; row < rows; row++) into.set(values.subarray(row * columns, (row + 1) * columns), row * padded);
    return { weights, columns: padded };
  }

  #tensor(name: string): Tensor {
    const tensor = this.#file.tensors.get(name);
    if (!tensor) throw new ModelFileError(`the file has no tensor ${quote(name)}`);
    return tensor;
  }
}
