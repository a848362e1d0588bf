/** The weights of a text model, laid out in the arena. */
import type { ModelFile } from '../files/model-file.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { Weights } from './matrix.ts';
import type { Matrix } from './products.ts';
import type { TextShape } from './shape.ts';
import * as shapes from './shape.ts';

/** Numbers are addresses. */
export interface TextWeights {
  readonly shape: TextShape;
  readonly layers: readonly Layer[];
  readonly embeddings: Matrix;
  readonly outputNorm: number;
  readonly output: Matrix;
  /** Frequencies of the rotation. */
  readonly frequencies: number;
}

export interface Layer {
  readonly attentionNorm: number;
  readonly query: Matrix;
  readonly key: Matrix;
  readonly value: Matrix;
  readonly output: Matrix;
  readonly feedForwardNorm: number;
  readonly shared: FeedForward;
  readonly experts?: { readonly router: Matrix; readonly parts: readonly FeedForward[] };
}

export interface FeedForward {
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

export function readTextWeights(file: ModelFile, kernels: Kernels, arena: Arena): TextWeights {
  const shape = shapes.readTextShape(file.metadata);
  const weights = new Weights(file, kernels, arena);
  const embeddings = weights.matrix('token_embd.weight');
  return {
    shape,
    embeddings,
    outputNorm: weights.vector('output_norm.weight'),
    output: weights.has('output.weight') ? weights.matrix('output.weight') : embeddings,
    layers: Array.from({ length: shape.layers }, (_, layer) => readLayer(weights, shape, layer)),
    frequencies: placeFrequencies(weights, shape, kernels, arena),
  };
}

/** Each divided by its factor of the llama3 scaling, which the file holds. */
function placeFrequencies(
  weights: Weights,
  { headSize, rotaryBase }: TextShape,
  kernels: Kernels,
  arena: Arena,
): number {
  const address = arena.allocate((headSize / 2) * 4);
  kernels.rotaryFrequencies(rotaryBase, headSize, address);
  if (!weights.has('rope_freqs.weight')) return address;
  const divisors = weights.floats('rope_freqs.weight');
  const frequencies = arena.floats(address, headSize / 2);
  for (let i = 0; i < divisors.length; i++) frequencies[i]! /= divisors[i]!;
  return address;
}

function readLayer(weights: Weights, shape: TextShape, layer: number): Layer {
  const name = (part: string) => `blk.${layer}.${part}.weight`;
  const feedForward = (suffix: string): FeedForward => ({
    gate: weights.matrix(name(`ffn_gate${suffix}`)),
    up: weights.matrix(name(`ffn_up${suffix}`)),
    down: weights.matrix(name(`ffn_down${suffix}`)),
  });
  return {
    attentionNorm: weights.vector(name('attn_norm')),
    query: weights.matrix(name('attn_q')),
    key: weights.matrix(name('attn_k')),
    value: weights.matrix(name('attn_v')),
    output: weights.matrix(name('attn_output')),
    feedForwardNorm: weights.vector(name('ffn_norm')),
    ...(shapes.isExpertLayer(shape, layer)
      ? { shared: feedForward('_shexp'), experts: readExperts(weights, name) }
      : { shared: feedForward('') }),
  };
}

function readExperts(weights: Weights, name: (part: string) => string): NonNullable<Layer['experts']> {
  const gates = weights.matrices(name('ffn_gate_exps'));
  const ups = weights.matrices(name('ffn_up_exps'));
  const downs = weights.matrices(name('ffn_down_exps'));
  return {
    router: weights.matrix(name('ffn_gate_inp')),
    parts: gates.map((gate, expert) => ({ gate, up: ups[expert]!, down: downs[expert]! })),
  };
}
