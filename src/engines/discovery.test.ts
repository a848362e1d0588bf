import { afterEach, describe, expect, test } from 'bun:test';
import { systemClock, WoundClock } from '../base/clock.ts';
import { type Log, silentLog } from '../base/log.ts';
import { type DiscoveryOptions, EngineDiscovery } from './discovery.ts';
import { type Engine, providerOfEngine } from './engine.ts';
import type { EngineFetch } from './probe.ts';
import { LLAMA_SERVER, LM_STUDIO, OLLAMA, play, type Script, SGLANG, VLLM } from './scripted-engines.test-data.ts';

const servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

function serve(handler: (request: Request) => Response | Promise<Response>): number {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: handler });
  servers.push(server);
  return server.port ?? 0;
}

function open(options: Partial<DiscoveryOptions>): EngineDiscovery {
  return new EngineDiscovery({
    ...{ fetch: (url, init) => fetch(url, init), clock: systemClock, log: silentLog, ports: [], ownPort: 7117 },
    ...{ periodMs: 60_000, onChange: () => {} },
    ...options,
  });
}

const find = async (script: Script): Promise<Engine | undefined> =>
  (await open({ ports: [serve(play(script))] }).refresh())[0];

describe('an engine is known by what it answers', () => {
  test('Ollama: loaded context, quantisation, abilities; no embedding models, nothing that runs in a cloud', async () => {
    const engine = await find(OLLAMA);
    expect(engine).toMatchObject({ kind: 'ollama', tag: 'ollama', name: 'Ollama', version: '0.13.1' });
    expect(engine?.models).toEqual([
      {
        ...{ nativeId: 'llama4:scout', contextTokens: 8192, contextTokensMax: 32_768, quantization: 'int4' },
        ...{
          vision: true,
          tools: true,
          reasoning: false,
          isLoaded: true,
          architecture: 'llama4',
          runsOnLlamaCpp: false,
        },
      },
    ]);
  });

  test('Ollama with nothing loaded: the context of the model file, and else its default', async () => {
    const idle = { ...OLLAMA, '/api/ps': { models: [] } };
    expect((await find(idle))?.models[0]).toMatchObject({ contextTokens: 16_384, isLoaded: false });
    const info = { 'general.architecture': 'llama', 'llama.context_length': 2048 };
    const plain = { ...idle, '/api/show?llama4:scout': { capabilities: ['completion'], model_info: info } };
    expect((await find(plain))?.models[0]).toMatchObject({ contextTokens: 4096, contextTokensMax: 4096, tools: false });
  });

  test.each([
    ['0.29.9', {}, false],
    ['0.30.0-rc31', {}, true],
    ['1.2.0', {}, true],
    ['a build of my own', {}, true],
    ['0.13.1', { projector_info: { 'general.architecture': 'clip' } }, true],
  ])('Ollama %s, %j: llama.cpp runs its models: %p', async (version, more, runsOnLlamaCpp) => {
    const show = '/api/show?llama4:scout';
    const script = { ...OLLAMA, '/api/version': { version }, [show]: { ...(OLLAMA[show] as object), ...more } };
    expect((await find(script))?.models[0]?.runsOnLlamaCpp).toBe(runsOnLlamaCpp);
  });

  test('llama-server: the context of one slot, not of the model, and quantisation from its list', async () => {
    const engine = await find(LLAMA_SERVER);
    expect([engine?.kind, engine?.parallel]).toEqual(['llama-server', 4]);
    expect(engine?.models).toEqual([
      {
        nativeId: 'Llama-4-Scout-17B-16E-Instruct-Q8_0-00001-of-00003.gguf',
        origin: '/srv/models/Llama-4-Scout-17B-16E-Instruct-Q8_0-00001-of-00003.gguf',
        ...{ contextTokens: 8192, contextTokensMax: 8192, quantization: 'int8' },
        ...{ vision: true, tools: true, isLoaded: true },
      },
    ]);
  });

  test('vLLM: its own limit, also for an adapter, and nothing about abilities that it does not tell', async () => {
    const engine = await find(VLLM);
    expect(engine?.kind).toBe('vllm');
    expect(engine?.models).toMatchObject([
      { nativeId: 'nvidia/Llama-4-Scout-17B-16E-Instruct-FP8', contextTokens: 1_000_000, quantization: 'fp8' },
      { nativeId: 'poet', contextTokens: 1_000_000, quantization: 'unknown' },
    ]);
    expect(engine?.models[0]).not.toHaveProperty('vision');
  });

  test('SGLang, although it answers like Ollama: no more context than its cache holds, and none of its secrets', async () => {
    const engine = await find(SGLANG);
    expect(engine).toMatchObject({ kind: 'sglang', version: '0.5.6', parallel: 48 });
    expect(engine?.models).toEqual([
      {
        ...{ nativeId: 'scout', origin: 'meta-llama/Llama-4-Scout-17B-16E-Instruct' },
        ...{ contextTokens: 400_000, contextTokensMax: 400_000, quantization: 'bf16' },
        ...{ vision: true, tools: true, reasoning: false, isLoaded: true },
      },
    ]);
    expect(JSON.stringify(engine)).not.toContain('sk-never');
  });

  test('LM Studio, although it answers 200 to everything: the context of the loaded instance', async () => {
    const engine = await find(LM_STUDIO);
    expect(engine?.kind).toBe('lmstudio');
    expect(engine?.models).toMatchObject([
      { nativeId: 'meta/llama-4-scout', contextTokens: 12_000, quantization: 'int4', vision: true, isLoaded: true },
      { nativeId: 'qwen/qwen3-8b', contextTokens: 4096, quantization: 'unknown', isLoaded: false },
    ]);
  });

  test('LM Studio before 0.4', async () => {
    const rows = [
      { id: 'gemma', type: 'vlm', state: 'loaded', max_context_length: 8192, loaded_context_length: 5000 },
      { id: 'embed', type: 'embeddings', state: 'loaded', max_context_length: 512 },
    ];
    const engine = await find({ '/v1/models': { data: [] }, '/api/v0/models': { data: rows } });
    expect(engine?.models).toMatchObject([{ nativeId: 'gemma', contextTokens: 5000, vision: true }]);
  });
});

describe('what is no engine is left alone', () => {
  test('a web server of somebody else is asked one question', async () => {
    const seen: string[] = [];
    const port = serve((request) => {
      seen.push(new URL(request.url).pathname);
      return new Response('<html>', { headers: { 'content-type': 'text/html' } });
    });
    expect(await open({ ports: [port] }).refresh()).toEqual([]);
    expect(seen).toEqual(['/v1/models']);
  });

  test('an OpenAI-like list alone makes no engine', async () => {
    expect(await find({ '/v1/models': { data: [{ id: 'x', owned_by: 'library' }] } })).toBeUndefined();
  });

  test('a redirect is not followed', async () => {
    const seen: string[] = [];
    const target = serve(play(OLLAMA, seen));
    const port = serve((request) =>
      Response.redirect(`http://127.0.0.1:${target}${new URL(request.url).pathname}`, 302),
    );
    expect(await open({ ports: [port] }).refresh()).toEqual([]);
    expect(seen).toEqual([]);
  });

  test('an answer without end and one that never comes are given up', async () => {
    const flood = serve(() => {
      const chunk = new Uint8Array(64 * 1024).fill(0x20);
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
    });
    const silent = serve(() => new Promise<Response>(() => {}));
    const startMs = performance.now();
    expect(await open({ ports: [flood, silent] }).refresh()).toEqual([]);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test('our own port is not asked, under any of its names', async () => {
    const seen: string[] = [];
    const ownPort = serve(play(OLLAMA, seen));
    const extraBaseUrls = [`http://localhost:${ownPort}/v1`, `http://127.0.0.1:${ownPort}`, `http://[::1]:${ownPort}`];
    expect(await open({ ports: [ownPort], ownPort, extraBaseUrls }).refresh()).toEqual([]);
    expect(seen).toEqual([]);
  });

  test('an address with a password or another scheme is reported without its secret and left out', async () => {
    const lines: string[] = [];
    const log: Log = { write: (...entry) => void lines.push(JSON.stringify(entry)) };
    const extraBaseUrls = ['http://user:hunter2@127.0.0.1:1/v1', 'file:///etc/passwd', 'nonsense'];
    expect(await open({ log, extraBaseUrls }).refresh()).toEqual([]);
    expect(lines.length).toBe(3);
    expect(lines.join()).not.toContain('hunter2');
  });
});

describe('several engines', () => {
  test('of one kind are told apart by their ports; an extra address may carry /v1', async () => {
    const [one, two] = [serve(play(OLLAMA)), serve(play(OLLAMA))];
    const third = serve(play(VLLM));
    const discovery = open({ ports: [one, two], extraBaseUrls: [`http://127.0.0.1:${third}/v1/`] });
    const engines = await discovery.refresh();
    expect(engines.map((engine) => engine.tag)).toEqual([`ollama/${one}`, `ollama/${two}`, 'vllm']);
    expect(engines[0]?.name).toBe(`Ollama (127.0.0.1:${one})`);
  });

  test('become providers without a key that may stand on this machine', async () => {
    const engine = await find(LLAMA_SERVER);
    const provider = providerOfEngine(engine as Engine);
    expect(provider).toMatchObject({ id: 'llama-server', format: 'openai-chat', environmentKeys: [] });
    expect(provider).toMatchObject({ allowPrivateNetwork: true, continues: 'prefill' });
    expect(provider.baseUrl).toBe(`${engine?.baseUrl}/v1`);
    expect(provider.headers?.('anything')).toEqual({});
    expect(providerOfEngine((await find(OLLAMA)) as Engine)).toMatchObject({ format: 'ollama-chat' });
  });
});

describe('time', () => {
  /** Engines that can be switched on and off, on a clock that stands still. */
  function openScripted(): {
    clock: WoundClock;
    set(script: Script | undefined): void;
    seen: string[];
    changes: string[][];
  } {
    const clock = new WoundClock();
    const seen: string[] = [];
    const changes: string[][] = [];
    let script: Script | undefined;
    const scripted: EngineFetch = (url, init) => {
      if (script === undefined) {
        seen.push('refused');
        return Promise.reject(new Error('refused'));
      }
      return play(script, seen)(new Request(url, init));
    };
    const discovery = open({
      ...{ clock, ports: [11434], periodMs: 1000, fetch: scripted },
      onChange: (engines) => changes.push(engines.flatMap((engine) => engine.models.map((model) => model.nativeId))),
    });
    void discovery.start();
    return { clock, seen, changes, set: (next) => (script = next) };
  }

  test('an address where nothing is is asked less and less often', async () => {
    const { clock, seen } = openScripted();
    await clock.advance(0);
    expect(seen.length).toBe(1);
    await clock.advance(7000);
    expect(seen.length).toBe(4);
    await clock.advance(32_000);
    expect(seen.length).toBe(8);
  });

  test('a change is told once, and nothing is told while nothing changes', async () => {
    const { clock, changes, set } = openScripted();
    set(OLLAMA);
    await clock.advance(1000);
    expect(changes).toEqual([['llama4:scout']]);
    await clock.advance(5000);
    expect(changes.length).toBe(1);
    set({ ...OLLAMA, '/api/tags': { models: [] } });
    await clock.advance(1000);
    expect(changes).toEqual([['llama4:scout'], []]);
  });

  test('an engine that is late once stays, and is gone after the second time', async () => {
    const { clock, changes, set } = openScripted();
    set(OLLAMA);
    await clock.advance(1000);
    set(undefined);
    await clock.advance(1000);
    expect(changes.length).toBe(1);
    await clock.advance(1000);
    expect(changes).toEqual([['llama4:scout'], []]);
    set(OLLAMA);
    await clock.advance(8000);
    expect(changes.length).toBe(3);
  });

  test('a known model is not shown again every time', async () => {
    const { clock, seen, set } = openScripted();
    set(OLLAMA);
    await clock.advance(5000);
    expect(seen.filter((path) => path === '/api/show').length).toBe(2);
  });
});
