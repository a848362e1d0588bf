import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelFile, ModelFileError, type Tensor } from '../files/model-file.ts';
import { readGguf } from '../files/read-gguf.ts';
import { openKernels } from '../kernels/open-kernels.ts';
import { plainKernels } from '../kernels/plain-kernels.ts';
import { type OpenModel, openModel } from './open-model.ts';
import { PAGE_TOKENS } from './page-pool.ts';
import type { Run } from './text-model.ts';

const folder = join(import.meta.dir, '..');
const read = (name: string) => readGguf(readFileSync(join(folder, 'models', name)));
const compiled = new Uint8Array(readFileSync(join(folder, 'kernels', 'kernels.wasm')));
const model = read('mini-q8_0.gguf');
const projector = read('mini-q8_0-mmproj.gguf');
const options = { batchTokensMax: 64, pagesMax: 64, contextTokensMax: 512, sequencesMax: 8, memoryBytesMax: 1 << 26 };
const open = (files: { model: ModelFile; projector?: ModelFile } = { model, projector }, changed = {}) =>
  openModel(files, (arena) => openKernels(compiled, arena), { ...options, ...changed });
const fast = await open();

/** Scores are overwritten by the next batch. */
const copyOf = (scores: Float32Array | undefined) => Float32Array.from(scores!);

/** Scores after the last of the tokens, read in pieces of at most `piece`. */
function scoresAfter({ text }: OpenModel, tokens: readonly number[], piece: number): Float32Array<ArrayBuffer> {
  const pages = Array.from({ length: Math.ceil(tokens.length / PAGE_TOKENS) }, () => text.pool.take()!);
  let scores: Float32Array<ArrayBuffer> | undefined;
  for (let length = 0; length < tokens.length; length += piece) {
    const run: Run = { cache: { pages, length }, tokens: tokens.slice(length, length + piece), wantsScores: true };
    scores = copyOf(text.forward([run])[0]);
  }
  for (const page of pages) text.pool.release(page);
  return scores!;
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const prompt = [fast.tokenizer.beginToken!, ...fast.tokenizer.encode('What is Llama 4 Scout?', { special: 'text' })];

test('the model scores alike with WebAssembly and with the plain kernels', async () => {
  const plain = await openModel({ model, projector }, plainKernels, options);
  expect(largestDifference(scoresAfter(fast, prompt, 64), scoresAfter(plain, prompt, 64))).toBeLessThan(1e-3);
  const side = fast.vision!.shape.tilePixels;
  const tile = Float32Array.from({ length: 3 * side * side }, (_, i) => Math.sin(i / 50));
  const features = fast.vision!.encode(tile);
  expect(features.length).toBe(fast.vision!.tokensPerTile * fast.text.shape.width);
  expect(largestDifference(features, plain.vision!.encode(tile))).toBeLessThan(1e-3);
});

test('one compiled call scores bit for bit as the steps one by one: texts, a picture, and several of them at once', async () => {
  const stepwise = await openModel(
    { model, projector },
    async (arena) => {
      const { forward: _, ...steps } = await openKernels(compiled, arena);
      return steps;
    },
    options,
  );
  const side = fast.vision!.shape.tilePixels;
  const features = fast.vision!.encode(Float32Array.from({ length: 3 * side * side }, (_, i) => Math.cos(i / 70)));
  const picture = Array.from({ length: fast.vision!.tokensPerTile }, (_, i) => -1 - i);
  const answers = [fast, stepwise].map(({ text }) => {
    const runs = [prompt, [...prompt.slice(0, 4), ...picture, 7], [9]].map((tokens, index) => ({
      cache: { pages: Array.from({ length: 4 }, () => text.pool.take()!), length: 0 },
      tokens,
      features,
      wantsScores: index !== 2,
    }));
    const first = text.forward(runs).map((scores) => scores && copyOf(scores));
    const next = runs.map(({ cache, tokens }) => ({
      cache: { ...cache, length: tokens.length },
      tokens: [42, 43],
      wantsScores: true,
    }));
    return [first, text.forward(next).map(copyOf)];
  });
  expect(answers[0]).toEqual(answers[1]!);
  expect(answers[0]![0]![2]).toBeUndefined();
});

test('tokens that nobody could have asked for are an error, not memory of somebody else', () => {
  const { text } = fast;
  const cache = { pages: [text.pool.take()!], length: 0 };
  const run = (tokens: readonly number[], features?: Float32Array) => () =>
    text.forward([{ cache, tokens, features, wantsScores: true }]);
  const { width } = text.shape;
  expect(run([text.shape.vocabulary])).toThrow('not in the vocabulary');
  expect(run([-1])).toThrow('not there');
  expect(run([-2], new Float32Array(width))).toThrow('not there');
  expect(run(Array<number>(65).fill(1))).toThrow('more tokens');
  text.pool.release(cache.pages[0]!);
});

test('the best token is found among scores of the model, and is not guessed from memory for those that lie elsewhere', () => {
  const { text } = fast;
  const cache = { pages: [text.pool.take()!], length: 0 };
  const [scores] = text.forward([{ cache, tokens: prompt.slice(0, 3), wantsScores: true }]);
  expect(text.findBest(scores!)).toBe(scores!.indexOf(Math.max(...scores!)));
  const elsewhere = new Float32Array(
    new ArrayBuffer(scores!.byteOffset + scores!.byteLength),
    scores!.byteOffset,
    scores!.length,
  );
  expect(text.findBest(elsewhere)).toBe(-1);
  text.pool.release(cache.pages[0]!);
});

test('a prompt read in pieces of any size scores bit for bit alike', () => {
  const long = Array.from({ length: 100 }, (_, i) => (i * 37) % 1200);
  const whole = scoresAfter(fast, long, 64);
  for (const piece of [1, 3, 16, 50]) expect(scoresAfter(fast, long, piece)).toEqual(whole);
});

test('a sequence scores bit for bit alike alone and in a batch with others', () => {
  const prompts = [prompt, prompt.slice(0, 3), [prompt[0]!, ...prompt], [5, 6, 7, 8, 9, 10, 11]];
  const { text } = fast;
  const alone = prompts.map((tokens) => scoresAfter(fast, tokens, 64));
  const runs = prompts.map((tokens) => ({
    cache: { pages: [text.pool.take()!], length: 0 },
    tokens,
    wantsScores: true,
  }));
  const together = text.forward(runs).map(copyOf);
  for (const [index, scores] of together.entries()) expect(scores).toEqual(alone[index]!);
  const next = text
    .forward(
      runs.map(({ cache, tokens }) => ({
        cache: { ...cache, length: tokens.length },
        tokens: [42],
        wantsScores: true,
      })),
    )
    .map(copyOf);
  for (const [index, scores] of next.entries()) {
    expect(scores).toEqual(scoresAfter(fast, [...prompts[index]!, 42], 64));
  }
  for (const { cache } of runs) text.pool.release(cache.pages[0]!);
});

test('a model that needs more memory than it may take is refused with the number', async () => {
  await expect(open(undefined, { memoryBytesMax: 1 << 20 })).rejects.toThrow(ModelFileError);
  await expect(open(undefined, { memoryBytesMax: 1 << 20 })).rejects.toThrow('1048576 bytes');
});

test('files of other models, and damaged ones, are refused with the reason', async () => {
  const without = (file: ModelFile, name: string): ModelFile => ({
    ...file,
    tensors: new Map([...file.tensors].filter(([key]) => key !== name)),
  });
  const renamed = (file: ModelFile, from: string, to: string): ModelFile => ({
    ...file,
    tensors: new Map([...file.tensors].map(([key, tensor]): [string, Tensor] => [key === from ? to : key, tensor])),
  });
  const stating = (file: ModelFile, facts: Record<string, unknown>): ModelFile => ({
    ...file,
    metadata: new Map([...file.metadata, ...Object.entries(facts)]),
  });
  const refused = async (files: { model?: ModelFile; projector?: ModelFile }, message: string) => {
    const opened = open({ model, projector, ...files });
    await expect(opened).rejects.toThrow(ModelFileError);
    await expect(opened).rejects.toThrow(message);
  };
  await refused({ model: stating(model, { 'general.architecture': 'qwen2' }) }, '"qwen2" as its architecture');
  await refused({ model: without(model, 'blk.3.attn_q.weight') }, 'no tensor "blk.3.attn_q.weight"');
  await refused({ model: renamed(model, 'rope_freqs.weight', 'blk.0.extra') }, 'would ignore');
  await refused({ model: stating(model, { 'llama4.block_count': 5 }) }, 'no tensor "blk.4');
  await refused({ model: stating(model, { 'llama4.embedding_length': 64 }) }, 'expected 1536 × 64');
  await refused({ model: stating(model, { 'llama4.embedding_length': 2 ** 40 }) }, 'whole number');
  await refused({ model: stating(model, { 'llama4.expert_used_count': 2 }) }, 'expert_used_count is 2');
  await refused({ model: stating(model, { 'llama4.attention.sliding_window': 0 }) }, 'sliding_window is 0');
  await refused({ model: stating(model, { 'tokenizer.ggml.model': 'llama' }) }, 'this engine reads gpt2');
  await refused({ projector: model }, 'a Llama 4 projector is "clip"');
  await refused({ projector: stating(projector, { 'clip.projector_type': 'mlp' }) }, 'of type "mlp"');
  await refused(
    { projector: renamed(projector, 'v.blk.0.ln2.weight', 'v.blk.0.attn_post_norm.weight') },
    'attn_post_norm instead of ln2',
  );
  await refused({ projector: without(projector, 'v.blk.0.ln2.weight') }, 'attn_post_norm instead of ln2');
  await refused({ projector: stating(projector, { 'clip.vision.projection_dim': 96 }) }, 'width 96');
  await refused({ projector: without(projector, 'mm.model.fc.weight') }, 'no tensor "mm.model.fc.weight"');
});
