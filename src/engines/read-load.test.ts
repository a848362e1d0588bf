import { afterEach, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { EngineKind } from './engine.ts';
import { Probe } from './probe.ts';
import { type EngineLoad, LOAD_READERS } from './read-load.ts';

const servers: Bun.Server<undefined>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

const page = (name: string) => readFileSync(join(import.meta.dir, '../../test/metrics', name), 'utf8');

async function read(kind: EngineKind, pages: Readonly<Record<string, string>>): Promise<EngineLoad | undefined> {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      const body = pages[new URL(request.url).pathname];
      return body === undefined ? new Response('no', { status: 404 }) : new Response(body);
    },
  });
  servers.push(server);
  return await LOAD_READERS[kind]?.(
    new Probe(`http://127.0.0.1:${server.port}`, (url, init) => fetch(url, init), systemClock),
  );
}

describe('the load that an engine tells', () => {
  test('vLLM: two ranks of data parallelism are one engine, their queues added and their memory averaged', async () => {
    expect(await read('vllm', { '/metrics': page('vllm.prom') })).toEqual({
      ...{ running: 12, waiting: 2, kvUse: (0.6375 + 0.4125) / 2, cacheTokens: 2 * 638_976 },
      cachedShare: (1_013_760 + 640_000) / (1_843_200 + 1_204_224),
    });
  });

  test('vLLM under the names of old: no rank, memory by blocks, a rate in place of two counts', async () => {
    expect(await read('vllm', { '/metrics': page('vllm-old.prom') })).toEqual({
      ...{ running: 3, waiting: 1, kvUse: 0.31, cacheTokens: 16 * 27_320, cachedShare: 0.44 },
    });
  });

  test('SGLang, as its own collector prints it', async () => {
    expect(await read('sglang', { '/metrics': page('sglang.prom') })).toEqual({
      ...{ running: 11, waiting: 4, kvUse: 0.71, cacheTokens: 400_000, cachedShare: 0.52 },
    });
  });

  test('SGLang with all schedulers on the page: ranks of tensor parallelism are not counted twice', async () => {
    const line = (name: string, dp: number, tp: number, value: number) =>
      `sglang:${name}{dp_rank="${dp}",tp_rank="${tp}"} ${value}\n`;
    const ranks = [0, 1].flatMap((dp) => [0, 1].map((tp) => line('num_running_reqs', dp, tp, 3 + dp)));
    expect(await read('sglang', { '/metrics': ranks.join('') })).toMatchObject({ running: 7 });
  });

  test('llama-server: its queue from one page, its slots from another, and nothing of their prompts', async () => {
    const slots = page('llama-server.slots.json');
    const all = { '/metrics': page('llama-server.prom'), '/slots': slots };
    expect(await read('llama-server', all)).toEqual({
      ...{ running: 2, waiting: 3, parallel: 2, cacheTokens: 2 * 8192 },
      cachedShare: 974 / (974 + 625),
    });
    expect(await read('llama-server', { '/slots': slots })).toEqual({ running: 2, parallel: 2, cacheTokens: 2 * 8192 });
  });

  test('llama-server that shows its metrics and not its slots, of a version that did not count cached tokens', async () => {
    const old = page('llama-server.prom').replaceAll('prompt_tokens_cached_total', 'other_total');
    expect(await read('llama-server', { '/metrics': old })).toEqual({ running: 2, waiting: 3 });
  });

  test('Ollama: only what is in memory', async () => {
    expect(await read('ollama', { '/api/ps': page('ollama.ps.json') })).toEqual({ loadedModels: ['llama4:scout'] });
    expect(await read('ollama', { '/api/ps': '{"models":[]}' })).toEqual({ loadedModels: [] });
  });

  test('LM Studio: nothing', () => {
    expect(LOAD_READERS.lmstudio).toBeUndefined();
  });
});

describe('what cannot be read is no load', () => {
  test.each([
    ['vllm', '/metrics', '<html>Sign in</html>'],
    ['vllm', '/metrics', 'vllm:num_requests_running{engine="0"} NaN\n'],
    ['vllm', '/metrics', page('sglang.prom')],
    ['sglang', '/metrics', page('vllm.prom')],
    ['llama-server', '/slots', '{"error":{"code":501}}'],
    ['ollama', '/api/ps', '[]'],
  ] as const)('%s %s', async (kind, path, body) => {
    expect(await read(kind, { [path]: body })).toBeUndefined();
  });

  test('a page of two megabytes', async () => {
    expect(
      await read('vllm', { '/metrics': `vllm:num_requests_running 1\n${'#\n'.repeat(1_000_000)}` }),
    ).toBeUndefined();
  });

  test('figures beyond all reason are brought into their range', async () => {
    const body = 'vllm:num_requests_running 1e30\nvllm:num_requests_waiting -4\nvllm:kv_cache_usage_perc 70\n';
    expect(await read('vllm', { '/metrics': body })).toEqual({ running: 1_000_000_000, waiting: 0, kvUse: 1 });
  });
});
