import { afterEach, expect, test } from 'bun:test';
import type { z } from 'zod';
import { SwitchKeeper } from '../../src/assembly/keep-switches.ts';
import { generationDetail, generationLog } from '../../src/contract/generation-log.ts';
import { overview, status } from '../../src/contract/overview.ts';
import { simulation } from '../../src/contract/routing.ts';
import { appStats, endpointStats, modelStats, uptimeStats } from '../../src/contract/statistics.ts';
import { answers, chunk, delta, json, STREAM_HEAD, sse } from '../support/scripted-provider.ts';
import { exchangeScene } from './exchange-scene.ts';
import { closeScenes } from './scene.ts';

afterEach(closeScenes);

type Scene = Awaited<ReturnType<typeof exchangeScene>>;

const good = answers();
const fails = (status: number) => async (call: Parameters<typeof good>[0]) => {
  await call.write(json(status, { error: { message: 'not today' } }));
};

async function ask(
  scene: Scene,
  more: object = {},
  key = scene.keys.own,
  headers?: Record<string, string>,
): Promise<number> {
  const body = { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }], ...more };
  const response = await scene.call('POST', '/api/v1/chat/completions', key, body, headers);
  await response.text();
  return response.status;
}

async function get<S extends z.ZodType>(scene: Scene, path: string, schema: S, key?: string): Promise<z.infer<S>> {
  const response = await scene.call('GET', `/api/x/${path}`, key);
  const body: unknown = await response.json();
  expect([path, response.status, response.status === 200 ? undefined : body]).toEqual([path, 200, undefined]);
  return schema.parse(body);
}

test('what a flaky provider did, and what callers saw, are told apart', async () => {
  const scene = await exchangeScene({
    flaky: { script: fails(500), promptPico: 1_000_000n },
    sound: { script: good, promptPico: 2_000_000n },
  });
  for (let index = 0; index < 50; index++)
    expect(await ask(scene, { provider: { order: ['flaky', 'sound'] } })).toBe(200);
  await scene.drain();
  for (const id of ['flaky', 'sound']) expect(scene.exchange.inFlight(`demo/talker|${id}`)).toBe(0);

  const { after_fallback, providers } = await get(scene, 'stats/uptime?model=demo/talker&days=1', uptimeStats);
  expect(after_fallback.total).toMatchObject({ success: 50, error: 0, uptime: { value: 100 } });
  const uptime = Object.fromEntries(providers.map(({ provider, total }) => [provider, total.uptime.value]));
  expect(uptime.sound).toBe(100);
  expect(uptime.flaky).toBe(0);

  const endpoints = await get(scene, 'stats/endpoints?model=demo/talker', endpointStats);
  const sound = endpoints.data.find(({ provider }) => provider === 'sound')!;
  // 10 and 3 tokens at $2 and $4 a million: 32 in 13 million picodollars a token.
  expect(sound.effective_price).toMatchObject({ per_million: '2.461538461538', charged: '0.0016', n: 650 });
  expect(sound.first_content_ms.p50.n).toBe(50);
  expect(sound.first_content_ms.p50.value).toBeGreaterThan(0);
  expect((await get(scene, 'status', status)).incidents).toMatchObject([
    { provider: 'flaky', class: 'server', is_open: true },
  ]);
});

test('an incident of a provider that is no longer connected is over, and worries nobody', async () => {
  const scene = await exchangeScene({ gone: { script: fails(500), promptPico: 1_000_000n, isGone: true } });
  for (let index = 0; index < 6; index++) await ask(scene);
  await scene.drain();
  const { state, incidents } = await get(scene, 'status', status);
  expect([state, incidents]).toMatchObject(['ok', [{ provider: 'gone', class: 'server', is_open: false }]]);
});

test('a generation can be read in full the moment its answer ends, with the route that it took', async () => {
  const scene = await exchangeScene({
    busy: { script: fails(429), promptPico: 1_000_000n },
    sound: { script: good, promptPico: 2_000_000n },
    dear: { script: good, promptPico: 9_000_000n },
  });
  await ask(scene, { provider: { order: ['busy', 'sound', 'dear'] }, stream: true });
  const { data } = await get(scene, 'generations', generationLog, scene.keys.own);
  const detail = await get(scene, `generations/${data[0]!.id}`, generationDetail, scene.keys.own);
  expect(detail.route!.candidates.map(({ provider, verdict }) => [provider, verdict])).toEqual([
    ['busy', 'tried_and_failed'],
    ['sound', 'chosen'],
    ['dear', 'eligible'],
  ]);
  expect(detail.route!.why).toMatch(
    /^Sound was chosen of 3 eligible endpoints \(place 2 in provider.order\); a try at Busy got 429 after \d+ ms\.$/,
  );
  expect(detail.what_if.map(({ provider, cost }) => [provider, cost])).toEqual([['dear', '0.000144']]);
  expect(detail.stages.map(({ name }) => name)).toEqual(['read', 'plugins', 'plan', 'hold']);
  const [first, second] = detail.attempts;
  const planned = detail.stages.at(-1)!;
  expect(first!.started_ms).toBeGreaterThanOrEqual(planned.start_ms);
  expect(second!.started_ms).toBeGreaterThanOrEqual(first!.started_ms + first!.duration_ms - 1);

  const stranger = await scene.call('GET', `/api/x/generations/${data[0]!.id}`, scene.keys.stranger);
  expect(stranger.status).toBe(404);
  expect((await get(scene, 'generations', generationLog, scene.keys.stranger)).data).toEqual([]);
});

test('the kill switch takes effect on the next request, for all its requests, and after a restart', async () => {
  const scene = await exchangeScene({
    cheap: { script: good, promptPico: 1n },
    dear: { script: good, promptPico: 9_000_000n },
  });
  const served = async () => {
    await ask(scene, { provider: { sort: 'price' } });
    return (await get(scene, 'generations?limit=1', generationLog, scene.keys.own)).data[0]!.provider;
  };
  const press = (target: string, way: string) =>
    scene.call('POST', `/api/x/upstreams/${encodeURIComponent(target)}/${way}`, scene.keys.management);
  expect(await served()).toBe('cheap');
  expect((await press('demo/talker|cheap', 'disable')).status).toBe(200);
  expect(await served()).toBe('dear');
  expect((await press('dear', 'disable')).status).toBe(200);
  expect(await ask(scene)).toBe(503);
  expect((await press('demo/talker|cheap', 'enable')).status).toBe(200);
  expect(await served()).toBe('cheap');
  const restarted = new SwitchKeeper(scene.house.storage.statistics);
  await restarted.refresh();
  expect([...restarted.targets()]).toEqual(['dear']);
  expect((await scene.call('POST', '/api/x/upstreams/cheap/disable', scene.keys.own)).status).toBe(403);
});

test('a page that listens hears of an answer when it ends', async () => {
  const scene = await exchangeScene({ sound: { script: good, promptPico: 1n } });
  const response = await scene.call('GET', '/api/x/events?topics=generations', scene.keys.own);
  const reader = response.body!.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  await read();
  const next = read();
  await ask(scene, {}, scene.keys.stranger);
  await ask(scene, { stream: true });
  const text = await next;
  const { data } = await get(scene, 'generations', generationLog, scene.keys.own);
  expect(text).toContain(`"id":"${data[0]!.id}"`);
  await reader.cancel();
  expect(scene.exchange.events.listenerCount).toBe(0);
});

test('calls under way are counted until they end, also when the caller leaves', async () => {
  const scene = await exchangeScene({
    slow: {
      promptPico: 1n,
      async script(call) {
        await call.write(STREAM_HEAD);
        await call.write(chunk(sse(delta('one '))));
        call.stall();
      },
    },
  });
  const body = { model: 'demo/talker', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const response = await scene.call('POST', '/api/v1/chat/completions', scene.keys.own, body);
  const reader = response.body!.getReader();
  await reader.read();
  expect(scene.exchange.inFlight('demo/talker|slow')).toBe(1);
  await reader.cancel();
  expect(scene.exchange.inFlight('demo/talker|slow')).toBe(0);
  const { data } = await get(scene, 'generations?status=cancelled', generationLog, scene.keys.own);
  expect(data).toHaveLength(1);
});

test('apps are ranked by what callers call themselves, and the demonstration leaves no trace', async () => {
  const scene = await exchangeScene({
    sound: { script: good, promptPico: 1_000_000n },
    show: { script: good, promptPico: 1_000_000n, isDemo: true },
  });
  const app = (title: string) => ({ 'x-title': title, 'http-referer': `https://${title.toLowerCase()}.example/` });
  for (let index = 0; index < 3; index++) await ask(scene, {}, scene.keys.own, app('Real'));
  for (let index = 0; index < 5; index++) await ask(scene, {}, scene.keys.demo, app('Show'));
  await scene.drain();
  const names = async (demo: string) =>
    (await get(scene, `stats/apps?demo=${demo}`, appStats)).data.map(({ title, requests }) => [title, requests]);
  expect(await names('include')).toEqual([
    ['Show', 5],
    ['Real', 3],
  ]);
  expect(await names('exclude')).toEqual([['Real', 3]]);
  const spent = (await get(scene, 'overview', overview, scene.keys.own)).spend.month;
  expect(spent).toBe('0.000128');
  expect(await scene.house.storage.removeDemo()).toBe(5);
  expect(await names('only')).toEqual([]);
  expect((await get(scene, 'overview?demo=include', overview, scene.keys.own)).spend.month).toBe('0.000048');
  expect((await get(scene, 'stats/models?demo=include', modelStats)).data[0]!.requests).toBe(3);
});

test('a change of preferences can be tried on the past: who would have moved, at what cost, who would be lost', async () => {
  const scene = await exchangeScene({
    cheap: { script: good, promptPico: 1_000_000n },
    dear: { script: good, promptPico: 3_000_000n },
  });
  for (let index = 0; index < 4; index++) await ask(scene, { provider: { sort: 'price' } });
  await ask(scene, { provider: { only: ['cheap'] } });
  await scene.drain();
  const simulate = async (provider: object) => {
    const response = await scene.call('POST', '/api/x/simulate', scene.keys.own, { provider });
    return simulation.parse(await response.json());
  };
  // 10 and 3 tokens cost 16 million picodollars at one and 48 at the other.
  expect(await simulate({ ignore: ['cheap'] })).toMatchObject({
    ...{ n: 5, left_out: 0, changed: 4, unroutable: 1 },
    ...{ cost_before: '0.000064', cost_after: '0.000192', cost_difference: '0.000128' },
    moves: [{ from: 'cheap', to: 'dear', count: 4, cost_difference: '0.000128' }],
    reasons: [{ reason_code: 'ignored_providers', count: 1 }],
  });
  expect(await simulate({})).toMatchObject({ n: 5, changed: 0, unroutable: 0, cost_difference: '0' });
  expect(await simulate({ sort: 'price' })).toMatchObject({ changed: 0 });
  const wrong = await scene.call('POST', '/api/x/simulate', scene.keys.own, { provider: { sort: 'mood' } });
  expect(wrong.status).toBe(400);
  const other = await scene.call('POST', '/api/x/simulate', scene.keys.stranger, { provider: {} });
  expect(simulation.parse(await other.json())).toMatchObject({ n: 0, oldest: null });
});
