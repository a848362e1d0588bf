import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOlderThan } from './compare-versions.ts';
import { importToOllama, type OllamaImport } from './import-to-ollama.ts';

const WEIGHTS = Buffer.alloc(3_000_000, 'weights');
const EYES = Buffer.from('a projector');
const sumOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let blobs: Map<string, Buffer>;
let asked: string[];
let created: unknown;
let answer: () => Response;
let server: Bun.Server<undefined>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-ollama-'));
  writeFileSync(join(folder, 'a.gguf'), WEIGHTS);
  writeFileSync(join(folder, 'mmproj.gguf'), EYES);
  blobs = new Map();
  asked = [];
  created = undefined;
  answer = () => events({ status: 'parsing GGUF' }, { status: 'writing manifest' }, { status: 'success' });
  server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: ollama });
});
afterEach(async () => {
  await server.stop(true);
  rmSync(folder, { recursive: true });
});

/** As Ollama's documentation has it. */
async function ollama(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  asked.push(`${request.method} ${pathname.replace(/[0-9a-f]{60}$/, '…')}`);
  const digest = /^\/api\/blobs\/sha256:([0-9a-f]{64})$/.exec(pathname)?.[1];
  if (digest && request.method === 'HEAD') return new Response('', { status: blobs.has(digest) ? 200 : 404 });
  if (digest) {
    const bytes = Buffer.from(await request.arrayBuffer());
    if (sumOf(bytes) !== digest) return Response.json({ error: 'digest does not match' }, { status: 400 });
    blobs.set(digest, bytes);
    return new Response('', { status: 201 });
  }
  created = await request.json();
  return answer();
}

function events(...lines: readonly object[]): Response {
  return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function run(change: Partial<OllamaImport> = {}) {
  const progress: [string, number, number][] = [];
  const order = {
    baseUrl: `http://127.0.0.1:${server.port}`,
    version: '0.36.1',
    name: 'local/poet',
    contextTokens: 8192,
  };
  const done = importToOllama(
    { ...order, parts: [join(folder, 'a.gguf')], ...change },
    {
      fetch: (url, init) => fetch(url, init),
      signal: new AbortController().signal,
      onProgress: (...step) => void progress.push(step),
    },
  );
  return { done, progress };
}

test('the files go over by their checksums, and then make up a model with its context', async () => {
  const { done, progress } = run({ projector: join(folder, 'mmproj.gguf') });
  await done;
  expect(blobs.get(sumOf(WEIGHTS))?.equals(WEIGHTS)).toBe(true);
  expect(created).toEqual({
    ...{ model: 'local/poet', parameters: { num_ctx: 8192 }, stream: true },
    files: { 'a.gguf': `sha256:${sumOf(WEIGHTS)}`, 'mmproj.gguf': `sha256:${sumOf(EYES)}` },
  });
  expect(progress.filter(([, done, total]) => done === total).map(([what]) => what)).toEqual([
    ...['Hashing a.gguf', 'Handing over a.gguf', 'Hashing mmproj.gguf', 'Handing over mmproj.gguf'],
  ]);
});

test('what it has already is not handed over again', async () => {
  await run().done;
  asked = [];
  await run().done;
  expect(asked).toEqual([expect.stringMatching(/^HEAD \/api\/blobs\//), 'POST /api/create']);
});

describe('what goes wrong is told', () => {
  test.each([
    [
      'in the stream',
      () => events({ status: 'parsing GGUF' }, { error: 'unsupported architecture' }),
      'Ollama does not take it: unsupported architecture',
    ],
    [
      'at once',
      () => Response.json({ error: 'invalid model name' }, { status: 400 }),
      'Ollama does not take it: invalid model name',
    ],
    ['without words', () => new Response('', { status: 500 }), 'Ollama does not take it: it answered 500'],
    ['halfway', () => events({ status: 'writing manifest' }), 'Ollama ended its answer before it was done'],
  ])('%s', async (_name, reply, message) => {
    answer = reply;
    await expect(run().done).rejects.toThrow(message);
  });

  test('by nobody, when Ollama is gone', async () => {
    await server.stop(true);
    await expect(run().done).rejects.toThrow('Ollama closed the connection; its own log says why');
  });
});

test('split files are only for versions that take them', async () => {
  const parts = ['a.gguf', 'mmproj.gguf'].map((name) => join(folder, name));
  await expect(run({ parts, version: '0.34.2' }).done).rejects.toThrow('join them with llama-gguf-split --merge');
  expect(asked).toEqual([]);
  await run({ parts, version: '0.35.0' }).done;
});

test.each([
  ['0.29.9', '0.30', true],
  ['0.30.0-rc31', '0.30', false],
  ['v0.9', '0.30', true],
  ['1.0.0', '0.30', false],
  ['mine', '0.30', false],
  [undefined, '0.30', false],
])('%s is older than %s: %p', (version, than, isOlder) => {
  expect(isOlderThan(version, than)).toBe(isOlder);
});
