import { afterEach, beforeEach, expect, test } from 'bun:test';
import { DEMO_WORKSPACE } from '../../src/billing/demo.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { activity, activityMeta, status } from '../../src/contract/overview.ts';
import { UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import { makeRecord } from '../support/generation-records.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

const NOW = Date.UTC(2026, 10, 18, 12);
const DAY = 86_400_000;
const RANGE = { from: '2026-11-16T00:00:00Z', to: '2026-11-19T00:00:00Z', grain: 'day' };
let count = 0;
const made = (times: number, change: Partial<GenerationRecord> & { readonly chargedPico?: bigint }) =>
  Array.from({ length: times }, () => makeRecord(`gen-${++count}`, { createdAtMs: NOW - 1, ...change }));

async function ask(question: object, key = house.keys.inference) {
  const body = { ...RANGE, ...question };
  const response = await house.call('POST', '/api/x/activity/query', { key, body });
  const answer: unknown = await response.json();
  expect([response.status, response.status === 200 ? undefined : answer]).toEqual([200, undefined]);
  return activity.parse(answer);
}

test('spending by model and day, exact, against the window before', async () => {
  await house.storage.settle([
    ...made(3, { modelId: 'a/one', chargedPico: 333_333_333_333n }),
    ...made(1, { modelId: 'b/two', chargedPico: 1n, createdAtMs: NOW - 2 * DAY }),
    ...made(1, { modelId: 'a/one', chargedPico: 7n * 10n ** 12n, createdAtMs: NOW - 4 * DAY }),
    ...made(9, { accountId: 'stranger', chargedPico: 10n ** 12n }),
  ]);
  const seen = await ask({ metric: 'spend', split: 'model', compare: true });
  expect(seen.buckets).toEqual(['2026-11-16T00:00:00.000Z', '2026-11-17T00:00:00.000Z', '2026-11-18T00:00:00.000Z']);
  expect(seen.series.map(({ id, values, total, n }) => [id, values, total, n])).toEqual([
    ['a/one', ['0', '0', '0.999999999999'], '0.999999999999', 3],
    ['b/two', ['0.000000000001', '0', '0'], '0.000000000001', 1],
  ]);
  expect([seen.total, seen.n, seen.unit]).toEqual(['1', 4, 'usd']);
  expect(seen.previous).toMatchObject({ total: '7', n: 1, values: ['0', '7', '0'] });
  expect((await ask({ metric: 'requests' }, house.keys.stranger)).total).toBe(9);
});

test('every metric can be asked with every split that is said to fit', async () => {
  await house.storage.settle([...made(30, { latencyMs: 100 }), ...made(1, { failure: 'provider-error' })]);
  const response = await house.call('GET', '/api/x/activity/meta', { key: house.keys.inference });
  const meta = activityMeta.parse(await response.json());
  expect(meta.values.model).toMatchObject([{ id: 'demo/talker' }]);
  expect(meta.values.app).toMatchObject([{ name: 'App' }]);
  for (const { id: metric, splits } of meta.metrics) {
    for (const split of [undefined, ...splits]) {
      const seen = await ask({ metric, ...(split && { split }) });
      expect([metric, split, seen.series.length > 0]).toEqual([metric, split, true]);
    }
  }
  const outcomes = await ask({ metric: 'requests', split: 'outcome' });
  expect(outcomes.series.map(({ id, total }) => [id, total])).toEqual([
    ['success', 30],
    ['error', 1],
  ]);
  const speed = await ask({ metric: 'first_content_p50', split: 'provider' });
  expect(speed.series[0]!.n).toBe(30);
  expect(Math.abs(Number(speed.series[0]!.total) / 100 - 1)).toBeLessThan(0.05);
});

test('filters narrow, the rest beyond twenty series is one, demonstration traffic can be left out', async () => {
  await house.storage.settle([
    ...Array.from({ length: 23 }, (_, index) => made(1, { modelId: `c/m${index}` })[0]!),
    ...made(2, { workspaceId: DEMO_WORKSPACE, modelId: 'c/m0' }),
  ]);
  const all = await ask({ metric: 'requests', split: 'model' });
  expect(all.series).toHaveLength(21);
  expect(all.series[0]).toMatchObject({ id: 'c/m0', total: 3 });
  expect(all.series.at(-1)).toMatchObject({ id: 'other', total: 3 });
  const filters = [{ field: 'model', values: ['c/m0', 'c/m1'] }];
  expect((await ask({ metric: 'requests', filters })).total).toBe(4);
  expect(
    (await ask({ metric: 'requests', filters: [...filters, { field: 'model', values: ['c/m1', 'c/m2'] }] })).total,
  ).toBe(1);
  const real = await ask({ metric: 'requests', filters, demo: 'exclude' });
  expect([real.total, real.meta.includes_demo]).toEqual([2, false]);
});

test('weeks begin on Monday, months on the first; without a grain the range chooses', async () => {
  await house.storage.settle([...made(1, {}), ...made(1, { createdAtMs: NOW - 20 * DAY })]);
  const range = { from: '2026-10-20T00:00:00Z', to: '2026-11-19T00:00:00Z' };
  const weekly = await ask({ metric: 'requests', ...range, grain: 'week' });
  expect([weekly.buckets[0], weekly.buckets.at(-1)]).toEqual(['2026-10-19T00:00:00.000Z', '2026-11-16T00:00:00.000Z']);
  const monthly = await ask({ metric: 'requests', ...range, grain: 'month', compare: true });
  expect(monthly.buckets).toEqual(['2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z']);
  expect(monthly.previous!.values).toHaveLength(2);
  const short = await ask({
    metric: 'requests',
    from: '2026-11-18T00:00:00Z',
    to: '2026-11-18T13:00:00Z',
    grain: undefined,
  });
  expect([short.grain, short.meta.grain, short.buckets.length]).toEqual(['hour', 'hour', 13]);
});

test.each([
  { metric: 'mood' },
  { metric: 'requests', from: '2026-11-20T00:00:00Z' },
  { metric: 'requests', from: '2026-01-01T00:00:00Z', grain: 'hour' },
  { metric: 'requests', from: '2026-07-01T00:00:00Z', to: '2026-07-02T00:00:00Z', grain: 'hour' },
  { metric: 'requests', from: '1990-01-01T00:00:00Z' },
  { metric: 'spend', split: 'outcome' },
  { metric: 'first_content_p50', split: 'app' },
  { metric: 'first_content_p50', filters: [{ field: 'key', values: ['x'] }] },
  { metric: 'requests', filters: [{ field: 'account', values: ['stranger'] }] },
])('the question %j is refused', async (question) => {
  const body = { ...RANGE, ...question };
  expect((await house.call('POST', '/api/x/activity/query', { key: house.keys.inference, body })).status).toBe(400);
});

const readStatus = async () => status.parse(await (await house.call('GET', '/api/x/status')).json());

test('status: errors that are too many to be chance are an incident, open while they go on', async () => {
  const [attempt] = makeRecord('x').attempts;
  house.providers = [...house.providers, { id: 'bad', name: 'Bad', connected: true, environmentKeys: [] }];
  const failed = { ...attempt!, endpointId: 'demo/talker|bad', providerId: 'bad', failure: 'provider-error' as const };
  await house.storage.settle([
    ...made(10, { attempts: [failed, attempt!] }),
    ...made(4, { attempts: [{ ...failed, failure: 'provider-silent' }, attempt!] }),
    ...made(6, { attempts: [{ ...failed, providerId: 'older' }, attempt!], createdAtMs: NOW - 5 * 3_600_000 }),
  ]);
  house.undrained.push(makeRecord('gen-fresh'));
  house.health.set('demo/talker|acme', { ...UNKNOWN_HEALTH, vetoed: true });
  const seen = await readStatus();
  expect(seen).toMatchObject({ state: 'degraded', version: 'test', journal_pending: 1 });
  expect(seen.incidents.map((one) => [one.provider, one.class, one.count, one.share, one.is_open])).toEqual([
    ['bad', 'server', 10, 10 / 14, true],
    ['older', 'server', 6, 1, false],
  ]);
  expect(seen.providers.map(({ provider, breaker }) => [provider, breaker])).toEqual([
    ['acme', 'refused'],
    ['bad', 'closed'],
    ['older', 'closed'],
  ]);
  expect(seen.after_fallback!.total.success).toBe(20);
});

test('status is answered from memory while storage is away', async () => {
  await house.storage.close();
  const seen = await readStatus();
  expect([seen.state, seen.after_fallback, seen.incidents]).toEqual(['storage-away', null, []]);
  expect(seen.providers.map(({ provider, days }) => [provider, days])).toEqual([['acme', []]]);
});
