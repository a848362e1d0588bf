import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelOrder, ModelProgress } from '../cli/model-order.ts';
import { makeFakeLlamaServer } from '../engines/fake-llama-server.test-data.ts';
import { readLocalModels } from '../engines/local-model.ts';
import {
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
  splitValues,
} from '../engines/make-gguf.test-data.ts';
import { addModel } from './add-model.ts';
import { listLocalModels, removeModel } from './list-local-models.ts';
import { readSettings } from './settings.ts';

const SCOUT = 'meta-llama/llama-4-scout';
let home: string;
let folder: string;
let server: Bun.Server<undefined> | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trunkline-add-'));
  folder = join(home, 'elsewhere');
  mkdirSync(folder);
  makeFakeLlamaServer(folder);
});
afterEach(async () => {
  await server?.stop(true);
  server = undefined;
  rmSync(home, { recursive: true });
});

const POET = makeGguf({
  ...{ 'general.architecture': 'llama', 'general.name': 'Poet', 'general.file_type': 15, 'llama.block_count': 2 },
  ...{ 'llama.embedding_length': 64, 'llama.context_length': 8192, 'tokenizer.chat_template': '{{ tools }}' },
});
const EYES = makeGguf(SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS);

function put(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface Added {
  readonly told: string;
  readonly progress: readonly ModelProgress[];
  readonly questions: readonly string[];
}

async function add(
  order: Partial<ModelOrder> & { readonly source: string },
  {
    environment = {},
    agrees = false,
  }: { readonly environment?: Readonly<Record<string, string>>; readonly agrees?: boolean } = {},
): Promise<Added & { readonly error?: string }> {
  const lines: string[] = [];
  const progress: ModelProgress[] = [];
  const questions: string[] = [];
  const parts = {
    settings: readSettings({ TRUNKLINE_HOME: home, PATH: folder, ...environment }),
    signal: new AbortController().signal,
    findEngines: async () => [],
  };
  const view = {
    tell: (title: string, text: string) => void lines.push(`${title}: ${text}`),
    progress: (step: ModelProgress) => void progress.push(step),
    confirm: async (question: string) => {
      questions.push(question);
      return agrees;
    },
  };
  const result = (error?: string) => ({
    told: lines.join('\n'),
    progress,
    questions,
    ...(error !== undefined && { error }),
  });
  return addModel(parts, { autoload: false, force: false, yes: false, ...order }, view).then(
    () => result(),
    (error: Error) => result(error.message),
  );
}

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

describe('downloads', () => {
  const seen: string[] = [];

  function serveFiles(files: Readonly<Record<string, Buffer | object>>): string {
    seen.length = 0;
    server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        const { pathname } = new URL(request.url);
        const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
        seen.push(range?.[2] ? `head ${pathname}` : pathname);
        const found = files[pathname];
        if (found === undefined) return new Response('', { status: 404 });
        if (!Buffer.isBuffer(found)) return Response.json(found);
        if (!range) return new Response(new Uint8Array(found), { headers: { etag: '"one"' } });
        const end = Math.min(found.length, range[2] ? Number(range[2]) + 1 : found.length);
        const headers = { etag: '"one"', 'content-range': `bytes ${range[1]}-${end - 1}/${found.length}` };
        return new Response(new Uint8Array(found.subarray(Number(range[1]), end)), { status: 206, headers });
      },
    });
    return `http://127.0.0.1:${server.port}`;
  }
  const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

  test('an address is looked at, agreed to, downloaded with its parts, and run from the data folder', async () => {
    const first = makeGguf({ ...SCOUT_VALUES, ...splitValues(0, 2, 2) });
    const second = makeGguf(splitValues(1, 2, 2), ['blk.1.weight']);
    const base = serveFiles({
      '/s-00001-of-00002.gguf': first,
      '/s-00002-of-00002.gguf': second,
      '/mmproj.gguf': EYES,
    });
    const order = {
      source: `${base}/s-00001-of-00002.gguf`,
      projector: `${base}/mmproj.gguf`,
      contextTokens: 512,
      slots: 1,
    };
    const { told, questions, progress, error } = await add(order, { agrees: true });
    expect(error).toBeUndefined();
    expect(questions).toEqual([expect.stringMatching(/^Download \d+ kB to .*\/models\/127\.0\.0\.1-\d+\?$/)]);
    expect(told.indexOf('Model:')).toBeLessThan(told.indexOf('File:'));
    expect(told).toContain('which nobody told us to expect');
    const [entry] = readLocalModels(home);
    expect(entry).toMatchObject({ id: SCOUT, projectorBytes: EYES.length });
    expect(readFileSync(entry!.parts[1]!).equals(second)).toBe(true);
    expect(progress.at(-1)).toMatchObject({ what: 'Downloading mmproj.gguf', done: EYES.length });
    const again = await add(order);
    expect([again.error, again.questions]).toEqual([undefined, []]);
    expect(again.told).toContain('is here already');
  });

  test('without a word of agreement nothing is downloaded', async () => {
    const base = serveFiles({ '/poet.gguf': POET });
    const { error } = await add({ source: `${base}/poet.gguf` });
    expect(error).toStartWith('nothing was downloaded: --yes downloads');
    expect(seen).toEqual(['head /poet.gguf']);
    expect((await add({ source: `${base}/poet.gguf`, yes: true, sha256: sum(POET) })).told).toContain(
      'as the command says',
    );
  });

  test('what would be refused is refused before it is downloaded', async () => {
    const base = serveFiles({
      '/scout.gguf': makeGguf(SCOUT_VALUES),
      '/text.gguf': Buffer.from('no weights at all, but a text'),
    });
    writeFileSync(join(home, 'trunkline.toml'), '[local_engines]\nmemory_gb = 0.1\n');
    const large = await add({ source: `${base}/scout.gguf`, yes: true });
    expect(large.error).toBe('there is not enough memory for it. --force adds it all the same.');
    expect((await add({ source: `${base}/text.gguf`, yes: true })).error).toBe('text.gguf is not a GGUF file');
    expect((await add({ source: `${base}/none.gguf`, yes: true })).error).toEndWith('has no none.gguf (404)');
    expect(seen.filter((path) => !path.startsWith('head '))).toEqual([]);
    expect(existsSync(join(home, 'models'))).toBe(false);
  });

  test('a repository of the hub brings its projector and its checksums; a wrong one is not kept', async () => {
    const tree = [
      { type: 'file', path: 'poet-Q4_K_M.gguf', lfs: { oid: sum(POET), size: POET.length } },
      { type: 'file', path: 'poet-Q8_0.gguf', lfs: { oid: 'ab'.repeat(32), size: POET.length } },
      { type: 'file', path: 'mmproj-poet-F16.gguf', lfs: { oid: sum(EYES), size: EYES.length } },
    ];
    const at = (name: string) => `/me/poet-GGUF/resolve/main/${name}`;
    const base = serveFiles({
      '/api/models/me/poet-GGUF/tree/main': tree,
      ...{ [at('poet-Q4_K_M.gguf')]: POET, [at('poet-Q8_0.gguf')]: POET, [at('mmproj-poet-F16.gguf')]: EYES },
    });
    const environment = { HF_ENDPOINT: base };
    const { told, error } = await add({ source: 'me/poet-GGUF', yes: true }, { environment });
    expect(error).toBeUndefined();
    expect(told).toContain('Source: Q4_K_M of me/poet-GGUF at 127.0.0.1');
    expect(told).toContain(`sha256 ${sum(POET)}, as the model hub says`);
    expect(readLocalModels(home)).toMatchObject([
      {
        parts: [join(home, 'models/me/poet-GGUF/poet-Q4_K_M.gguf')],
        projector: join(home, 'models/me/poet-GGUF/mmproj-poet-F16.gguf'),
      },
    ]);
    const wrong = await add({ source: 'me/poet-GGUF:Q8_0', yes: true, projector: 'none' }, { environment });
    expect(wrong.error).toContain('poet-Q8_0.gguf has the wrong checksum and was deleted: the model hub says abab');
    expect((await add({ source: 'me/poet-GGUF:Q6_K' }, { environment })).error).toContain(
      'has no Q6_K; it has Q4_K_M (',
    );
  });

  test('a machine that is offline is told so', async () => {
    const { error } = await add({ source: 'me/poet-GGUF' }, { environment: { HF_ENDPOINT: 'http://127.0.0.1:1' } });
    expect(error).toMatch(/^127\.0\.0\.1:1 cannot be reached \(\w+\): is this machine offline\?$/);
  });

  test('what was downloaded is deleted with the model when somebody says so, and nothing else is', async () => {
    const base = serveFiles({ '/poet.gguf': POET });
    await add({ source: `${base}/poet.gguf`, id: 'local/a', yes: true });
    const file = readLocalModels(home)[0]!.parts[0]!;
    const own = put('own.gguf', POET);
    await add({ source: own, id: 'local/b' });
    await add({ source: file, id: 'local/c' });
    expect(listLocalModels(home).models.map(({ id, state }) => [id, state])).toEqual([
      ['local/a', 'asleep'],
      ['local/b', 'asleep'],
      ['local/c', 'asleep'],
    ]);
    expect(removeModel(home, 'local/b', true)).toEqual([]);
    // Another model still needs it.
    expect(removeModel(home, 'local/a', true)).toEqual([]);
    expect([existsSync(own), existsSync(file)]).toEqual([true, true]);
    expect(removeModel(home, 'local/c', true)).toEqual([file]);
    expect(existsSync(file)).toBe(false);
    expect(() => removeModel(home, 'local/c', false)).toThrow("there is no model of your own called 'local/c'");
  });
});
