/**
 * `npm run true-width`: one layer of Llama 4 Scout in its true size, and one of its eye, from weights made by a hash,
 * against what transformers' own layers compute from the same. Needs 4 GB of memory and some minutes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKernels } from '../kernels/open-kernels.ts';
import { openModel } from '../model/open-model.ts';
import type { OpenText } from '../model/open-text.ts';
import { PAGE_TOKENS } from '../model/page-pool.ts';
import type { VisionModel } from '../model/vision-model.ts';
import { SCOUT, scoutEye, scoutText, VOCABULARY } from './scout-layer.ts';
import { plain } from './seeded-weights.ts';

interface Golden {
  readonly text: readonly { readonly ids: readonly number[]; readonly logprobs: readonly number[] }[];
  readonly vision: readonly { readonly token: number; readonly values: readonly number[] }[];
}

/** Of log-probabilities, and of features relative to the largest: activations are rounded to 16 bits on the way. */
const AIM = 1e-3;
const BATCH_TOKENS = 64;
const CONTEXT_TOKENS = 1024;
const MEMORY_BYTES_MAX = 3.9e9;
const BYTES_PER_WEIGHT = 1 + 4 / 32;

const read = (...path: string[]) => readFileSync(join(import.meta.dir, ...path));
// Our own script wrote it.
const golden = JSON.parse(read('answers.json').toString()) as Golden;
const startedMs = performance.now();
const compiled = new Uint8Array(read('..', 'kernels', 'kernels.wasm'));
const open = await openModel({ model: scoutText(), projector: scoutEye() }, (arena) => openKernels(compiled, arena), {
  batchTokensMax: BATCH_TOKENS,
  pagesMax: CONTEXT_TOKENS / PAGE_TOKENS,
  contextTokensMax: CONTEXT_TOKENS,
  sequencesMax: 1,
  memoryBytesMax: MEMORY_BYTES_MAX,
});
console.log(
  `made and opened in ${Math.round((performance.now() - startedMs) / 1000)} s; ` +
    `arena ${gigabytes(open.arena.usedBytes)} GB, process ${gigabytes(process.memoryUsage.rss())} GB`,
);

const textError = Math.max(...golden.text.map((answer) => textDifference(open.text, answer)));
const visionError = visionDifference(open.vision!);
console.log(`text layer, largest difference in log-probability     ${textError.toExponential(1)}  aim ${AIM}`);
console.log(`eye, largest difference relative to the largest value  ${visionError.toExponential(1)}  aim ${AIM}`);
estimate(open.text, open.vision!);
process.exitCode = textError <= AIM && visionError <= AIM ? 0 : 1;

function textDifference(text: OpenText, { ids, logprobs }: Golden['text'][0]): number {
  const scores = readTokens(text, ids)!;
  const largest = Math.max(...scores);
  const total = Math.log(scores.reduce((sum, score) => sum + Math.exp(score - largest), 0));
  return logprobs.reduce((most, own, token) => Math.max(most, Math.abs(scores[token]! - largest - total - own)), 0);
}

function readTokens(text: OpenText, tokens: readonly number[]): Float32Array | undefined {
  const pages = Array.from({ length: Math.ceil(tokens.length / PAGE_TOKENS) }, () => text.pool.take()!);
  const [scores] = text.forward([{ cache: { pages, length: 0 }, tokens, wantsScores: true }]);
  for (const page of pages) text.pool.release(page);
  return scores;
}

function visionDifference(vision: VisionModel): number {
  const features = vision.encode(tile(vision));
  const { width } = SCOUT;
  const largest = features.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = golden.vision.map(({ token, values }) =>
    values.reduce((most, value, i) => Math.max(most, Math.abs(features[token * width + i]! - value)), 0),
  );
  return Math.max(...worst) / largest;
}

function tile(vision: VisionModel): Float32Array {
  const side = vision.shape.tilePixels;
  return new Float32Array(plain('tile', [1, 3, side, side], -7).bytes.slice().buffer);
}

/** Times one layer and multiplies: what all of Scout would take on this machine, on one core, in Q8_0. */
function estimate(text: OpenText, vision: VisionModel): void {
  const { layers, width, vocabulary } = SCOUT;
  const one = leastMs(6, () => readTokens(text, [5]));
  const many = leastMs(2, () =>
    readTokens(
      text,
      Array.from({ length: BATCH_TOKENS }, (_, i) => (i * 37) % VOCABULARY),
    ),
  );
  const eye = leastMs(2, () => vision.encode(tile(vision)));
  console.log(`measured: a token through one layer ${one.toFixed(0)} ms, ${BATCH_TOKENS} tokens ${many.toFixed(0)} ms`);
  console.log(`measured: a tile through one layer of the eye and its adapter ${eye.toFixed(0)} ms`);
  // The head is timed with the layer for 512 tokens of the vocabulary, and is too small there to matter.
  const activeWeights = layerWeights(1);
  const headMs = (one * vocabulary * width) / activeWeights;
  const weights = layers * layerWeights(SCOUT.experts) + 2 * vocabulary * width;
  console.log(
    `computed from that, not measured: all ${layers} layers need ${gigabytes(weights * BYTES_PER_WEIGHT)} GB and give ` +
      `${(1000 / (one * layers + headMs)).toFixed(2)} tokens/s, prompts ${((1000 * BATCH_TOKENS) / (many * layers)).toFixed(1)} tokens/s, on one core. ` +
      'One arena holds 4 GB, so Scout itself does not fit in this engine.',
  );
}

/** Of one layer, with so many of its experts. */
function layerWeights(experts: number): number {
  const { width, heads, keyHeads, headSize, expertWidth } = SCOUT;
  return 2 * width * (heads + keyHeads) * headSize + (experts + 1) * 3 * width * expertWidth;
}

function leastMs(times: number, run: () => void): number {
  const took = Array.from({ length: times }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...took);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0);
}
