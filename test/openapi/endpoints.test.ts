import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { type EndpointHealth, UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import { type AnyBody, checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const as = '/models/{author}/{slug}/endpoints';
const SCOUT = '/models/meta-llama/llama-4-scout/endpoints';
const figures = { p50: 100, p75: 200, p90: 300, p99: 400 };

async function endpoints(path = SCOUT, key?: string): Promise<readonly AnyBody[]> {
  return (await checkAnswer(house, 'GET', path, { as, ...(key && { key }) })).data.endpoints;
}

test('every active offer is listed, and status tells which can serve now', async () => {
  const listed = await endpoints();
  expect(listed.map(({ tag, status }) => [tag, status])).toEqual([
    ['acme', 0],
    ['distant', -5],
  ]);
  expect(listed[0]).toMatchObject({
    name: 'Acme | meta-llama/llama-4-scout-17b-16e-instruct',
    model_id: 'meta-llama/llama-4-scout',
    model_name: 'Llama 4 Scout',
    provider_name: 'Acme',
    quantization: 'fp8',
    context_length: 131_072,
    max_completion_tokens: 4_096,
    max_prompt_tokens: null,
    supports_implicit_caching: true,
    uptime_last_5m: null,
    latency_last_30m: null,
    throughput_last_30m: null,
  });
});

test('retired offers show when asked for', async () => {
  const listed = await endpoints(`${SCOUT}?include_retired=true`);
  expect(listed.map(({ tag, status }) => [tag, status])).toContainEqual(['closed', -10]);
  expect(await endpoints('/models/gone/model/endpoints')).toEqual([]);
});

test.each([
  [{ uptime: 0.94 }, -1],
  [{ recentOutage: true }, -2],
  [{ uptime: 0.79 }, -3],
  [{ vetoed: true }, -5],
] as const)('an endpoint with %j has status %j', async (difference, status) => {
  const health: EndpointHealth = { ...UNKNOWN_HEALTH, ...difference };
  house.health.set('meta-llama/llama-4-scout|acme', health);
  expect((await endpoints())[0].status).toBe(status);
});

test('percentiles are for callers with a key', async () => {
  const health = { ...UNKNOWN_HEALTH, samples: 50, latencyMs: figures, throughput: figures };
  house.health.set('meta-llama/llama-4-scout|acme', health);
  const [hidden] = await endpoints();
  expect([hidden.latency_last_30m, hidden.uptime_last_30m]).toEqual([null, 99.5]);
  const [shown] = await endpoints(SCOUT, house.keys.inference);
  expect([shown.latency_last_30m, shown.throughput_last_30m]).toEqual([figures, figures]);
});

test('an unknown model has no endpoints page', async () => {
  await checkAnswer(house, 'GET', '/models/no/such/endpoints', { as, status: 404 });
});

test('variants and canonical names lead to the same endpoints', async () => {
  const plain = await endpoints();
  expect(await endpoints('/models/meta-llama/llama-4-scout:floor/endpoints')).toEqual([...plain]);
  expect(await endpoints('/models/meta-llama/llama-4-scout-17b-16e-instruct/endpoints')).toEqual([...plain]);
  expect(await endpoints('/models/meta-llama/llama-4-scout:free/endpoints')).toHaveLength(1);
});

test('zero data retention is listed only where it is promised and still offered', async () => {
  const { data } = await checkAnswer(house, 'GET', '/endpoints/zdr', { as: '/endpoints/zdr' });
  expect(data.map((endpoint: AnyBody) => [endpoint.model_id, endpoint.tag])).toEqual([
    ['meta-llama/llama-4-scout', 'acme'],
  ]);
});

test('providers are listed with their policies, and only with countries that exist', async () => {
  const { data } = await checkAnswer(house, 'GET', '/providers', { as: '/providers' });
  expect(data).toEqual([
    {
      name: 'Acme',
      slug: 'acme',
      privacy_policy_url: 'https://acme.test/privacy',
      terms_of_service_url: null,
      status_page_url: null,
      headquarters: 'DE',
      datacenters: ['DE', 'FR'],
    },
    {
      name: 'Distant',
      slug: 'distant',
      privacy_policy_url: null,
      terms_of_service_url: null,
      status_page_url: null,
      datacenters: null,
    },
  ]);
});
