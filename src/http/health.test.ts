import { expect, test } from 'bun:test';
import type { Exchange } from './exchange.ts';
import { type HealthParts, healthRoutes } from './health.ts';

async function ask(path: string, state: Partial<Record<'ready' | 'stopping' | 'storage', boolean>>): Promise<Response> {
  const parts: HealthParts = {
    isReady: () => state.ready ?? true,
    isStopping: () => state.stopping ?? false,
    isStorageHere: async () => state.storage ?? true,
  };
  const route = healthRoutes(parts).find((candidate) => candidate.path === path)!;
  const exchange = { version: '1.2.3' } as Exchange;
  return await route.answer({
    request: new Request(`http://x${path}`),
    params: {},
    query: new URLSearchParams(),
    exchange,
  });
}

test('an open exchange is live and ready', async () => {
  const live = await ask('/health/live', {});
  expect(live.status).toBe(200);
  expect(await live.json()).toEqual({ status: 'live' });
  const ready = await ask('/health/ready', {});
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: 'ready', storage: 'here', version: '1.2.3' });
});

test('while storage is away it stays ready, and says so', async () => {
  const ready = await ask('/health/ready', { storage: false });
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: 'ready', storage: 'away' });
});

test('while stopping it is live but takes nothing new', async () => {
  const ready = await ask('/health/ready', { ready: false, stopping: true });
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: 'stopping' });
  expect((await ask('/health/live', { ready: false, stopping: true })).status).toBe(200);
});

test('until everything is open it is not ready', async () => {
  const ready = await ask('/health/ready', { ready: false });
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: 'starting' });
});
