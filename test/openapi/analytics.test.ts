import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { HOME_WORKSPACE } from '../../src/accounts/directory.ts';
import { DEMO_WORKSPACE } from '../../src/billing/demo.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { makeRecord } from '../support/generation-records.ts';
import { checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const NOW = Date.UTC(2026, 10, 18, 12);
const DAY = 86_400_000;
let count = 0;
const made = (times: number, change: Partial<GenerationRecord> & { readonly chargedPico?: bigint }) =>
  Array.from({ length: times }, () => makeRecord(`gen-${++count}`, { createdAtMs: NOW - DAY, ...change }));

const activity = (query = '', key = house.keys.management) =>
  checkAnswer(house, 'GET', `/activity${query}`, { as: '/activity', key });

test('activity: whole days alone, one row for each day, model and endpoint', async () => {
  await house.storage.settle([
    ...made(2, { chargedPico: 10n ** 12n }),
    ...made(1, { createdAtMs: NOW - 30 * DAY }),
    ...made(1, { createdAtMs: NOW }),
    ...made(1, { createdAtMs: NOW - 31 * DAY }),
    ...made(1, { accountId: 'stranger' }),
  ]);
  const { data } = await activity();
  expect(data).toEqual([
    {
      ...{ date: '2026-11-17', model: 'demo/talker', model_permaslug: 'demo/talker' },
      ...{ endpoint_id: 'demo/talker|acme', provider_name: 'Acme', usage: 2, byok_usage_inference: 0, requests: 2 },
      ...{ prompt_tokens: 200, completion_tokens: 100, reasoning_tokens: 0 },
    },
    expect.objectContaining({ date: '2026-10-19', requests: 1 }),
  ]);
  expect((await activity('?date=2026-10-19')).data).toHaveLength(1);
  expect((await activity('', house.keys.strangerManagement)).data).toMatchObject([{ requests: 1 }]);
});

test('activity is split and filtered by workspace and key', async () => {
  await house.storage.settle([...made(1, { keyHash: 'a' }), ...made(2, { workspaceId: DEMO_WORKSPACE })]);
  const rows = (await activity('?group_by=workspace')).data.map((row: { workspace_id: string; requests: number }) => [
    row.workspace_id,
    row.requests,
  ]);
  expect(rows.sort()).toEqual(
    [
      [HOME_WORKSPACE, 1],
      [DEMO_WORKSPACE, 2],
    ].sort(),
  );
  expect((await activity(`?workspace_id=${HOME_WORKSPACE}`)).data).toMatchObject([{ requests: 1 }]);
  expect((await activity('?api_key_hash=a')).data).toMatchObject([{ requests: 1 }]);
  expect((await activity('?user_id=somebody')).data).toEqual([]);
  expect((await activity('?workspace_id=other')).data).toEqual([]);
});

test.each(['?date=2026-11-18', '?date=2026-10-18', '?date=2026-02-30', '?date=yesterday', '?group_by=mood'])(
  'activity%s is refused',
  async (query) => {
    await checkAnswer(house, 'GET', `/activity${query}`, { as: '/activity', status: 400, key: house.keys.management });
  },
);

const ask = (body: object, status = 200) =>
  checkAnswer(house, 'POST', '/analytics/query', { as: '/analytics/query', body, status, key: house.keys.management });

test('what can be asked is said, and all of it can be', async () => {
  await house.storage.settle(made(25, { latencyMs: 100 }));
  const { data } = await checkAnswer(house, 'GET', '/analytics/meta', {
    as: '/analytics/meta',
    key: house.keys.management,
  });
  const names = (list: { name: string }[]) => list.map(({ name }) => name);
  for (const dimension of names(data.dimensions)) {
    const latency = ['app', 'api_key_id'].includes(dimension);
    const metrics = names(data.metrics).filter((name) => !latency || !/latency|throughput/.test(name));
    const answer = await ask({ metrics, dimensions: [dimension] });
    expect(answer.data.data).toMatchObject([{ request_count: 25, error_count: 0, error_rate: null }]);
    expect(Object.keys(answer.data.data[0])).toEqual([dimension, ...metrics]);
  }
  for (const granularity of names(data.granularities)) {
    const { data: answer } = await ask({ metrics: ['request_count'], granularity });
    expect(Object.keys(answer.data[0])).toEqual([`date__${granularity}`, 'request_count']);
  }
});

test('filters, order and limits hold', async () => {
  await house.storage.settle([
    ...made(3, { modelId: 'a/one', keyHash: 'x', chargedPico: 5n * 10n ** 11n }),
    ...made(2, { modelId: 'b/two', app: { categories: [] } }),
    ...made(1, { modelId: 'c/three', createdAtMs: NOW - 3 * DAY }),
  ]);
  const models = async (more: object) =>
    (await ask({ metrics: ['request_count'], dimensions: ['model'], ...more })).data.data.map(
      ({ model, request_count }: { model: string; request_count: number }) => [model, request_count],
    );
  expect(await models({})).toEqual([
    ['a/one', 3],
    ['b/two', 2],
    ['c/three', 1],
  ]);
  expect(await models({ order_by: { field: 'request_count', direction: 'asc' }, limit: 1 })).toEqual([['c/three', 1]]);
  const filter = (field: string, operator: string, value: unknown, more = {}) => ({
    filters: [{ field, operator, value, ...more }],
  });
  expect(await models(filter('model', 'in', ['b/two', 'c/three']))).toHaveLength(2);
  expect(await models(filter('model', 'neq', 'a/one'))).toHaveLength(2);
  expect(await models(filter('api_key_id', 'eq', 'x'))).toEqual([['a/one', 3]]);
  expect(await models(filter('app', 'in', [], { include_unset: true }))).toEqual([['b/two', 2]]);
  const range = { time_range: { start: '2026-11-17T00:00:00Z', end: '2026-11-18T00:00:00Z' } };
  expect(await models(range)).toHaveLength(2);
  const spent = await ask({ metrics: ['total_usage'], granularity: 'day', ...range });
  expect(spent.data.data[0]).toMatchObject({ date__day: '2026-11-17T00:00:00.000Z', total_usage: 1.5000000024 });
  expect(spent.data.metadata).toMatchObject({ row_count: 1, truncated: false });
  expect((await ask({ metrics: ['request_count'], dimensions: ['model'], limit: 1 })).data.metadata.truncated).toBe(
    true,
  );
});

test.each([
  { metrics: [] },
  { metrics: ['mood'] },
  { metrics: ['constructor'] },
  { metrics: ['request_count'], dimensions: ['__proto__'] },
  { metrics: ['request_count'], granularity: 'minute' },
  { metrics: ['request_count'], filters: [{ field: 'model', operator: 'gt', value: 1 }] },
  { metrics: ['request_count'], filters: [{ field: 'model', operator: 'in', value: 'a' }] },
  { metrics: ['request_count'], order_by: { field: 'mood', direction: 'asc' } },
  { metrics: ['latency_p50'], dimensions: ['app'] },
  { metrics: ['request_count'], time_range: { start: '2026-11-18T00:00:00Z', end: '2026-11-17T00:00:00Z' } },
])('the query %j is refused', (body) => ask(body, 400));

test('rankings: tokens as text, the fifty largest of a day and the rest in one row', async () => {
  await house.storage.settle([
    ...made(2, {}),
    ...Array.from({ length: 52 }, (_, index) => made(1, { modelId: `c/m${String(index).padStart(2, '0')}` })[0]!),
    ...made(5, { createdAtMs: NOW }),
    ...made(5, { workspaceId: DEMO_WORKSPACE }),
  ]);
  const as = '/datasets/rankings-daily';
  const { data, meta } = await checkAnswer(house, 'GET', as, { as, key: house.keys.inference });
  expect(meta).toMatchObject({ start_date: '2026-10-18', end_date: '2026-11-17', version: 'v1' });
  expect(data).toHaveLength(51);
  expect(data[0].total_tokens).toBe('300');
  expect(data.at(-1)).toEqual({ date: '2026-11-17', model_permaslug: 'other', total_tokens: '450' });
  const weekly = await checkAnswer(house, 'GET', `${as}?period=week`, { as, key: house.keys.inference });
  expect(weekly.data[0].date).toBe('2026-11-16');
  for (const query of [
    '?context_bucket=1K',
    '?modality=tool_calling',
    '?end_date=2024-01-01',
    '?start_date=2026-11-31',
    '?start_date=2026-11-17&end_date=2026-11-16',
  ]) {
    await checkAnswer(house, 'GET', as + query, { as, status: 400, key: house.keys.inference });
  }
});

test('apps: by volume, and by what they grew beyond their past', async () => {
  const app = (title: string, categories: string[] = []) => ({ title, categories });
  await house.storage.settle([
    ...made(5, { app: app('Steady', ['game']) }),
    ...made(15, { app: app('Steady', ['game']), createdAtMs: NOW - 40 * DAY }),
    ...made(3, { app: app('Growing', ['cli-agent']) }),
    ...made(2, { app: { categories: [] } }),
  ]);
  const as = '/datasets/app-rankings';
  const names = async (query: string) =>
    (await checkAnswer(house, 'GET', as + query, { as, key: house.keys.inference })).data.map(
      ({ rank, app_name, total_requests }: { rank: number; app_name: string; total_requests: number }) => [
        rank,
        app_name,
        total_requests,
      ],
    );
  expect(await names('')).toEqual([
    [1, 'Steady', 5],
    [2, 'Growing', 3],
  ]);
  expect(await names('?sort=trending')).toEqual([[1, 'Growing', 3]]);
  expect(await names('?category=coding')).toEqual([[1, 'Growing', 3]]);
  expect(await names('?limit=1&offset=1')).toEqual([[2, 'Growing', 3]]);
  await checkAnswer(house, 'GET', `${as}?category=coding&subcategory=game`, {
    as,
    status: 400,
    key: house.keys.inference,
  });
});
