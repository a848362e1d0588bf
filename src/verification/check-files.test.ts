import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledWeights } from '../engines/bundled.ts';
import {
  type GgufValues,
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
} from '../engines/make-gguf.test-data.ts';
import { checkFiles, type FileOrder } from './check-files.ts';
import { fingerprintFile } from './fingerprint-file.ts';
import { lastScripted, MACHINE, stopScripted, verifyScripted } from './verify-scripted.test-data.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-files-'));
});
afterEach(async () => {
  await stopScripted();
  await rm(folder, { recursive: true });
});

async function write(name: string, values: GgufValues, tensors?: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, makeGguf(values, tensors));
  return path;
}

async function order(change: Partial<FileOrder> = {}): Promise<FileOrder> {
  const model = change.model ?? (await write('scout.gguf', SCOUT_VALUES));
  return { contextTokens: 16_384, slots: 1, wholeChecksum: false, ...change, model };
}

const failing = (results: readonly { outcome: string; question: string; why?: string | undefined }[]) =>
  results.filter(({ outcome }) => outcome === 'failed').map(({ question, why }) => `${question}: ${why}`);

test('Scout’s files pass, with a checksum of each', async () => {
  const projector = await write('mmproj.gguf', SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS);
  const findings = await checkFiles(await order({ projector }), MACHINE, false);
  expect(failing(findings.results)).toEqual([]);
  expect(findings.whyNotScout).toBeUndefined();
  expect(findings.results.map(({ question }) => question)).toEqual([
    ...[
      'architecture',
      'blocks',
      'width',
      'experts',
      'experts per token',
      'attention heads',
      'key-value heads',
      'vocabulary',
    ],
    ...['projector', 'picture size', 'patch size', 'vision blocks', 'projected width', 'second norm'].map(
      (what) => `${what} of the projector`,
    ),
    'memory for 16,384 tokens in 1 slot',
  ]);
  const bytes = makeGguf(SCOUT_VALUES);
  expect(findings.fingerprints.map(({ name }) => name)).toEqual(['scout.gguf', 'mmproj.gguf']);
  expect(findings.fingerprints[0]).toMatchObject({
    ...{ bytes: bytes.length, covers: 'whole', sha256: createHash('sha256').update(bytes).digest('hex') },
  });
});

test('a projector with the misplaced norm of finding B fails with the remedy', async () => {
  const projector = await write('mmproj.gguf', SCOUT_PROJECTOR_VALUES, [
    'v.blk.0.ln1.weight',
    'v.blk.0.attn_post_norm.weight',
  ]);
  const { results } = await checkFiles(await order({ projector }), MACHINE, false);
  expect(failing(results)).toEqual(['second norm of the projector: misplaced by the converter: convert it again']);
});

test('the bundled model is not Scout', async () => {
  const weights = bundledWeights(`${import.meta.dir}/../..`);
  const findings = await checkFiles(await order({ model: weights.model }), MACHINE, false);
  expect(findings.whyNotScout).toBe('this is not Scout: blocks of the file: 4, and Scout has 48');
});

test('a text where a number should be is not repeated', async () => {
  const model = await write('x.gguf', { ...SCOUT_VALUES, 'llama4.block_count': '\u001b[2J/etc/passwd' });
  const { whyNotScout } = await checkFiles(await order({ model }), MACHINE, false);
  expect(whyNotScout).toBe('this is not Scout: blocks of the file: something else, and Scout has 48');
});

test.each([
  ['missing', undefined],
  ['foreign', Buffer.from('PK zip')],
  ['cut', makeGguf(SCOUT_VALUES).subarray(0, 200)],
] as const)(
  'a %s file is a failed check, and its path stands only in what the administrator sees',
  async (_, bytes) => {
    const model = join(folder, 'scout.gguf');
    if (bytes) await writeFile(model, bytes);
    const { results, fingerprints } = await checkFiles(await order({ model }), MACHINE, false);
    expect(failing(results)).toEqual(['model scout.gguf: the file cannot be read as weights']);
    expect(results[0]?.got).toContain(model);
    expect(fingerprints).toEqual([]);
  },
);

test('weights that do not fit this machine fail, and only remark where an engine runs them already', async () => {
  const small = { ...MACHINE, ramTotalBytes: 1e9, ramAvailableBytes: 5e8 };
  const stopped = await checkFiles(await order(), small, false);
  const memory = stopped.results.at(-1)!;
  expect([memory.outcome, memory.required]).toEqual(['failed', true]);
  expect(memory.why).toStartWith('it does not fit this machine; ');
  expect(memory.got).toContain('has 1.0 GB, 0.5 GB free now');
  const running = await checkFiles(await order(), small, true);
  expect(running.results.at(-1)).toMatchObject({ outcome: 'failed', required: false });
});

test('with files of another model, the engine is not asked at all', async () => {
  const model = await write('maverick.gguf', { ...SCOUT_VALUES, 'llama4.expert_count': 128 });
  const verification = await verifyScripted({ files: await order({ model }) });
  expect([verification.outcome, verification.verdict]).toEqual([
    'other-model',
    'this is not Scout: experts of the file: 128, and Scout has 16',
  ]);
  expect(lastScripted().asked).toEqual([]);
});

test('right files and an engine are one report', async () => {
  const verification = await verifyScripted({ files: await order(), groups: ['header', 'facts'] });
  expect([verification.outcome, verification.whole]).toEqual(['passed', false]);
  expect(verification.files.map(({ name }) => name)).toEqual(['scout.gguf']);
  expect([...new Set(verification.checks.map(({ group }) => group))]).toEqual(['header', 'identity', 'facts']);
});

test('of a large file the edges are hashed unless all of it is asked for', async () => {
  const path = join(folder, 'large');
  const size = 80 * 1024 * 1024;
  const bytes = Buffer.alloc(size);
  bytes.write('begin');
  bytes.write('end', size - 3);
  await writeFile(path, bytes);
  const sum = (...parts: readonly Uint8Array[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
  const edge = 16 * 1024 * 1024;
  expect(await fingerprintFile(path, false)).toEqual({
    ...{ name: 'large', bytes: size, covers: 'edges', sha256: sum(bytes.subarray(0, edge), bytes.subarray(-edge)) },
  });
  expect(await fingerprintFile(path, true)).toEqual({
    name: 'large',
    bytes: size,
    covers: 'whole',
    sha256: sum(bytes),
  });
});
