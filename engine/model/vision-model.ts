/**
 * Llama 4's eye: a tile becomes patches, the patches pass through a transformer that sees them all at once, and the
 * adapter joins each 2 × 2 of them into one picture token of the text model, row by row as the reference does it.
 */
import type { ModelFile } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { Weights } from './matrix.ts';
import { type Matrix, makeProductRoom, Products } from './products.ts';
import { PATCHES_PER_SIDE, readVisionShape, tokensPerTile, VISION_ROTARY_BASE, type VisionShape } from './shape.ts';

const CHANNELS = 3;

/** A matrix and the address of what is added to its product. */
interface Affine {
  readonly matrix: Matrix;
  readonly bias: number;
}

interface Norm {
  readonly weight: number;
  readonly bias: number;
}

interface Layer {
  readonly attentionNorm: Norm;
  readonly query: Affine;
  readonly key: Affine;
  readonly value: Affine;
  readonly output: Affine;
  readonly feedForwardNorm: Norm;
  readonly up: Affine;
  readonly down: Affine;
}

export class VisionModel {
  readonly shape: VisionShape;
  readonly tokensPerTile: number;
  readonly #kernels: Kernels;
  readonly #arena: Arena;
  readonly #products: Products;
  readonly #layers: readonly Layer[];
  readonly #patches: Matrix;
  readonly #classToken: Float32Array;
  readonly #positions: number;
  readonly #before: Norm;
  readonly #after: Norm;
  readonly #adapter: readonly [Matrix, Matrix];
  readonly #projector: Matrix;
  readonly #angles: number;
  readonly #room: Room;

  constructor(file: ModelFile, kernels: Kernels, arena: Arena) {
    const shape = readVisionShape(file.metadata);
    const weights = new Weights(file, kernels, arena);
    this.shape = shape;
    this.tokensPerTile = tokensPerTile(shape);
    this.#kernels = kernels;
    this.#arena = arena;
    this.#patches = weights.matrix('v.patch_embd.weight');
    this.#classToken = weights.floats('v.class_embd');
    this.#positions = weights.vector('v.position_embd.weight');
    this.#before = readNorm(weights, 'v.pre_ln');
    this.#after = readNorm(weights, 'v.post_ln');
    this.#layers = Array.from({ length: shape.layers }, (_, layer) => readLayer(weights, `v.blk.${layer}`));
    this.#adapter = [weights.matrix('mm.model.mlp.1.weight'), weights.matrix('mm.model.mlp.2.weight')];
    this.#projector = weights.matrix('mm.model.fc.weight');
    this.#angles = this.#placeAngles();
    const patches = this.#patchesPerSide ** 2;
    this.#room = makeRoom(arena, shape, patches + 1, this.#patches.columns, this.#adapter);
    const widest = Math.max(
      shape.width,
      shape.feedForwardWidth,
      this.#patches.columns,
      ...this.#adapter.map(({ rows }) => rows),
    );
    this.#products = new Products(kernels, makeProductRoom(arena, (patches + 1) * widest));
  }

  get #patchesPerSide(): number {
    return this.shape.tilePixels / this.shape.patchPixels;
  }

  /**
   * The picture tokens of one tile: [token][text width], tokens row by row. `tile` is [channel][y][x], normalised. The
   * result is the caller's own.
   */
  encode(tile: Float32Array): Float32Array {
    const kernels = this.#kernels;
    const { shape } = this;
    const room = this.#room;
    const patches = this.#patchesPerSide ** 2;
    const rows = patches + 1;
    this.#unfold(tile);
    this.#products.load(room.unfolded, patches, this.#patches.columns);
    this.#products.multiply(this.#patches, room.x);
    this.#arena.floats(room.x + patches * shape.width * 4, shape.width).set(this.#classToken);
    kernels.add(room.x, this.#positions, rows * shape.width);
    this.#normalize(this.#before, room.x, room.x);
    for (const layer of this.#layers) {
      this.#normalize(layer.attentionNorm, room.x, room.normed);
      this.#attend(layer, rows);
      kernels.add(room.x, room.result, rows * shape.width);
      this.#normalize(layer.feedForwardNorm, room.x, room.normed);
      this.#apply(layer.up, room.normed, rows, room.inner);
      kernels.gelu(room.inner, rows * shape.feedForwardWidth);
      this.#apply(layer.down, room.inner, rows, room.result);
      kernels.add(room.x, room.result, rows * shape.width);
    }
    this.#normalize(this.#after, room.x, room.x);
    return this.#project();
  }

  #normalize(norm: Norm, x: number, out: number): void {
    const { width, epsilon } = this.shape;
    this.#kernels.layerNorm(x, norm.weight, norm.bias, this.#patchesPerSide ** 2 + 1, width, epsilon, out);
  }

  #apply(part: Affine, x: number, rows: number, out: number): void {
    this.#products.load(x, rows, part.matrix.columns);
    this.#products.multiply(part.matrix, out);
    this.#kernels.addBias(out, part.bias, rows, part.matrix.rows);
  }

  #attend(layer: Layer, rows: number): void {
    const { width, heads } = this.shape;
    const room = this.#room;
    const headSize = width / heads;
    this.#apply(layer.query, room.normed, rows, room.queries);
    this.#apply(layer.key, room.normed, rows, room.keys);
    this.#apply(layer.value, room.normed, rows, room.values);
    this.#kernels.rotate(room.queries, this.#angles, rows, heads, headSize);
    this.#kernels.rotate(room.keys, this.#angles, rows, heads, headSize);
    // One page holds all patches; keys and values are found by their distance from address 0.
    this.#kernels.attend(
      room.queries,
      rows,
      0,
      heads,
      heads,
      headSize,
      room.page,
      rows,
      room.keys,
      room.values,
      0,
      0,
      1 / Math.sqrt(headSize),
      room.scores,
      room.mixed,
    );
    this.#apply(layer.output, room.mixed, rows, room.result);
  }

  /** Patches row by row; inside a patch the order is channel, y, x. */
  #unfold(tile: Float32Array): void {
    const { tilePixels: side, patchPixels: patch } = this.shape;
    const count = this.#patchesPerSide;
    const columns = this.#patches.columns;
    const into = this.#arena.floats(this.#room.unfolded, count * count * columns).fill(0);
    for (let index = 0; index < count * count; index++) {
      const top = Math.floor(index / count) * patch;
      const left = (index % count) * patch;
      let at = index * columns;
      for (let channel = 0; channel < CHANNELS; channel++) {
        for (let y = 0; y < patch; y++, at += patch) {
          const from = (channel * side + top + y) * side + left;
          into.set(tile.subarray(from, from + patch), at);
        }
      }
    }
  }

  /** Pixel shuffle, adapter and projector; the class token, which stands last, is left behind. */
  #project(): Float32Array {
    const room = this.#room;
    const { width, projectedWidth } = this.shape;
    const side = this.#patchesPerSide;
    const half = side / PATCHES_PER_SIDE;
    const memory = this.#arena.bytes(0, this.#arena.memory.buffer.byteLength);
    let to = room.shuffled;
    for (let index = 0; index < half * half * PATCHES_PER_SIDE; index++) {
      // Two neighbours of a row of patches lie together already; a picture token has two such pairs, one above the other.
      const token = Math.floor(index / PATCHES_PER_SIDE);
      const y = Math.floor(token / half) * PATCHES_PER_SIDE + (index % PATCHES_PER_SIDE);
      const x = (token % half) * PATCHES_PER_SIDE;
      const from = room.x + (y * side + x) * width * 4;
      memory.copyWithin(to, from, from + PATCHES_PER_SIDE * width * 4);
      to += PATCHES_PER_SIDE * width * 4;
    }
    const rows = half * half;
    const [first, second] = this.#adapter;
    this.#products.load(room.shuffled, rows, first.columns);
    this.#products.multiply(first, room.inner);
    this.#kernels.gelu(room.inner, rows * first.rows);
    this.#products.load(room.inner, rows, second.columns);
    this.#products.multiply(second, room.shuffled);
    this.#kernels.gelu(room.shuffled, rows * second.rows);
    this.#products.load(room.shuffled, rows, this.#projector.columns);
    this.#products.multiply(this.#projector, room.projected);
    return this.#arena.floats(room.projected, rows * projectedWidth).slice();
  }

  /** Half of a head's pairs turn with the patch's column, half with its row, both counted from 1. The class token stays. */
  #placeAngles(): number {
    const side = this.#patchesPerSide;
    const pairs = this.shape.width / this.shape.heads / 2;
    const rowBytes = pairs * 8;
    const address = this.#arena.allocate((side * side + 1) * rowBytes);
    const frequencies = this.#arena.allocate(pairs * 4);
    this.#kernels.rotaryFrequencies(VISION_ROTARY_BASE, pairs, frequencies);
    for (let patch = 0; patch < side * side; patch++) {
      const at = address + patch * rowBytes;
      this.#kernels.rotaryAngles((patch % side) + 1, frequencies, pairs / 2, at);
      this.#kernels.rotaryAngles(Math.floor(patch / side) + 1, frequencies, pairs / 2, at + rowBytes / 2);
    }
    this.#kernels.rotaryAngles(0, frequencies, pairs, address + side * side * rowBytes);
    return address;
  }
}

/** Working memory of one tile, as addresses. */
interface Room {
  readonly unfolded: number;
  readonly x: number;
  readonly normed: number;
  readonly result: number;
  readonly queries: number;
  readonly keys: number;
  readonly values: number;
  readonly mixed: number;
  readonly inner: number;
  readonly scores: number;
  readonly page: number;
  readonly shuffled: number;
  readonly projected: number;
}

function makeRoom(
  arena: Arena,
  shape: VisionShape,
  rows: number,
  patchColumns: number,
  adapter: readonly [Matrix, Matrix],
): Room {
  const floats = (columns: number) => arena.allocate(rows * columns * 4);
  const joined = shape.width * PATCHES_PER_SIDE ** 2;
  return {
    unfolded: floats(patchColumns),
    x: floats(shape.width),
    normed: floats(shape.width),
    result: floats(shape.width),
    queries: floats(shape.width),
    keys: floats(shape.width),
    values: floats(shape.width),
    mixed: floats(shape.width),
    inner: floats(Math.max(shape.feedForwardWidth, adapter[0].rows)),
    scores: arena.allocate((rows + 6) * 16),
    page: arena.allocate(4),
    shuffled: floats(Math.max(joined, adapter[1].rows)),
    projected: floats(shape.projectedWidth),
  };
}

function readNorm(weights: Weights, name: string): Norm {
  return { weight: weights.vector(`${name}.weight`), bias: weights.vector(`${name}.bias`) };
}

function readLayer(weights: Weights, name: string): Layer {
  const affine = (part: string): Affine => ({
    matrix: weights.matrix(`${name}.${part}.weight`),
    bias: weights.vector(`${name}.${part}.bias`),
  });
  return {
    attentionNorm: readNorm(weights, `${name}.ln1`),
    query: affine('attn_q'),
    key: affine('attn_k'),
    value: affine('attn_v'),
    output: affine('attn_out'),
    feedForwardNorm: readNorm(weights, `${name}.ln2`),
    up: affine('ffn_up'),
    down: affine('ffn_down'),
  };
}
