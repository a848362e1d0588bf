import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledWeights } from './bundled.ts';
import { checkScoutFile, checkScoutProjector, type FileFact } from './check-scout-file.ts';
import { parseGgufHeader } from './gguf-header.ts';
import {
  type GgufValues,
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
  splitValues,
} from './make-gguf.test-data.ts';

const bundled = bundledWeights(`${import.meta.dir}/../..`);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-scout-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, values: GgufValues, tensorNames?: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, makeGguf(values, tensorNames));
  return path;
}

const wrong = (facts: readonly FileFact[]) =>
  facts
    .filter(({ isRight }) => !isRight)
    .map(({ what, expected, found }) => `${what}: ${found} instead of ${expected}`);

test('a header with Scout’s numbers is Scout’s', async () => {
  const check = await checkScoutFile(await write('scout.gguf', SCOUT_VALUES));
  expect([check.isScout, wrong(check.facts), check.parts.length, check.name]).toEqual([
    true,
    [],
    1,
    'Llama 4 Scout 17B 16E Instruct',
  ]);
});

test('without the key for it, the vocabulary is counted in the list of tokens', async () => {
  const { 'llama4.vocab_size': _, ...values } = SCOUT_VALUES;
  const check = await checkScoutFile(
    await write('scout.gguf', { ...values, 'tokenizer.ggml.tokens': { type: 'strings', count: 202_048 } }),
  );
  expect(check.isScout).toBe(true);
});

test.each([
  ['Maverick', { 'llama4.expert_count': 128 }, ['experts: 128 instead of 16']],
  ['fewer blocks', { 'llama4.block_count': 24 }, ['blocks: 24 instead of 48']],
  ['a text instead of a number', { 'llama4.block_count': '48' }, []],
  ['another vocabulary', { 'llama4.vocab_size': 1280 }, ['vocabulary: 1280 instead of 202048']],
  ['Llama 3', { 'general.architecture': 'llama' }, ['architecture: llama instead of llama4']],
] as const)('%s is not Scout, and the check says what differs', async (_, change, expected) => {
  const check = await checkScoutFile(await write('other.gguf', { ...SCOUT_VALUES, ...change }));
  expect(check.isScout).toBe(false);
  if (expected.length > 0) expect(wrong(check.facts)).toEqual([...expected]);
});

test('the bundled demonstration model is not Scout', async () => {
  const check = await checkScoutFile(bundled.model);
  expect(check.isScout).toBe(false);
  expect(wrong(check.facts)).toContain('blocks: 4 instead of 48');
  expect(check.facts[0]).toMatchObject({ what: 'architecture', isRight: true });
});

test('a split model is found whole from any of its parts', async () => {
  const first = await write('m-00001-of-00002.gguf', { ...SCOUT_VALUES, ...splitValues(0, 2, 3) }, ['a']);
  const second = await write('m-00002-of-00002.gguf', splitValues(1, 2, 3), ['b', 'c']);
  for (const path of [first, second]) {
    const check = await checkScoutFile(path);
    expect([check.isScout, check.parts]).toEqual([true, [first, second]]);
  }
});

test('parts that are missing, mixed up, renamed or too few are refused in words', async () => {
  const whole = { ...SCOUT_VALUES, ...splitValues(0, 2, 2) };
  const first = await write('a-00001-of-00002.gguf', whole, ['a']);
  await expect(checkScoutFile(first)).rejects.toThrow('a-00002-of-00002.gguf cannot be opened (ENOENT)');
  await write('a-00002-of-00002.gguf', splitValues(0, 2, 2), ['b']);
  await expect(checkScoutFile(first)).rejects.toThrow('is not part 2 of a-00001-of-00002.gguf');
  await write('a-00002-of-00002.gguf', splitValues(1, 2, 2), ['b', 'c']);
  await expect(checkScoutFile(first)).rejects.toThrow('hold 3 tensors instead of 2');
  await expect(checkScoutFile(await write('renamed.gguf', whole, ['a']))).rejects.toThrow('first of 2 parts');
  await write('b-00002-of-00002.gguf', splitValues(1, 2, 2), ['b']);
  await expect(checkScoutFile(await write('b-00001-of-00002.gguf', SCOUT_VALUES))).rejects.toThrow('says it is whole');
});

test('a projector of Scout passes; the misplaced norm, another size and another type are named', async () => {
  const good = await checkScoutProjector(await write('p.gguf', SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS));
  expect([good.isScout, good.facts.length]).toEqual([true, 6]);
  const check = async (change: GgufValues, tensors = SCOUT_PROJECTOR_TENSORS) =>
    wrong((await checkScoutProjector(await write('p.gguf', { ...SCOUT_PROJECTOR_VALUES, ...change }, tensors))).facts);
  const misplaced = 'second norm: misplaced by the converter: convert it again instead of before the MLP (v.blk.0.ln2)';
  expect(await check({}, ['v.blk.0.ln1.weight', 'v.blk.0.attn_post_norm.weight'])).toEqual([misplaced]);
  expect(await check({}, [...SCOUT_PROJECTOR_TENSORS, 'v.blk.0.attn_post_norm.weight'])).toEqual([misplaced]);
  expect(await check({ 'clip.vision.image_size': 64 })).toEqual(['picture size: 64 instead of 336']);
  expect(await check({ 'clip.projector_type': 'gemma3' })).toEqual(['projector: gemma3 instead of llama4']);
  const mini = await checkScoutProjector(bundled.projector);
  expect([mini.isScout, wrong(mini.facts)[0]]).toEqual([false, 'picture size: 64 instead of 336']);
});

test('numbers of every width are read', () => {
  const bytes = makeGguf({
    'a.u16': { type: 'uint16', value: 65_535 },
    'a.i32': { type: 'int32', value: -7 },
    'a.u64': { type: 'uint64', value: 2 ** 40 },
    'a.list': { type: 'strings', count: 5 },
  });
  const header = parseGgufHeader(bytes, bytes.length, 'it');
  expect(Object.fromEntries(header.values)).toEqual({ 'a.u16': 65_535, 'a.i32': -7, 'a.u64': 2 ** 40 });
  expect(header.listLengths.get('a.list')).toBe(5);
});
