/** Writes into memory where a model's parts lie, for the compiled `forward`: the records of `engine/assembly/plan.ts`, field by field. */
import type { Arena } from '../kernels/arena.ts';
import { PAGE_TOKENS, type PageLayout } from './page-pool.ts';
import type { Matrix } from './products.ts';
import type { Room } from './room.ts';
import * as shapes from './shape.ts';
import type { FeedForward, Layer, TextWeights } from './text-weights.ts';

export interface ModelParts {
  readonly weights: TextWeights;
  readonly pages: PageLayout;
  readonly contextTokensMax: number;
}

/** The address of the model's record. */
export function placeModel(arena: Arena, { weights, pages, contextTokensMax }: ModelParts): number {
  const { shape } = weights;
  return record(arena, [
    shape.width,
    shape.heads,
    shape.keyHeads,
    shape.headSize,
    shape.experts,
    bitsOf(shape.epsilon),
    shape.normalisesQueries ? 1 : 0,
    shapes.CHUNK_TOKENS,
    placeTemperatures(arena, contextTokensMax),
    shapes.TEMPERATURE_FLOOR_TOKENS,
    weights.frequencies,
    placeMatrix(arena, weights.embeddings),
    weights.outputNorm,
    placeMatrix(arena, weights.output),
    weights.layers.length,
    record(
      arena,
      weights.layers.map((layer, index) => placeLayer(arena, layer, index)),
    ),
    PAGE_TOKENS,
    pages.rowBytes,
    pages.layerBytes,
  ]);
}

/** The address of the room's record. */
export function placeRoom(arena: Arena, room: Room): number {
  return record(arena, [
    room.products.quants,
    room.products.scales,
    room.x,
    room.normed,
    room.result,
    room.queries,
    room.keys,
    room.values,
    room.mixed,
    room.angles,
    room.gate,
    room.up,
    room.gathered,
    room.scores,
    room.logits,
    room.chosen,
    room.weights,
    room.order,
    room.counts,
  ]);
}

function placeLayer(arena: Arena, layer: Layer, index: number): number {
  const { experts } = layer;
  return record(arena, [
    layer.attentionNorm,
    placeMatrix(arena, layer.query),
    placeMatrix(arena, layer.key),
    placeMatrix(arena, layer.value),
    placeMatrix(arena, layer.output),
    layer.feedForwardNorm,
    placeFeedForward(arena, layer.shared),
    experts ? placeMatrix(arena, experts.router) : 0,
    experts
      ? record(
          arena,
          experts.parts.map((part) => placeFeedForward(arena, part)),
        )
      : 0,
    shapes.isChunkedLayer(index) ? 1 : 0,
  ]);
}

function placeFeedForward(arena: Arena, { gate, up, down }: FeedForward): number {
  return record(arena, [placeMatrix(arena, gate), placeMatrix(arena, up), placeMatrix(arena, down)]);
}

function placeMatrix(arena: Arena, { rows, columns, weights, scales }: Matrix): number {
  return record(arena, [rows, columns, weights, scales]);
}

/** A factor for each full `TEMPERATURE_FLOOR_TOKENS` that a token may look back. */
function placeTemperatures(arena: Arena, contextTokensMax: number): number {
  const count = Math.floor(contextTokensMax / shapes.TEMPERATURE_FLOOR_TOKENS) + 1;
  return arena.place(Float32Array.from({ length: count }, (_, steps) => shapes.temperatureAfter(steps)));
}

function record(arena: Arena, fields: readonly number[]): number {
  const address = arena.allocate(fields.length * 4);
  arena.words(address, fields.length).set(fields);
  return address;
}

/** A 32-bit float as the word that holds it. */
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
