import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { z } from 'zod';
import { DEMO_WORKSPACE } from '../../src/billing/demo.ts';
import type { Attempt, GenerationRecord } from '../../src/billing/generation-record.ts';
import { overview } from '../../src/contract/overview.ts';
import { rankings } from '../../src/contract/rankings.ts';
import {
  appDetail,
  appStats,
  endpointStats,
  modelStats,
  providerDetail,
  providerStats,
  timeseries,
  tokenStats,
  uptimeStats,
} from '../../src/contract/statistics.ts';
import { makeRecord } from '../support/generation-records.ts';
import { type CallOptions, openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

const NOW = Date.UTC(2026, 10, 18, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The answer, which must be exactly of its contract's shape. */
async function get<S extends z.ZodType>(path: string, schema: S, options: CallOptions = {}): Promise<z.infer<S>> {
  const response = await house.call('GET', `/api/x${path}`, options);
  const body: unknown = await response.json();
  expect([path, response.status, response.status === 200 ? undefined : body]).toEqual([path, 200, undefined]);
  return schema.parse(body);
}

type Change = Partial<GenerationRecord> & { readonly chargedPico?: bigint };
let count = 0;
const made = (times: number, change: Change | ((index: number) => Change)) =>
  Array.from({ length: times }, (_, index) => {
    const own = typeof change === 'function' ? change(index) : change;
    const firstContentMs = own.latencyMs ?? 120;
    const [attempt] = makeRecord('x').attempts;
    const modelId = own.modelId ?? 'demo/talker';
    const attempts: readonly Attempt[] = [{ ...attempt!, modelId, startedMs: 0, durationMs: 900, firstContentMs }];
    return makeRecord(`gen-${++count}`, { createdAtMs: NOW - 1000, attempts, ...own });
  });
const failedAttempt = (change: Partial<Attempt>): Attempt => ({
  ...makeRecord('x').attempts[0]!,
  endpointId: 'demo/talker|bad',
  providerId: 'bad',
  providerName: 'Bad',
  failure: 'provider-error',
  ...change,
});

test('models: tokens, requests and days add up, and figures need their samples', async () => {
  await house.storage.settle([
    ...made(19, { latencyMs: 200 }),
    ...made(5, { createdAtMs: NOW - 3 * DAY, modelId: 'thinker/deep' }),
    ...made(1, { createdAtMs: NOW - 8 * DAY }),
  ]);
  const { meta, data } = await get('/stats/models?window=7d', modelStats);
  expect(meta).toEqual({
    from: '2026-11-12T00:00:00.000Z',
    to: '2026-11-19T00:00:00.000Z',
    grain: 'day',
    includes_demo: false,
  });
  expect(data.map(({ model, requests, tokens }) => [model, requests, tokens])).toEqual([
    ['demo/talker', 19, 2_850],
    ['thinker/deep', 5, 750],
  ]);
  expect(data[1]!.sparkline.filter(({ tokens }) => tokens > 0)).toEqual([{ date: '2026-11-15', tokens: 750 }]);
  expect(data[0]!.sparkline.length).toBe(7);
  expect(data[0]!.first_content_ms).toEqual({ value: null, n: 19, needed: 20 });
  expect(data[0]!.uptime).toEqual({ value: null, n: 19, needed: 50 });

  await house.storage.settle(made(31, { latencyMs: 200 }));
  await house.clock.advance(1_000);
  const [talker] = (await get('/stats/models?window=1d', modelStats)).data;
  expect(talker!.first_content_ms.value).toBeGreaterThan(190);
  expect(talker!.first_content_ms.value).toBeLessThan(210);
  // 50 tokens in 900 ms.
  expect(talker!.tokens_per_second.value).toBeGreaterThan(53);
  expect(talker!.tokens_per_second.value).toBeLessThan(58);
  expect(talker!.uptime).toEqual({ value: 100, n: 50, needed: 50 });
});

test('endpoints: tries count for who was tried, 429s and wrong requests are in no uptime', async () => {
  const good = made(1, {})[0]!.attempts[0]!;
  await house.storage.settle([
    ...made(60, { latencyMs: 100, chargedPico: 1_500n }),
    ...made(40, { attempts: [failedAttempt({}), good] }),
    ...made(10, { attempts: [failedAttempt({ firstContentMs: 5 }), good] }),
    ...made(3, { attempts: [failedAttempt({ failure: 'provider-rate-limited' }), good] }),
    ...made(2, { attempts: [failedAttempt({ failure: 'provider-rejected' }), good] }),
    ...made(4, { attempts: [failedAttempt({ failure: 'provider-silent' }), good] }),
  ]);
  const { data } = await get('/stats/endpoints?model=demo/talker', endpointStats);
  const [acme, bad] = data;
  expect([acme!.endpoint, bad!.endpoint]).toEqual(['demo/talker|acme', 'demo/talker|bad']);
  expect(acme!.uptime).toEqual({ success: 119, error: 0, rate_limited: 0, uptime: { value: 100, n: 119, needed: 50 } });
  expect(bad!.uptime).toEqual({ success: 0, error: 54, rate_limited: 3, uptime: { value: 0, n: 54, needed: 50 } });
  expect(bad!.errors).toEqual({
    ...{ rate_limited: 3, server: 40, timeout: 4, cut: 10, content_filter: 0, bad_request: 2, configuration: 0 },
  });
  expect(acme!.first_content_ms.p99).toMatchObject({ value: null, needed: 500 });
  expect(acme!.days.length).toBe(30);
  expect(acme!.days.at(-1)).toMatchObject({ date: '2026-11-18', success: 119 });
  // 60 of 1,500 and 59 of 1,200 picodollars over 119 × 150 tokens, per million.
  expect(acme!.effective_price).toMatchObject({ per_million: '0.000009008403', charged: '0.0000001608', n: 17_850 });
});

test('uptime: what callers saw after fallback stands beside what providers did', async () => {
  const good = made(1, {})[0]!.attempts[0]!;
  await house.storage.settle([
    ...made(45, { attempts: [failedAttempt({}), good] }),
    ...made(5, { attempts: [failedAttempt({})], failure: 'provider-error' }),
    ...made(2, { attempts: [failedAttempt({ failure: 'provider-rate-limited' })], failure: 'provider-rate-limited' }),
    ...made(3, { failure: 'caller-left', cancelled: true }),
  ]);
  const { after_fallback, providers } = await get('/stats/uptime?model=demo/talker&days=2', uptimeStats);
  expect(after_fallback.total).toMatchObject({ success: 45, error: 5, rate_limited: 2, uptime: { value: 90, n: 50 } });
  expect(after_fallback.days.map(({ date, success }) => [date, success])).toEqual([
    ['2026-11-17', 0],
    ['2026-11-18', 45],
  ]);
  expect(providers.map(({ provider, name, total }) => [provider, name, total.success, total.error])).toEqual([
    ['bad', 'bad', 0, 50],
    ['acme', 'Acme', 48, 0],
  ]);
});

test('time series: the last hour by five minutes, a day by hours, a month by days', async () => {
  await house.storage.settle([
    ...made(20, { latencyMs: 100, createdAtMs: NOW - 1 }),
    ...made(3, { latencyMs: 500, createdAtMs: NOW - 20 * 60_000 }),
    ...made(2, { latencyMs: 900, createdAtMs: NOW - 5 * HOUR }),
  ]);
  const ask = (window: string, more = '') =>
    get(`/stats/timeseries?model=demo/talker&metric=first-content&window=${window}${more}`, timeseries);
  const hour = await ask('1h');
  expect([hour.meta.grain, hour.bucket_ms, hour.unit, hour.truncated]).toEqual(['minute', 300_000, 'ms', false]);
  expect(hour.data[0]!.points.map(({ at, n }) => [at, n])).toEqual([
    ['2026-11-18T11:40:00.000Z', 3],
    ['2026-11-18T11:55:00.000Z', 20],
  ]);
  expect(hour.data[0]!.points[0]!.p50).toEqual({ value: null, n: 3, needed: 20 });
  expect(Math.abs(hour.data[0]!.points[1]!.p50.value! - 100)).toBeLessThan(5);
  const day = await ask('24h');
  expect(day.data[0]!.points.map(({ at, n }) => [at, n])).toEqual([
    ['2026-11-18T07:00:00.000Z', 2],
    ['2026-11-18T11:00:00.000Z', 23],
  ]);
  expect((await ask('30d')).data[0]!.points.map(({ n }) => n)).toEqual([25]);
  expect((await ask('24h', '&endpoint=demo/talker%7Cnone')).data).toEqual([]);
});

test('tokens per day: every day is there, spending is exact', async () => {
  const usage = {
    ...makeRecord('x').usage,
    promptTokens: 10,
    completionTokens: 5,
    cachedTokens: 4,
    reasoningTokens: 2,
  };
  await house.storage.settle([
    ...made(2, { usage, chargedPico: 333_333_333_333n }),
    ...made(1, { failure: 'provider-error', chargedPico: 0n }),
    ...made(1, { modelId: 'thinker/deep' }),
  ]);
  const { data } = await get('/stats/tokens?model=demo/talker&days=3', tokenStats);
  expect(data.map(({ date, requests }) => [date, requests])).toEqual([
    ['2026-11-16', 0],
    ['2026-11-17', 0],
    ['2026-11-18', 3],
  ]);
  expect(data.at(-1)).toMatchObject({
    ...{ prompt: 120, completion: 60, cached: 8, reasoning: 4, errors: 1, spend: '0.666666666666' },
  });
  expect((await get('/stats/tokens?days=1', tokenStats)).data[0]!.requests).toBe(4);
});

test('apps: only those that named themselves, with their trend, whatever they call themselves', async () => {
  const app = (title: string) => ({ title, categories: [] });
  await house.storage.settle([
    ...made(3, { app: app('<script>alert(1)</script>') }),
    ...made(2, { app: app('Small') }),
    ...made(1, { app: app('Small'), createdAtMs: NOW - 9 * DAY }),
    ...made(4, { app: { categories: [] } }),
  ]);
  const { data, unnamed_tokens } = await get('/stats/apps?days=7', appStats);
  expect(data.map(({ rank, title, tokens, tokens_before }) => [rank, title, tokens, tokens_before])).toEqual([
    [1, '<script>alert(1)</script>', 450, 0],
    [2, 'Small', 300, 150],
  ]);
  expect(unnamed_tokens).toBe(600);
  const detail = await get(`/apps/${data[1]!.slug}?days=30`, appDetail);
  expect([detail.title, detail.requests, detail.first_seen]).toEqual(['Small', 3, '2026-11-09T12:00:00.000Z']);
  expect(detail.models).toEqual([{ model: 'demo/talker', tokens: 450, requests: 3 }]);
  for (const slug of ['none', '%00', "x'--"]) {
    expect((await house.call('GET', `/api/x/apps/${encodeURIComponent(slug)}`)).status).toBe(404);
  }
});

test('providers: connected ones without traffic are listed, shares of spending sum to one', async () => {
  await house.storage.settle([
    ...made(3, { chargedPico: 100n }),
    ...made(1, {
      ...{ providerId: 'bad', endpointId: 'demo/talker|bad', chargedPico: 100n },
      attempts: [failedAttempt({ failure: 'provider-unpaid' })],
    }),
  ]);
  const { data } = await get('/stats/providers', providerStats);
  expect(data.map(({ provider, requests, spend_share }) => [provider, requests, spend_share])).toEqual([
    ['acme', 3, 0.75],
    ['bad', 1, 0.25],
  ]);
  expect(data[1]!.errors_24h.configuration).toBe(1);
  const acme = await get('/stats/providers/acme', providerDetail);
  expect([acme.requests, acme.spend, acme.spend_share, acme.models.length]).toEqual([3, '0.0000000003', 0.75, 1]);
  expect(acme.tokens_by_day.at(-1)).toMatchObject({ date: '2026-11-18', requests: 3 });
  expect((await get('/stats/providers/distant', providerDetail)).attempts).toBe(0);
  expect((await house.call('GET', '/api/x/stats/providers/nobody')).status).toBe(404);
});

test('rankings: places, what moved since the window before, and the rest in one row', async () => {
  await house.storage.settle([
    ...made(3, { modelId: 'a/one' }),
    ...made(2, { modelId: 'b/two' }),
    ...made(4, { modelId: 'b/two', createdAtMs: NOW - 8 * DAY }),
    ...made(1, { modelId: 'a/one', createdAtMs: NOW - 8 * DAY }),
    ...made(22, (index) => ({ modelId: `c/m${index}` })),
  ]);
  const { data, dates } = await get('/rankings?by=model&window=7d', rankings);
  expect(dates.length).toBe(7);
  expect(data.slice(0, 3).map(({ rank, id, tokens, movement }) => [rank, id, tokens, movement])).toEqual([
    [1, 'a/one', 450, 1],
    [2, 'b/two', 300, -1],
    [3, 'c/m0', 150, null],
  ]);
  expect(data.at(-1)).toMatchObject({ rank: null, id: 'other', tokens: 600, requests: 4 });
  expect(data.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  const authors = await get('/rankings?by=author', rankings);
  expect(authors.data.map(({ id, requests }) => [id, requests])).toEqual([
    ['c', 22],
    ['a', 3],
    ['b', 2],
  ]);
  const apps = await get('/rankings?by=app', rankings);
  expect(apps.data.map(({ name, requests }) => [name, requests])).toEqual([['App', 27]]);
});

test('overview: without any request nothing is foretold', async () => {
  const seen = await get('/overview', overview, { key: house.keys.inference });
  expect([seen.requests, seen.spend.month, seen.spend.forecast]).toEqual([0, '0', null]);
});

test('overview: the own account alone, with names of keys', async () => {
  const keyHash = house.exchange.directory.list().find((key) => key.accountId === 'home')!.hash;
  await house.storage.settle([
    ...made(2, { keyHash, chargedPico: 10n ** 12n, latencyMs: 80 }),
    ...made(4, (index) => ({ keyHash, chargedPico: 10n ** 12n, createdAtMs: NOW - (index + 1) * DAY })),
    ...made(9, { accountId: 'stranger', chargedPico: 10n ** 12n }),
  ]);
  const seen = await get('/overview', overview, { key: house.keys.inference });
  expect(seen.spend).toMatchObject({ today: '2', month: '6', credit_left: '19.5' });
  // Four whole days at a dollar, and thirteen to come: the days before the first request do not count.
  expect(seen.spend.forecast).toEqual({ low: '17', middle: '17', high: '17', days: 4 });
  expect([seen.requests, seen.requests_today]).toEqual([6, 2]);
  expect(seen.top_keys).toEqual([{ id: keyHash, name: 'test', requests: 6, tokens: 900, spend: '6' }]);
  expect(seen.top_models[0]).toMatchObject({ id: 'demo/talker', spend: '6' });
  expect(seen.error_rate).toEqual({ value: null, n: 6, needed: 50 });
  const other = await get('/overview', overview, { key: house.keys.stranger });
  expect(other.spend.forecast).toBeNull();
  expect(other.requests).toBe(9);
});

test('demonstration traffic counts unless it is left out, and the answer says so', async () => {
  await house.storage.settle([...made(1, {}), ...made(2, { workspaceId: DEMO_WORKSPACE })]);
  const seen = await Promise.all(
    ['', '?demo=exclude', '?demo=only'].map((demo) => get(`/stats/models${demo}`, modelStats)),
  );
  expect(seen.map(({ meta, data }) => [meta.includes_demo, data[0]!.requests])).toEqual([
    [true, 3],
    [false, 1],
    [true, 2],
  ]);
});

test('public answers name no key, no account and no user', async () => {
  await house.storage.settle(
    made(60, { keyHash: 'secret-key', accountId: 'secret-account', externalUser: 'secret-user' }),
  );
  for (const path of [
    'stats/models',
    'stats/endpoints?model=demo/talker',
    'stats/apps',
    'stats/providers',
    'rankings',
  ]) {
    const text = await (await house.call('GET', `/api/x/${path}`)).text();
    expect([
      path,
      text.includes('demo') || text.includes('acme') || text.includes('App'),
      text.includes('secret'),
    ]).toEqual([path, true, false]);
  }
});

test.each([
  'stats/models?window=2y',
  'stats/endpoints',
  'stats/timeseries?model=a&metric=mood',
  'stats/tokens?days=100000',
  'stats/uptime?model=a&days=0',
  'rankings?by=key',
  'stats/models?demo=maybe',
])('%s is refused', async (path) => {
  expect((await house.call('GET', `/api/x/${path}`)).status).toBe(400);
});
