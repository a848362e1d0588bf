import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { WoundClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { makeFakeLlamaServer } from './fake-llama-server.test-data.ts';
import {
  explainDeath,
  findLlamaServer,
  type LlamaServerInfo,
  type LlamaServerOrder,
  llamaServerEnvironment,
  llamaServerParameters,
  readVersion,
  watchLlamaServer,
} from './llama-server.ts';

const ORDER: LlamaServerOrder = {
  engine: '/usr/bin/llama-server',
  alias: 'meta-llama/llama-4-scout',
  model: '/models/scout-00001-of-00002.gguf',
  contextTokens: 32_768,
  slots: 4,
  threads: 7,
  port: 40_123,
  secret: new Secret('of-this-start'),
  promptCacheBytes: 3 * 1024 ** 3 + 5,
};

test('a start names the model, gives each slot its whole context, and listens on this machine only', () => {
  expect(llamaServerParameters(ORDER).join(' ')).toBe(
    '--model /models/scout-00001-of-00002.gguf --ctx-size 131072 --parallel 4 --threads 7 --jinja --metrics --slots ' +
      '--host 127.0.0.1 --port 40123 --alias meta-llama/llama-4-scout',
  );
  const withPictures = llamaServerParameters({ ...ORDER, projector: '/models/mmproj.gguf' });
  expect(withPictures.slice(2, 4)).toEqual(['--mmproj', '/models/mmproj.gguf']);
});

test('the key goes by the environment, never by the command line, and the gateway’s own secrets do not go at all', () => {
  const gateway = {
    GROQ_API_KEY: 'gsk-1',
    LLAMA_API_KEY: 'of-somebody',
    LLAMA_ARG_N_CPU_MOE: '20',
    CUDA_VISIBLE_DEVICES: '1',
    CUDA_EMPTY: undefined,
    PATH: '/bin',
  };
  expect(llamaServerEnvironment(ORDER, gateway)).toEqual({
    LLAMA_ARG_N_CPU_MOE: '20',
    CUDA_VISIBLE_DEVICES: '1',
    LLAMA_API_KEY: 'of-this-start',
    LLAMA_ARG_CACHE_RAM: '3072',
    LLAMA_ARG_CTX_CHECKPOINTS: '1',
  });
  expect(llamaServerParameters(ORDER).join(' ')).not.toContain('of-this-start');
});

test.each([
  ['version: 0.7.0 (build 11669, commit Debian)\nbuilt with GNU 16.2.0', '0.7.0 (build 11669, commit Debian)'],
  ['ggml_cuda_init: found 1 device\nversion: 4567 (abcdef0)\nbuilt with cc', '4567 (abcdef0)'],
  ['llama.cpp', undefined],
])('the version is read from %j', (output, version) => {
  expect(readVersion(output)).toBe(version);
});

test.each([
  [
    'llama_model_load: error loading model: unknown model architecture: llama9\nmain: exiting',
    'this engine is too old for the model (llama_model_load: error loading model: unknown model architecture: llama9)',
  ],
  [
    'error: invalid argument: --jinja',
    'this engine is too old: it does not know an option that is needed (error: invalid argument: --jinja)',
  ],
  ['ggml: failed to allocate buffer\nbye', 'there was not enough memory (ggml: failed to allocate buffer)'],
  ['one\nsomething failed here\ntwo', 'something failed here'],
  ['all is well', undefined],
])('last words are explained: %j', (words, reason) => {
  expect(explainDeath(words)).toBe(reason);
});

describe('finding llama-server', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trunkline-llama-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('the first on the PATH that may be run is taken', async () => {
    const path = `${join(folder, 'nowhere')}${delimiter}${delimiter}${folder}`;
    expect(await findLlamaServer({ PATH: path })).toBeUndefined();
    const plain = mkdtempSync(join(folder, 'plain-'));
    writeFileSync(join(plain, 'llama-server'), 'not a program', { mode: 0o644 });
    const fake = makeFakeLlamaServer(folder);
    expect(await findLlamaServer({ PATH: `${plain}${delimiter}${path}` })).toBe(fake.path);
  });

  test('a path that was given is taken or nothing is', async () => {
    const fake = makeFakeLlamaServer(folder);
    expect(await findLlamaServer({}, fake.path)).toBe(fake.path);
    expect(await findLlamaServer({ PATH: folder }, join(folder, 'other'))).toBeUndefined();
  });
});

describe('watching a start', () => {
  interface Watched {
    readonly shares: number[];
    readonly signs: { count: number; renewed: number };
    readonly ready: LlamaServerInfo[];
    say(text: string): void;
    readonly clock: WoundClock;
    end(): void;
    readonly asked: string[];
  }

  function watch(answer: (path: string, headers: Headers) => Response, residentBytes?: number): Watched {
    const clock = new WoundClock();
    const gone = new AbortController();
    const listeners: ((text: string) => void)[] = [];
    const onReady: (() => void)[] = [];
    const watched = {
      shares: [] as number[],
      signs: { count: 0, renewed: 0 },
      ready: [] as LlamaServerInfo[],
      asked: [] as string[],
    };
    watchLlamaServer(
      {
        pid: 1,
        gone: gone.signal,
        onStdout: (listen) => void listeners.push(listen),
        onStderr: () => undefined,
        onReady: (call) => void onReady.push(call),
        showLife: () => void watched.signs.count++,
        ready: (info) => {
          watched.ready.push(info);
          for (const call of onReady) call();
        },
        cannotRun: () => undefined,
        renew: () => void watched.signs.renewed++,
      },
      {
        clock,
        port: 40_123,
        secret: new Secret('of-this-start'),
        weightsBytes: 1000,
        onProgress: (share) => void watched.shares.push(share),
        residentBytes: () => residentBytes,
        fetch: async (url, init) => {
          watched.asked.push(url);
          return answer(new URL(url).pathname, new Headers(init.headers));
        },
      },
    );
    const say = (text: string) => {
      for (const listen of listeners) listen(text);
    };
    return { ...watched, clock, say, end: () => gone.abort() };
  }

  const loading = () => Response.json({ error: { message: 'Loading model' } }, { status: 503 });
  const healthy = (path: string, headers: Headers): Response => {
    if (path === '/health') return Response.json({ status: 'ok' });
    if (headers.get('authorization') !== 'Bearer of-this-start') return new Response('{}', { status: 401 });
    const settings = { n_ctx: 8192 };
    return Response.json({ total_slots: 2, default_generation_settings: settings, modalities: { vision: true } });
  };

  test('rows of dots tell how far it is, single dots of a version do not', () => {
    const { say, shares } = watch(loading);
    say('build 0.7.0 of a.b\n');
    say('....................');
    say('..........\n');
    expect(shares).toEqual([0.2, 0.3]);
  });

  test('without dots the memory that it fills does, and each step is a sign of life', async () => {
    const { say, shares, signs, clock } = watch(loading, 430);
    await clock.advance(500);
    expect(shares).toEqual([]);
    say('{"tied":77}\n');
    await clock.advance(1000);
    expect([shares, signs.count]).toEqual([[0.43], 1]);
  });

  test('it is ready when it is healthy and knows our key, with what it says it has', async () => {
    const { say, ready, clock, asked } = watch(healthy);
    say('{"tied":77}\n');
    await clock.advance(500);
    expect(ready).toHaveLength(1);
    expect(ready[0]).toMatchObject({
      ...{ baseUrl: 'http://127.0.0.1:40123/v1', pid: 77, contextTokens: 8192, slots: 2, vision: true },
    });
    await clock.advance(5_000);
    expect(asked).toHaveLength(2);
  });

  test('it is started again when it was ready and does not answer for three looks in a row', async () => {
    let isWell = true;
    const { clock, signs, end, asked } = watch((path, headers) => (isWell ? healthy(path, headers) : loading()));
    await clock.advance(500);
    isWell = false;
    await clock.advance(30_000);
    isWell = true;
    await clock.advance(15_000);
    isWell = false;
    await clock.advance(30_000);
    expect(signs.renewed).toBe(0);
    await clock.advance(15_000);
    expect(signs.renewed).toBe(1);
    end();
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked).toHaveLength(before);
  });

  test('one that is healthy and does not know our key is somebody else', async () => {
    const { ready, clock } = watch((path) =>
      path === '/health' ? Response.json({}) : new Response('{}', { status: 401 }),
    );
    await clock.advance(2_000);
    expect(ready).toEqual([]);
  });

  test('nobody asks any more when it is gone', async () => {
    const { end, clock, asked } = watch(loading);
    await clock.advance(500);
    end();
    await clock.advance(5_000);
    expect(asked).toHaveLength(1);
  });
});
