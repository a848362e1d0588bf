/**
 * What `forward` reads: where a model's weights and working room lie. Written once by `engine/model/place-plan.ts`, whose
 * order of fields is this one. Every field is one 32-bit word; a field that names a class is the address of such a record.
 */

@unmanaged
export class Matrix {
  rows: u32;
  columns: u32;
  weights: usize;
  /** 0: the weights are floats. */
  scales: usize;
}

@unmanaged
export class FeedForward {
  gate: Matrix;
  up: Matrix;
  down: Matrix;
}

@unmanaged
export class Layer {
  attentionNorm: usize;
  query: Matrix;
  key: Matrix;
  value: Matrix;
  output: Matrix;
  feedForwardNorm: usize;
  shared: FeedForward;
  /** Null where the layer has no experts. */
  router: Matrix | null;
  /** Addresses of as many `FeedForward`s as there are experts. */
  experts: usize;
  /** Whether queries and keys are rotated and attention stays inside its chunk. */
  isChunked: u32;
}

@unmanaged
export class Model {
  width: u32;
  heads: u32;
  keyHeads: u32;
  headSize: u32;
  experts: u32;
  epsilon: f32;
  normalisesQueries: u32;
  chunkTokens: u32;
  /** By how much layers without rotation sharpen their queries: a factor for each so many tokens that came before. */
  temperatures: usize;
  temperatureTokens: u32;
  frequencies: usize;
  embeddings: Matrix;
  outputNorm: usize;
  output: Matrix;
  layerCount: u32;
  /** Addresses of the layers. */
  layers: usize;
  pageTokens: u32;
  /** Bytes of one token's keys, and of all that one layer keeps in a page. */
  rowBytes: u32;
  layerBytes: u32;
}

/** Working memory of one batch: `engine/model/room.ts`. */
@unmanaged
export class Room {
  quants: usize;
  quantScales: usize;
  x: usize;
  normed: usize;
  result: usize;
  queries: usize;
  keys: usize;
  values: usize;
  mixed: usize;
  angles: usize;
  gate: usize;
  up: usize;
  gathered: usize;
  scores: usize;
  logits: usize;
  chosen: usize;
  weights: usize;
  order: usize;
  counts: usize;
}
