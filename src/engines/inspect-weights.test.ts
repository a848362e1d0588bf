import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledWeights } from './bundled.ts';
import { inspectProjector, inspectWeights } from './inspect-weights.ts';
import {
  type GgufValues,
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
  splitValues,
} from './make-gguf.test-data.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, values: GgufValues, tensorNames?: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, makeGguf(values, tensorNames));
  return path;
}

test('Scout says what it is, in which format, and what its cache will be made of', async () => {
  const template = '{%- if tools is not none %}{{ tools }}{%- endif %}';
  const values = { ...SCOUT_VALUES, 'general.file_type': 15, 'tokenizer.chat_template': template };
  const path = await write('any-name.gguf', values);
  expect(await inspectWeights(path)).toMatchObject({
    ...{ parts: [path], architecture: 'llama4', name: 'Llama 4 Scout 17B 16E Instruct', isScout: true },
    ...{ format: 'Q4_K_M', quantization: 'int4', contextTokensTrained: 10_485_760, hasChatTemplate: true, tools: true },
    shape: {
      ...{ layers: 48, keyValueHeads: 8, keyLength: 128, valueLength: 128, width: 5120, vocabulary: 202_048 },
      window: { tokens: 8192, layers: 36 },
    },
  });
});

test('split files are added up, whichever part is named', async () => {
  const first = await write('s-00001-of-00002.gguf', { ...SCOUT_VALUES, ...splitValues(0, 2, 3) });
  const second = await write('s-00002-of-00002.gguf', splitValues(1, 2, 3), ['a', 'b']);
  const weights = await inspectWeights(second);
  expect(weights.parts).toEqual([first, second]);
  expect(weights.bytes).toBe((await Bun.file(first).bytes()).length + (await Bun.file(second).bytes()).length);
  await rm(second);
  expect(inspectWeights(first)).rejects.toThrow(`${second} cannot be opened (ENOENT)`);
});

test('another architecture is taken for what it says, and no window is made up for it', async () => {
  const weights = await inspectWeights(
    await write('tiny-Q8_0.gguf', {
      ...{ 'general.architecture': 'qwen3', 'qwen3.block_count': 28, 'qwen3.embedding_length': 1024 },
      ...{ 'qwen3.attention.head_count': 16, 'qwen3.attention.head_count_kv': 8, 'qwen3.attention.key_length': 128 },
      'tokenizer.ggml.tokens': { type: 'strings', count: 7 },
    }),
  );
  expect(weights).toMatchObject({
    architecture: 'qwen3',
    isScout: false,
    quantization: 'int8',
    hasChatTemplate: false,
  });
  expect(weights.shape).toEqual({
    ...{ layers: 28, keyValueHeads: 8, keyLength: 128, valueLength: 64, width: 1024, vocabulary: 7 },
  });
});

test('a projector given as the model, and a model given as the projector, are told apart', async () => {
  const scout = await write('scout.gguf', SCOUT_VALUES);
  const eyes = await write('eyes.gguf', SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS);
  expect(inspectWeights(eyes)).rejects.toThrow('is a projector for pictures, not a model: give it as --mmproj');
  expect(inspectProjector(scout, await inspectWeights(scout))).rejects.toThrow('is not a projector');
  expect(await inspectProjector(eyes, await inspectWeights(scout))).toMatchObject({ faults: [] });
});

test('a projector of another model is refused, one with the misplaced norm says what is wrong', async () => {
  const weights = await inspectWeights(await write('scout.gguf', SCOUT_VALUES));
  const other = await write('other.gguf', { ...SCOUT_PROJECTOR_VALUES, 'clip.projector_type': 'gemma3' });
  expect(inspectProjector(other, weights)).rejects.toThrow('holds a projector of type "gemma3"');
  const narrow = await write('narrow.gguf', { ...SCOUT_PROJECTOR_VALUES, 'clip.vision.projection_dim': 96 });
  expect(inspectProjector(narrow, weights)).rejects.toThrow('projects to a width of 96');
  const misplaced = await write('bad.gguf', SCOUT_PROJECTOR_VALUES, ['v.blk.0.attn_post_norm.weight']);
  expect((await inspectProjector(misplaced, weights)).faults).toEqual([
    `${misplaced} was made by a converter that misplaces a norm: convert it again`,
  ]);
  const small = await write('small.gguf', { ...SCOUT_PROJECTOR_VALUES, 'clip.vision.image_size': 224 }, [
    'v.blk.0.ln2.weight',
  ]);
  expect((await inspectProjector(small, weights)).faults).toEqual([
    `${small}: picture size is 224, and Scout's is 336`,
  ]);
});

test('the bundled model has Scout’s architecture and is not Scout', async () => {
  const bundled = bundledWeights(`${import.meta.dir}/../..`);
  const weights = await inspectWeights(bundled.model);
  expect([weights.architecture, weights.isScout, weights.shape.window?.layers]).toEqual(['llama4', false, 3]);
  expect((await inspectProjector(bundled.projector, weights)).faults).toEqual([]);
});
