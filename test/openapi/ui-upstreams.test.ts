import { afterEach, beforeEach, expect, test } from 'bun:test';
import { routePreview, upstreams } from '../../src/contract/routing.ts';
import { UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import { testCatalog, testEndpoint } from '../support/test-catalog.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
  const price = (id: string, prompt: bigint) => ({
    price: { id: `${id}@test`, prompt, completion: prompt, source: 'test', seenAt: '2026-11-01' },
  });
  house.catalog = testCatalog([
    testEndpoint('acme', price('acme', 1_000_000n)),
    testEndpoint('dear', price('dear', 3_000_000n)),
    testEndpoint('distant', price('distant', 1n)),
  ]);
  house.providers = ['acme', 'dear', 'distant'].map((id) => ({
    ...{ id, name: id, connected: id !== 'distant', environmentKeys: [`${id.toUpperCase()}_KEY`] },
  }));
});
afterEach(() => house.close());

const ENDPOINT = encodeURIComponent('demo/talker|acme');
const manage = (method: string, path = '', body?: unknown) =>
  house.call(method, `/api/x/upstreams${path}`, { key: house.keys.management, body });

async function preview(question: object, status = 200) {
  const body = { model: 'demo/talker', ...question };
  const response = await house.call('POST', '/api/x/route/explain', { key: house.keys.inference, body });
  expect(response.status).toBe(status);
  return routePreview.parse(await response.json());
}

test('a preview says who would serve, at which price, how often first, and who not and why', async () => {
  const seen = await preview({ prompt_tokens: 1_000, max_output: 100, seed: 3 });
  const shares = Object.fromEntries(seen.eligible.map(({ provider, first_share }) => [provider, first_share]));
  // Inverse square of the price: nine in ten.
  expect(shares.acme).toBeGreaterThan(0.8);
  expect(shares.acme! + shares.dear!).toBeCloseTo(1);
  expect(seen.eligible.find(({ provider }) => provider === 'dear')!.inputs.expected_cost).toBe('0.0033');
  expect(seen.excluded).toEqual([
    {
      ...{ endpoint: 'demo/talker|distant', provider: 'distant', provider_name: 'Distant', model: 'demo/talker' },
      ...{ reason_code: 'not_connected', reason: 'has no provider key here' },
    },
  ]);
  expect(await preview({ prompt_tokens: 1_000, max_output: 100, seed: 3 })).toEqual(seen);
});

test('a preview reads provider preferences as a request does', async () => {
  const sorted = await preview({ provider: { sort: 'price' } });
  expect(sorted.eligible.map(({ provider, first_share }) => [provider, first_share])).toEqual([
    ['acme', 1],
    ['dear', 0],
  ]);
  const none = await preview({ provider: { only: ['distant'] } });
  expect(none.eligible).toEqual([]);
  expect(none.problem).toContain('demo/talker');
  const long = await preview({ prompt_tokens: 1_000_000 });
  expect(long.excluded.map(({ reason_code }) => reason_code).sort()).toEqual([
    'context_length',
    'context_length',
    'not_connected',
  ]);
});

test.each([
  {},
  { model: 'demo/talker', provider: { sort: 'mood' } },
  { model: 'demo/talker', provider: { max_price: { prompt: 'much' } } },
  { model: 'demo/nobody' },
  { model: 'demo/talker', prompt_tokens: -1 },
  { model: 'demo/talker', nonsense: 1 },
])('the question %j is refused', async (body) => {
  const response = await house.call('POST', '/api/x/route/explain', { key: house.keys.inference, body });
  expect(response.status).toBe(400);
});

test('what is switched off is in no plan, with a reason of its own, and comes back', async () => {
  const response = await manage('POST', `/${ENDPOINT}/disable`, { note: 'answers in French' });
  const listed = upstreams.parse(await response.json());
  expect(listed.data.map(({ provider, breaker, switched_off }) => [provider, breaker, switched_off?.note])).toEqual([
    ['acme', 'off', 'answers in French'],
    ['dear', 'closed', undefined],
  ]);
  const off = await preview({});
  expect(off.eligible.map(({ provider }) => provider)).toEqual(['dear']);
  expect(off.excluded.find(({ provider }) => provider === 'acme')!.reason_code).toBe('switched_off');
  await manage('POST', `/${ENDPOINT}/enable`);
  expect((await preview({})).eligible).toHaveLength(2);
});

test('a provider is switched off as a whole; with nobody left the caller is told why', async () => {
  await manage('POST', '/acme/disable');
  await manage('POST', '/dear/disable');
  const seen = upstreams.parse(await (await manage('GET')).json());
  expect(seen.providers_off.map(({ provider }) => provider)).toEqual(['acme', 'dear']);
  expect((await preview({})).problem).toBe('Every connected endpoint of demo/talker was switched off by an operator.');
});

test('a switch survives a restart', async () => {
  await manage('POST', `/${ENDPOINT}/disable`);
  expect(await house.storage.statistics.offSwitches()).toMatchObject([{ target: 'demo/talker|acme' }]);
});

test('nothing unknown is switched', async () => {
  for (const target of ['nobody', 'demo%2Ftalker%7Cnobody', '%00']) {
    expect((await manage('POST', `/${target}/disable`)).status).toBe(404);
    expect((await manage('POST', `/${target}/enable`)).status).toBe(404);
  }
  expect((await manage('POST', `/${ENDPOINT}/disable`, { note: 'x'.repeat(201) })).status).toBe(400);
});

test('breakers say what keeps an endpoint out', async () => {
  house.health.set('demo/talker|acme', { ...UNKNOWN_HEALTH, vetoed: true });
  house.health.set('demo/talker|dear', { ...UNKNOWN_HEALTH, gatedUntilMs: house.clock.nowMs() + 5_000 });
  const { data } = upstreams.parse(await (await manage('GET')).json());
  expect(data.map(({ provider, breaker, gated_until }) => [provider, breaker, gated_until])).toEqual([
    ['acme', 'refused', null],
    ['dear', 'open', '2026-11-18T12:00:05.000Z'],
  ]);
});
