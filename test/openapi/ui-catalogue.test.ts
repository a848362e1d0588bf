import { afterEach, beforeEach, expect, test } from 'bun:test';
import type { z } from 'zod';
import { catalogueChanges, catalogueSources, disagreements, priceHistory } from '../../src/contract/catalogue-facts.ts';
import { catalogFacts } from '../../src/statistics/catalog-changes.ts';
import { testCatalog, testEndpoint } from '../support/test-catalog.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

async function get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> {
  const response = await house.call('GET', `/api/x/catalogue/${path}`);
  expect(response.status).toBe(200);
  return schema.parse(await response.json());
}

const price = (prompt: bigint, day: string) => ({
  price: { id: `acme@${day}`, prompt, completion: 2n * prompt, source: 'models.dev', seenAt: day },
});

async function see(version: string, ...endpoints: ReturnType<typeof testEndpoint>[]): Promise<void> {
  await house.clock.advance(2_000);
  house.catalog = { ...testCatalog(endpoints), version };
  const facts = catalogFacts(house.catalog);
  await house.storage.statistics.recordCatalog({ version, facts, atMs: house.clock.nowMs() });
}

test('prices are kept from the first start on, each with its source and since when', async () => {
  await see('v1', testEndpoint('acme', price(1_000_000n, '2026-10-01')), testEndpoint('gone'));
  await see('v2', testEndpoint('acme', price(2_500_000n, '2026-11-10')));
  const { data } = await get('prices?model=demo/talker', priceHistory);
  expect(data.map(({ provider, is_offered }) => [provider, is_offered])).toEqual([['acme', true]]);
  expect(data[0]!.prices.map((one) => [one.price_id, one.since, one.prompt_per_million, one.seen_at])).toEqual([
    ['acme@2026-10-01', '2026-10-01T00:00:00.000Z', '1', '2026-10-01'],
    ['acme@2026-11-10', '2026-11-18T12:00:04.000Z', '2.5', '2026-11-10'],
  ]);
  const changes = (await get('changes?model=demo/talker', catalogueChanges)).data;
  expect(
    changes.map(({ what, before, after, source }) => [
      what,
      before?.completion_per_million,
      after?.completion_per_million,
      source,
    ]),
  ).toEqual([['price', '2', '5', 'models.dev']]);
});

test('an offer that came, went and came back has one history', async () => {
  const other = testEndpoint('acme', { modelId: 'demo/other' });
  const [dear, cheap] = [price(2_000_000n, '2026-11-01'), price(1_000_000n, '2026-11-02')];
  await see('v1', other);
  await see('v2', other, testEndpoint('acme', dear));
  await see('v3', other);
  await see('v4', other, testEndpoint('acme', cheap));
  const { data } = await get('changes?limit=2', catalogueChanges);
  expect(data.map(({ what }) => what)).toEqual(['added', 'retired']);
  const [acme] = (await get('prices?model=demo/talker', priceHistory)).data;
  expect(acme!.prices.map(({ prompt_per_million }) => prompt_per_million)).toEqual(['2', '1']);
});

test('sources say how new they are and what comes from them; where they differ, all claims are shown', async () => {
  const claims = ['0.1 / 0.3', '1 / 2'].map((value, index) => ({
    ...{ field: 'price', value, source: index === 0 ? 'pi' : 'models.dev', seenAt: '2026-11-01' },
  }));
  await see('v1', testEndpoint('acme', { ...price(1_000_000n, '2026-11-03'), disagreements: claims }));
  const sources = await get('sources', catalogueSources);
  expect(sources).toMatchObject({ version: 'v1', built_at: '2026-11-01', models: 1, endpoints: 1 });
  expect(sources.data).toEqual([
    { source: 'models.dev', seen_at: '2026-11-03', prices: 1, models: 0, disagreements: 1 },
    { source: 'pi', seen_at: '2026-11-01', prices: 0, models: 0, disagreements: 1 },
  ]);
  const { data, total } = await get('disagreements?model=demo/talker', disagreements);
  expect(total).toBe(1);
  expect(data[0]).toMatchObject({ field: 'price', used: '1 / 2' });
  expect(data[0]!.claims.map(({ value }) => value)).toEqual(['0.1 / 0.3', '1 / 2']);
  expect((await get('disagreements?offset=1', disagreements)).data).toEqual([]);
});

test.each(['prices', 'changes?limit=0', 'disagreements?limit=100000', `prices?model=${'x'.repeat(300)}`])(
  '%s is refused',
  async (path) => {
    expect((await house.call('GET', `/api/x/catalogue/${path}`)).status).toBe(400);
  },
);
