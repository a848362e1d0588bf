import { afterEach, beforeEach, expect, test } from 'bun:test';
import { modelList, providerList } from '../../src/contract/model-list.ts';
import { testCatalog, testEndpoint } from '../support/test-catalog.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
  house.catalog = testCatalog([
    testEndpoint('acme', { zeroDataRetention: true, trainsOnPrompts: false, quantization: 'fp8' }),
    testEndpoint('zeta', { quantization: 'bf16', contextTokensMax: 999_000 }),
    testEndpoint('zeta', { modelId: 'other/writer' }),
    testEndpoint('gone', { modelId: 'other/gone', status: 'retired' }),
  ]);
  house.providers = [
    { id: 'acme', name: 'Acme', connected: false, environmentKeys: ['ACME_KEY'] },
    { id: 'zeta', name: 'Zeta', connected: true, environmentKeys: [] },
  ];
});
afterEach(() => house.close());

const models = async (query = '') => {
  const response = await house.call('GET', `/api/x/models${query}`);
  return {
    status: response.status,
    body: response.status === 200 ? modelList.parse(await response.json()) : undefined,
  };
};

test('the list names every model that is offered, with who offers it and what any of them can', async () => {
  const { body } = await models();
  expect(body!.data.map(({ id }) => id).sort()).toEqual(['demo/talker', 'other/writer']);
  const talker = body!.data.find(({ id }) => id === 'demo/talker')!;
  expect(talker.providers.map((place) => body!.providers[place]!.id)).toEqual(['acme', 'zeta']);
  expect([talker.context, talker.quantizations, talker.zdr, talker.no_training, talker.connected]).toEqual([
    999_000,
    ['fp8', 'bf16'],
    true,
    true,
    true,
  ]);
});

test('the list is narrowed by author, provider, names and number, and counts what matches', async () => {
  const ids = async (query: string) => (await models(query)).body!.data.map(({ id }) => id);
  expect(await ids('?author=other')).toEqual(['other/writer']);
  expect(await ids('?provider=acme')).toEqual(['demo/talker']);
  expect(await ids('?ids=other/writer,no/body')).toEqual(['other/writer']);
  const { body } = await models('?limit=1');
  expect([body!.data.length, body!.total]).toEqual([1, 2]);
  expect((await models('?limit=0')).status).toBe(400);
});

test('the models of one provider stand there with its own price, limits and word, not with those of others', async () => {
  const prices = async (query: string) =>
    (await models(query))
      .body!.data.filter(({ id }) => id === 'demo/talker')
      .map(({ price, context, zdr, providers }) => [price.prompt, context, zdr, providers.length]);
  const cheap = { id: 'zeta@test', prompt: 1_000n, completion: 1_000n, source: 'test', seenAt: '2026-11-01' };
  house.catalog = testCatalog([
    testEndpoint('acme', { zeroDataRetention: true, contextTokensMax: 64_000 }),
    testEndpoint('zeta', { price: cheap, contextTokensMax: 999_000 }),
  ]);
  const [acme] = await prices('?provider=acme');
  expect(acme).toEqual(['0.000001', 64_000, true, 2]);
  expect((await prices('?provider=zeta'))[0]).toEqual(['0.000000001', 999_000, false, 2]);
});

test('what serves the demonstration alone makes no model usable', async () => {
  house.catalog = testCatalog([testEndpoint('acme'), testEndpoint('zeta', { isDemo: true })]);
  const { body } = await models();
  expect(body!.data.map(({ id, connected }) => [id, connected])).toEqual([['demo/talker', false]]);
});

test('an author without models is not there', async () => {
  expect((await models('?author=nobody')).status).toBe(404);
});

test('providers come with what would connect them, and claims count only when every endpoint agrees', async () => {
  const { data } = providerList.parse(await (await house.call('GET', '/api/x/providers')).json());
  expect(
    data.map(({ id, connected, environment_keys, models: count }) => [id, connected, environment_keys, count]),
  ).toEqual([
    ['zeta', true, [], 2],
    ['acme', false, ['ACME_KEY'], 1],
  ]);
  expect(data.map(({ zero_data_retention }) => zero_data_retention)).toEqual([null, true]);
});
