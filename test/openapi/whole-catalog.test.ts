import { afterAll, beforeAll, expect, test } from 'bun:test';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import { loadProviders } from '../../src/providers/provider.ts';
import { type AnyBody, checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeAll(async () => {
  house = await openTestExchange();
  house.catalog = await loadCatalog();
  house.providers = (await loadProviders()).map(({ id, name, environmentKeys, headquarters, datacenters }) => ({
    id,
    name,
    environmentKeys,
    connected: id.length % 2 === 0,
    ...(headquarters !== undefined && { headquarters }),
    ...(datacenters !== undefined && { datacenters }),
  }));
});
afterAll(async () => {
  await house.close();
  reportSkipped();
});

test('everything that is really listed is as specified', async () => {
  const { data } = await checkAnswer(house, 'GET', '/models?output_modalities=all', { as: '/models' });
  expect(data.length).toBeGreaterThanOrEqual(300);
  await checkAnswer(house, 'GET', '/providers', { as: '/providers' });
  await checkAnswer(house, 'GET', '/endpoints/zdr', { as: '/endpoints/zdr' });
  for (const { id, links } of data.slice(0, 60) as readonly AnyBody[]) {
    const as = '/models/{author}/{slug}/endpoints';
    const details = await checkAnswer(house, 'GET', links.details.slice('/api/v1'.length), { as });
    expect(details.data.endpoints.length).toBeGreaterThan(0);
    expect((await checkAnswer(house, 'GET', `/model/${id}`, { as: '/model/{author}/{slug}' })).data.id).toBe(id);
  }
});

test('Scout is listed with all its hosts', async () => {
  const path = '/models/meta-llama/llama-4-scout/endpoints?include_retired=true';
  const { data } = await checkAnswer(house, 'GET', path, { as: '/models/{author}/{slug}/endpoints' });
  expect(data.architecture.tokenizer).toBe('Llama4');
  expect(data.endpoints.length).toBeGreaterThanOrEqual(5);
});

test('asking for the whole list again takes less than 5 ms', async () => {
  await (await house.call('GET', '/models')).arrayBuffer();
  const rounds = 50;
  const started = performance.now();
  for (let round = 0; round < rounds; round++) await (await house.call('GET', '/models')).arrayBuffer();
  expect((performance.now() - started) / rounds).toBeLessThan(5);
});
