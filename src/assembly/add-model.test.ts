import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { readLocalModels } from '../engines/local-model.ts';
import { makeGguf, SCOUT_PROJECTOR_VALUES, SCOUT_VALUES, splitValues } from '../engines/make-gguf.test-data.ts';
import { EYES, openAddScene, POET } from './add-model.test-data.ts';

const SCOUT = 'meta-llama/llama-4-scout';
let scene: ReturnType<typeof openAddScene>;
let home: string;
let put: typeof scene.put;
let add: typeof scene.add;
let folder: string;
let server: Bun.Server<undefined> | undefined;
beforeEach(() => {
  scene = openAddScene();
  ({ home, folder, put, add } = scene);
});
afterEach(async () => {
  await server?.stop(true);
  server = undefined;
  scene.close();
});

describe('a file of this machine', () => {
  test('is described, sized and written down; it stays where it is', async () => {
    const path = put('poet-Q4_K_M.gguf', POET);
    const { told, error } = await add({ source: path });
    expect(error).toBeUndefined();
    expect(told).toContain('Model: Poet: llama, 2 blocks, Q4_K_M, ');
    expect(told).toContain('Pictures: none: text only');
    expect(told).toContain(`Engine: ${folder}/llama-server, 0.7.0 (build 11669, commit test)`);
    expect(told).toContain('Added: local/poet-q4_k_m, 4 x 8,192 tokens');
    expect(told).toContain('Loaded: by the first request, once `trunkline serve` runs');
    expect(readLocalModels(home)).toMatchObject([
      {
        ...{
          id: 'local/poet-q4_k_m',
          name: 'Poet',
          parts: [path],
          format: 'Q4_K_M',
          quantization: 'int4',
          tools: true,
        },
        ...{ contextTokens: 8192, slots: 4, architecture: 'llama', force: false, autoload: false },
      },
    ]);
  });

  test('has the context, slots and name that were asked for, and a second time replaces the first', async () => {
    const path = put('poet.gguf', POET);
    await add({ source: path, id: 'local/poet' });
    const again = await add({
      source: path,
      id: 'local/poet',
      contextTokens: 512,
      slots: 1,
      idleMinutes: 3,
      autoload: true,
    });
    expect(again.told).toContain('Replaced: local/poet, 1 x 512 tokens');
    expect(readLocalModels(home)).toMatchObject([{ contextTokens: 512, slots: 1, idleMinutes: 3, autoload: true }]);
  });

  test.each([
    ['that is not there', () => join(folder, 'none.gguf'), 'none.gguf cannot be opened (ENOENT)'],
    [
      'that is something else',
      () => put('x.gguf', Buffer.from('hello, this is a text and no weights')),
      'is not a GGUF file',
    ],
    ['that is a folder', () => folder, 'is a folder, not a GGUF file'],
    ['that was cut', () => put('cut.gguf', POET.subarray(0, POET.length - 30)), 'is truncated'],
    [
      'that is a projector',
      () => put('mmproj.gguf', EYES),
      'is a projector for pictures, not a model: give it as --mmproj',
    ],
  ])('%s is refused', async (_name, make, message) => {
    const { error } = await add({ source: make(), force: true });
    expect(error).toContain(message);
    expect(readLocalModels(home)).toEqual([]);
  });

  test('is not added under a checksum that nobody would check', async () => {
    const { error } = await add({ source: put('poet.gguf', POET), sha256: 'ab'.repeat(32) });
    expect(error).toBe('--sha256 is for a file that is downloaded from an address.');
    expect(readLocalModels(home)).toEqual([]);
  });

  test('of a split model stands for all of its parts', async () => {
    const values = { ...SCOUT_VALUES, ...splitValues(0, 2, 2) };
    put('scout-00001-of-00002.gguf', makeGguf(values));
    put('scout-00002-of-00002.gguf', makeGguf(splitValues(1, 2, 2), ['blk.1.weight']));
    const { told, error } = await add({
      source: join(folder, 'scout-00002-of-00002.gguf'),
      contextTokens: 512,
      slots: 1,
    });
    expect(error).toBeUndefined();
    expect(told).toContain('in 2 parts');
    expect(readLocalModels(home)[0]!.parts.map((part) => part.slice(-20))).toEqual([
      ...['00001-of-00002.gguf', '00002-of-00002.gguf'].map((name) => `-${name}`),
    ]);
  });
});

describe('Scout', () => {
  const scout = (change: object = {}) => put('scout.gguf', makeGguf({ ...SCOUT_VALUES, ...change }));
  const small = { contextTokens: 512, slots: 1 };

  test('is known by its header, and its pictures by their projector', async () => {
    const { told, error } = await add({ source: scout(), projector: put('mmproj.gguf', EYES), ...small });
    expect(error).toBeUndefined();
    expect(told).toContain('Llama 4 Scout, by every number of its header');
    expect(told).toContain('column by column: answers about left and above mislead');
    expect(readLocalModels(home)).toMatchObject([{ id: SCOUT, architecture: 'llama4' }]);
  });

  test('is not what only calls itself so', async () => {
    const tiny = scout({ 'llama4.block_count': 4 });
    const named = await add({ source: tiny, ...small });
    expect(named.told).toContain('not Llama 4 Scout: blocks 4, not 48');
    expect(readLocalModels(home)[0]!.id).toBe('local/scout');
    const claimed = await add({ source: tiny, id: SCOUT, force: true, ...small });
    expect(claimed.error).toBe(`these weights are not Llama 4 Scout's, so they cannot be called ${SCOUT}.`);
  });

  test('with a projector whose norm is misplaced is refused, unless somebody insists', async () => {
    const projector = put(
      'mmproj.gguf',
      makeGguf(SCOUT_PROJECTOR_VALUES, ['v.blk.0.ln1.weight', 'v.blk.0.attn_post_norm.weight']),
    );
    const refused = await add({ source: scout(), projector, ...small });
    expect(refused.error).toContain('was made by a converter that misplaces a norm: convert it again. --force adds it');
    expect(readLocalModels(home)).toEqual([]);
    expect((await add({ source: scout(), projector, ...small, force: true })).error).toBeUndefined();
  });

  test('with the projector of another model is refused in any case', async () => {
    const projector = put('mmproj.gguf', makeGguf({ ...SCOUT_PROJECTOR_VALUES, 'clip.projector_type': 'gemma3' }));
    const { error } = await add({ source: scout(), projector, ...small, force: true });
    expect(error).toContain('holds a projector of type "gemma3", and the weights need "llama4"');
  });

  test('that does not fit is refused with what would, before anything is started', async () => {
    writeFileSync(join(home, 'trunkline.toml'), '[local_engines]\nmemory_gb = 4\n');
    const { told, error } = await add({ source: scout(), contextTokens: 131_072, slots: 4 });
    expect(error).toBe('there is not enough memory for it. --force adds it all the same.');
    expect(told).toContain('local_engines.memory_gb leaves 4.0 GB for all models together');
    expect(told).toMatch(
      /Would fit: \n: 1 x 4,096 tokens: \d\.\d GB in all \(--slots 1 --context 4096\)|Would fit: \n: 1 x [\d,]+ tokens/,
    );
    const forced = await add({ source: scout(), contextTokens: 131_072, slots: 4, force: true });
    expect(forced.error).toBeUndefined();
    expect(readLocalModels(home)).toMatchObject([{ force: true, contextTokens: 131_072 }]);
  });

  test('with no more context than it was trained for', async () => {
    const { error } = await add({ source: put('poet.gguf', POET), contextTokens: 9000 });
    expect(error).toBe('--context 9000 is more than the 8192 tokens that it was trained for.');
  });
});

describe('engines', () => {
  test('none: how to install one is told', async () => {
    const { error } = await add({ source: put('poet.gguf', POET) }, { environment: { PATH: '/nowhere' } });
    expect(error).toStartWith('no engine was found that runs GGUF files.');
    for (const way of [
      'brew install llama.cpp',
      'winget install llama.cpp',
      'apt install llama.cpp-tools',
      '--engine <path>',
    ])
      expect(error).toContain(way);
  });

  test('a path that was given must be one', async () => {
    const { error } = await add({ source: put('poet.gguf', POET), engine: '/nowhere/llama-server' });
    expect(error).toBe('there is no program at /nowhere/llama-server that can be started.');
    const engine = join(folder, 'llama-server');
    await add({ source: put('poet.gguf', POET), engine }, { environment: { PATH: '/nowhere' } });
    expect(readLocalModels(home)).toMatchObject([{ engine }]);
  });
});

describe('Ollama', () => {
  /** Takes what it is given; at `baseUrl` unless somewhere else is said. */
  function startOllama(baseUrl?: string): { readonly engine: Engine; readonly created: { readonly body?: unknown } } {
    const created: { body?: unknown } = {};
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (request.method === 'HEAD') return new Response('', { status: 404 });
        if (pathname !== '/api/create') return new Response(await request.bytes().then(() => ''), { status: 201 });
        created.body = await request.json();
        return new Response('{"status":"success"}\n');
      },
    });
    const at = baseUrl ?? `http://127.0.0.1:${server.port}`;
    return {
      created,
      engine: { kind: 'ollama', baseUrl: at, tag: 'ollama', name: 'Ollama', version: '0.36.1', models: [] },
    };
  }
  const without = { PATH: '/nowhere' };

  test('takes the weights where there is no llama-server, and the model’s name of here is told', async () => {
    const { engine, created } = startOllama();
    const { told, error } = await add({ source: put('poet.gguf', POET) }, { environment: without, engines: [engine] });
    expect(error).toBeUndefined();
    expect(told).toContain(`Engine: Ollama 0.36.1 at ${engine.baseUrl}, as no llama-server is used`);
    expect(told).toContain('Added: local/poet to Ollama, 8,192 tokens; `ollama rm local/poet` takes it away');
    expect(told).toContain('Called: ollama/local-poet, as soon as the gateway finds it there');
    expect(created.body).toMatchObject({ model: 'local/poet', parameters: { num_ctx: 8192 } });
    expect(readLocalModels(home)).toEqual([]);
  });

  test('is left alone where there is a llama-server, unless it is asked for', async () => {
    const { engine, created } = startOllama();
    await add({ source: put('poet.gguf', POET) }, { engines: [engine] });
    expect([readLocalModels(home).length, created.body]).toEqual([1, undefined]);
    const scout = put('scout.gguf', makeGguf(SCOUT_VALUES));
    const { told } = await add({ source: scout, engine: 'ollama', contextTokens: 512 }, { engines: [engine] });
    expect(told).toContain(`Called: ${SCOUT}, as soon`);
    expect(created.body).toMatchObject({ model: SCOUT });
  });

  test('of another machine is handed nothing', async () => {
    const { engine } = startOllama('http://192.168.1.20:11434');
    const { error } = await add({ source: put('poet.gguf', POET) }, { environment: without, engines: [engine] });
    expect(error).toStartWith('no engine was found');
    const asked = await add({ source: put('poet.gguf', POET), engine: 'ollama' }, { engines: [engine] });
    expect(asked.error).toBe('no Ollama was found on this machine: ollama serve');
  });
});
