import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { checkAnswer, reportSkipped } from './check-answer.ts';
import { demoCatalog } from './demo-catalog.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

async function ids(query: string): Promise<readonly string[]> {
  const { data } = await checkAnswer(house, 'GET', `/models${query}`, { as: '/models' });
  return data.map((model: { id: string }) => model.id);
}

const SCOUT = 'meta-llama/llama-4-scout';
const FREE = `${SCOUT}:free`;
const DEEP = 'thinker/deep';
const BRUSH = 'painter/brush';

test('the list holds every text model with an active endpoint, newest first, connected or not', async () => {
  expect(await ids('')).toEqual([DEEP, SCOUT, FREE]);
});

test('a model is priced by its cheapest connected endpoint, and its context is the longest of all', async () => {
  const { data } = await checkAnswer(house, 'GET', '/models?q=scout', { as: '/models' });
  const scout = data.find((model: { id: string }) => model.id === SCOUT);
  expect(scout.pricing).toMatchObject({ prompt: '0.0000001', completion: '0.0000003', input_cache_read: '0.00000005' });
  expect(scout.pricing.overrides).toEqual([{ min_prompt_tokens: 200_000, prompt: '0.0000002' }]);
  expect(scout.context_length).toBe(1_048_576);
  expect(scout.top_provider).toEqual({ context_length: 131_072, max_completion_tokens: 4_096, is_moderated: false });
  expect(scout.supported_parameters).toContain('tools');
  expect(scout.supported_parameters).not.toContain('not-a-parameter');
  expect(scout.architecture).toMatchObject({ modality: 'text+image->text', tokenizer: 'Llama4', instruct_type: null });
  expect(scout.links.details).toBe(`/api/v1/models/${SCOUT}/endpoints`);
});

describe('filters', () => {
  test.each([
    ['?output_modalities=image', [BRUSH]],
    ['?output_modalities=all', [DEEP, BRUSH, SCOUT, FREE]],
    ['?output_modalities=text,image', [DEEP, BRUSH, SCOUT, FREE]],
    ['?output_modalities=', [DEEP, SCOUT, FREE]],
    ['?input_modalities=text,image', [SCOUT, FREE]],
    ['?input_modalities=audio', []],
    ['?context=200000', [SCOUT]],
    ['?supported_parameters=tools,temperature', [SCOUT, FREE]],
    ['?supported_parameters=reasoning', [DEEP]],
    ['?q=LLAMA%20scout', [SCOUT, FREE]],
    ['?q=nothing', []],
    ['?q=%25%25%25', []],
    ['?arch=llama4', [SCOUT, FREE]],
    ['?model_authors=Thinker,nobody', [DEEP]],
    ['?providers=Distant', [DEEP, SCOUT]],
    ['?providers=a-c-m-e', [SCOUT, FREE]],
    ['?distillable=true', [SCOUT]],
    ['?distillable=false', [DEEP, FREE]],
    ['?zdr=true', [SCOUT]],
    ['?region=eu', [SCOUT]],
    ['?region=us', [SCOUT]],
    ['?min_price=0.1', [DEEP, SCOUT]],
    ['?max_price=0.1', [SCOUT, FREE]],
    ['?max_price=0.099999', [FREE]],
    ['?max_price=null', [DEEP, SCOUT, FREE]],
    ['?min_output_price=0.31', [DEEP]],
    ['?max_output_price=0', [FREE]],
    ['?min_age_days=11', [SCOUT, FREE]],
    ['?max_age_days=11', [DEEP]],
  ])('%s leaves %j', async (query, expected) => {
    expect(await ids(query)).toEqual(expected);
  });

  test.each(['intelligence_index', 'coding_index', 'agentic_index', 'tool_success_rate'])(
    'a bound on %s, which nobody measured, keeps no model, and a bound that everything passes keeps all',
    async (figure) => {
      expect(await ids(`?min_${figure}=0.5`)).toEqual([]);
      expect(await ids(`?max_${figure}=0.5`)).toEqual([]);
      expect(await ids(`?min_${figure}=0`)).toHaveLength(3);
      expect(await ids(`?max_${figure}=${figure === 'tool_success_rate' ? 1 : 100}`)).toHaveLength(3);
    },
  );

  test('a category, which nobody measured, keeps no model', async () => {
    expect(await ids('?category=programming')).toEqual([]);
  });
});

describe('sorts', () => {
  test.each([
    ['newest', [DEEP, SCOUT, FREE]],
    ['pricing-low-to-high', [FREE, SCOUT, DEEP]],
    ['pricing-high-to-low', [DEEP, SCOUT, FREE]],
    ['context-high-to-low', [SCOUT, DEEP, FREE]],
    ['most-popular', [DEEP, SCOUT, FREE]],
    ['top-weekly', [DEEP, SCOUT, FREE]],
    ['design-arena-elo-high-to-low', [DEEP, SCOUT, FREE]],
  ])('%s', async (sort, expected) => {
    expect(await ids(`?sort=${sort}`)).toEqual(expected);
  });

  test('speed is that of the best endpoint now, and models without figures come last', async () => {
    const figures = (p50: number) => ({ p50, p75: p50, p90: p50, p99: p50 });
    const health = (latency: number, throughput: number) => ({
      recentOutage: false,
      vetoed: false,
      samples: 100,
      latencyMs: figures(latency),
      throughput: figures(throughput),
    });
    house.health.set(`${FREE}|acme`, health(200, 30));
    house.health.set(`${SCOUT}|distant`, health(300, 90));
    expect(await ids('?sort=latency-low-to-high')).toEqual([FREE, SCOUT, DEEP]);
    expect(await ids('?sort=throughput-high-to-low')).toEqual([SCOUT, FREE, DEEP]);
    house.health.set(`${DEEP}|distant`, health(100, 10));
    expect(await ids('?sort=latency-low-to-high')).toEqual([DEEP, FREE, SCOUT]);
  });
});

describe('pages', () => {
  test('without offset and limit all are listed, with them a page and the address of the next', async () => {
    const all = await checkAnswer(house, 'GET', '/models', { as: '/models' });
    expect([all.total_count, all.links.next]).toEqual([3, null]);
    const first = await checkAnswer(house, 'GET', '/models?limit=2&sort=newest', { as: '/models' });
    expect([first.data.length, first.total_count]).toEqual([2, 3]);
    expect(first.links.next).toBe('/api/v1/models?limit=2&sort=newest&offset=2');
    const last = await checkAnswer(house, 'GET', '/models?limit=2&sort=newest&offset=2', { as: '/models' });
    expect([last.data.length, last.links.next]).toEqual([1, null]);
    const beyond = await checkAnswer(house, 'GET', '/models?offset=99', { as: '/models' });
    expect([beyond.data.length, beyond.links.next]).toEqual([0, null]);
  });
});

test.each([
  '?limit=0',
  '?limit=1001',
  '?limit=1.5',
  '?offset=-1',
  '?sort=best',
  '?category=cooking',
  '?max_price=cheap',
  '?max_price=0.0000001',
  '?min_price=-1',
  '?context=0',
  '?min_tool_success_rate=1.1',
  '?region=moon',
  '?output_modalities=smell',
  '?limit=1&limit=2',
  `?q=${'x'.repeat(600)}`,
])('the query %s is refused by the name of its parameter', async (query) => {
  const { error } = await checkAnswer(house, 'GET', `/models${query}`, { as: '/models', status: 400 });
  expect(error.metadata.error_type).toBe('invalid_request');
  expect(error.message).toStartWith(/^\?(\w+)/.exec(query)![1]!);
});

test('the feed is well-formed XML with every name escaped', async () => {
  const response = await house.call('GET', '/models?use_rss=true&q=deep');
  expect(response.headers.get('content-type')).toStartWith('application/rss+xml');
  const feed = await response.text();
  expect(feed).toContain('<title>Deep &amp; &lt;slow&gt;</title>');
  expect(feed).toContain('<link>http://exchange.test/thinker/deep</link>');
  expect(feed.match(/<item>/g)).toHaveLength(1);
  const chat = await (await house.call('GET', '/models?use_rss=true&use_rss_chat_links=true&q=deep')).text();
  expect(chat).toContain('<link>http://exchange.test/chat?models=thinker%2Fdeep</link>');
});

describe('the cached list', () => {
  test('is not sent again to a caller who has it', async () => {
    const first = await house.call('GET', '/models');
    const etag = first.headers.get('etag')!;
    const again = await house.call('GET', '/models', { headers: { 'if-none-match': `"other", W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect((await house.call('GET', '/models', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('follows the catalogue and the connections at once', async () => {
    const before = (await house.call('GET', '/models')).headers.get('etag');
    house.providers = house.providers.map((provider) => ({ ...provider, connected: true }));
    const { data } = await checkAnswer(house, 'GET', '/models?q=scout', { as: '/models' });
    // The cheaper host has a key now, so it speaks for the model.
    expect(data[0].pricing.prompt).toBe('0.00000008');
    expect((await house.call('GET', '/models')).headers.get('etag')).not.toBe(before);
    house.catalog = { ...demoCatalog('demo-2'), models: [] };
    expect(await ids('')).toEqual([]);
  });

  test('names the next page under the address that was asked', async () => {
    await house.call('GET', '/models?limit=1');
    const body = await checkAnswer(house, 'GET', '/models/user?limit=1', {
      as: '/models/user',
      key: house.keys.inference,
    });
    expect(body.links.next).toBe('/api/v1/models/user?limit=1&offset=1');
  });
});

test('the count follows the output modality', async () => {
  const count = async (query: string) =>
    (await checkAnswer(house, 'GET', `/models/count${query}`, { as: '/models/count' })).data.count;
  expect([await count(''), await count('?output_modalities=all')]).toEqual([3, 4]);
  await checkAnswer(house, 'GET', '/models/count?output_modalities=smell', { as: '/models/count', status: 400 });
});

test("the caller's models are those that can be called here, whatever they output", async () => {
  house.catalog = demoCatalog();
  const { data } = await checkAnswer(house, 'GET', '/models/user', { as: '/models/user', key: house.keys.inference });
  expect(data.map((model: { id: string }) => model.id)).toEqual([SCOUT, FREE]);
  await checkAnswer(house, 'GET', '/models/user', { as: '/models/user', status: 401 });
});

describe('one model', () => {
  const as = '/model/{author}/{slug}';
  test.each([
    [SCOUT, SCOUT],
    ['meta-llama/llama-4-scout-17b-16e-instruct', SCOUT],
    ['~meta-llama/scout-latest', SCOUT],
    [`${SCOUT}:nitro`, SCOUT],
    [FREE, FREE],
    [`${FREE}:online`, FREE],
    ['gone/model', 'gone/model'],
  ])('%s is found as %s', async (slug, id) => {
    expect((await checkAnswer(house, 'GET', `/model/${slug}`, { as })).data.id).toBe(id);
  });

  test('an unknown one is named, with the nearest that exist', async () => {
    const { error } = await checkAnswer(house, 'GET', '/model/meta-llama/llama-4-scot', { as, status: 404 });
    expect(error.message).toContain('llama-4-scot');
    expect(error.message).toContain(SCOUT);
  });

  test('reasoning shows only efforts that clients know', async () => {
    const { data } = await checkAnswer(house, 'GET', `/model/${DEEP}`, { as });
    expect(data.reasoning).toEqual({ mandatory: true, supported_efforts: ['high'], supports_max_tokens: true });
    expect(data.expiration_date).toBe('2027-01-31');
  });
});
