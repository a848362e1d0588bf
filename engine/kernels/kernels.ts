/**
 * What the engine computes with. Addresses are byte offsets into one memory, counts are elements. Two implementations
 * exist: WebAssembly with SIMD (`open-kernels.ts`) and plain TypeScript (`plain-kernels.ts`), which tests compare.
 * What each one does, with shapes, stands beside the code in `engine/assembly/`.
 */
export interface Kernels {
  splitBlocks(raw: number, blocks: number, first: number, rowBlocks: number, quants: number, scales: number): void;
  quantizeRows(x: number, count: number, quants: number, scales: number): void;
  multiplyQ8(
    weights: number,
    weightScales: number,
    rows: number,
    columns: number,
    x: number,
    xScales: number,
    tokens: number,
    out: number,
  ): void;
  multiplyF32(weights: number, rows: number, columns: number, x: number, tokens: number, out: number): void;
  rmsNorm(x: number, weight: number, rows: number, columns: number, epsilon: number, out: number): void;
  layerNorm(x: number, weight: number, bias: number, rows: number, columns: number, epsilon: number, out: number): void;
  add(x: number, y: number, count: number): void;
  addBias(x: number, bias: number, rows: number, columns: number): void;
  scale(x: number, count: number, factor: number): void;
  gateSilu(gate: number, up: number, count: number): void;
  gelu(x: number, count: number): void;
  rotaryFrequencies(base: number, size: number, out: number): void;
  rotaryAngles(position: number, frequencies: number, pairs: number, out: number): void;
  rotate(x: number, angles: number, rows: number, heads: number, headSize: number): void;
  chooseExperts(logits: number, rows: number, experts: number, chosen: number, scores: number): void;
  gatherRows(x: number, order: number, scores: number, rows: number, columns: number, out: number): void;
  scatterRows(x: number, order: number, y: number, rows: number, columns: number): void;
  /** The place of the largest value, -1 where one is not finite. */
  findLargest(x: number, count: number): number;
  widenRow(weights: number, weightScales: number, row: number, columns: number, out: number): void;
  attend(
    queries: number,
    rows: number,
    position: number,
    heads: number,
    keyHeads: number,
    headSize: number,
    pages: number,
    pageTokens: number,
    keys: number,
    values: number,
    chunk: number,
    isCausal: number,
    factor: number,
    scores: number,
    out: number,
  ): void;
}

/** The compiled ones also take all steps of a text model in one call; without it, `TextModel` takes them one by one. */
export interface CompiledKernels extends Kernels {
  /** Runs the job at address `job` (`engine/model/write-job.ts`) through a model, with records of both from `engine/model/place-plan.ts`. */
  forward(model: number, room: number, job: number): void;
}
