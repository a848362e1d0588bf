/** Products of matrices in the arena with activations. */
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** Weights that share a scale in Q8_0. */
export const BLOCK = 32;

/** Bytes that a quantised activation takes. */
const ACTIVATION_BYTES = 8;

/**
 * `rows` × `columns` weights: Q8_0 stays what it is, integers and scales, in the order of `engine/assembly/matrix.ts`; all
 * else is kept as floats.
 */
export interface Matrix {
  readonly rows: number;
  /** Padded with zeros to a multiple of four. */
  readonly columns: number;
  readonly weights: number;
  /** Address of the scales; 0 for floats. */
  readonly scales: number;
}

/** Addresses of quantised activations. */
export interface ProductRoom {
  readonly quants: number;
  readonly scales: number;
}

/** `valuesMax`: most activations loaded at once, tokens times columns. */
export function makeProductRoom(arena: Arena, valuesMax: number): ProductRoom {
  return { quants: arena.allocate(valuesMax * ACTIVATION_BYTES), scales: arena.allocate((valuesMax / BLOCK) * 4 + 64) };
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

  constructor(kernels: Kernels, room: ProductRoom) {
    this.#kernels = kernels;
    this.#quants = room.quants;
    this.#scales = room.scales;
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
    const x = this.#quants + first * columns * ACTIVATION_BYTES;
    const xScales = this.#scales + first * (columns / BLOCK) * 4;
    this.#kernels.multiplyQ8(weights, scales, rows, columns, x, xScales, tokens, out);
  }

  #quantize(): void {
    if (this.#isQuantized) return;
    this.#kernels.quantizeRows(this.#x, this.#tokens * this.#columns, this.#quants, this.#scales);
    this.#isQuantized = true;
  }
}
