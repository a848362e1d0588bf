import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type AnyBody, checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const CHAT = {
  model: 'meta-llama/llama-4-scout',
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello!' },
  ],
  temperature: 0.7,
  stream: true,
  provider: { sort: 'price', zdr: true },
};

async function keep(slug: string, body: object, path = 'chat/completions', status = 200): Promise<AnyBody> {
  const as = `/presets/{slug}/${path}`;
  return checkAnswer(house, 'POST', `/presets/${slug}/${path}`, { as, status, key: house.keys.management, body });
}

async function get(path: string, as: string, status = 200): Promise<AnyBody> {
  return checkAnswer(house, 'GET', path, { as, status, key: house.keys.inference });
}

describe('a request kept as a preset', () => {
  test('is a preset with one version, without its messages', async () => {
    const { data } = await keep('brief', CHAT);
    expect(data).toMatchObject({ slug: 'brief', name: 'brief', status: 'active', description: null });
    expect(data.designated_version).toMatchObject({ version: 1, system_prompt: 'Be brief.' });
    expect(data.designated_version.config).toEqual({
      model: 'meta-llama/llama-4-scout',
      temperature: 0.7,
      provider: { sort: 'price', zdr: true },
    });
    expect(await get('/presets/brief', '/presets/{slug}')).toEqual({ data });
  });

  test('again is a new version, which counts', async () => {
    const first = await keep('brief', CHAT);
    const second = await keep('brief', { ...CHAT, temperature: 0.1 });
    expect(second.data).toMatchObject({ id: first.data.id, designated_version: { version: 2 } });
    const { data, total_count } = await get('/presets/brief/versions', '/presets/{slug}/versions');
    expect([data.map((one: AnyBody) => one.config.temperature), total_count]).toEqual([[0.7, 0.1], 2]);
    const page = await get('/presets/brief/versions?offset=1&limit=1', '/presets/{slug}/versions');
    expect(page.data.map((one: AnyBody) => one.version)).toEqual([2]);
    const one = await get('/presets/brief/versions/1', '/presets/{slug}/versions/{version}');
    expect(one).toEqual({ data: first.data.designated_version });
  });

  test('may come in the words of any format', async () => {
    const tool = { name: 'look', description: 'Looks', input_schema: { type: 'object' } };
    const message = {
      ...{ model: 'meta-llama/llama-4-scout', max_tokens: 1024, system: 'Be kind.', stop_sequences: ['END'] },
      ...{ messages: [{ role: 'user', content: 'Hi' }], tools: [tool], tool_choice: { type: 'any' } },
    };
    const { data: kind } = await keep('kind', message, 'messages');
    expect(kind.designated_version).toMatchObject({ system_prompt: 'Be kind.' });
    expect(kind.designated_version.config).toEqual({
      ...{ model: 'meta-llama/llama-4-scout', max_tokens: 1024, stop: ['END'], tool_choice: 'required' },
      tools: [{ type: 'function', function: { name: 'look', description: 'Looks', parameters: { type: 'object' } } }],
    });
    const response = {
      ...{ model: 'meta-llama/llama-4-scout', input: 'Hi', instructions: 'Be quick.', max_output_tokens: 99 },
      reasoning: { effort: 'low' },
    };
    const { data: quick } = await keep('quick', response, 'responses');
    expect(quick.designated_version).toMatchObject({
      system_prompt: 'Be quick.',
      config: { model: 'meta-llama/llama-4-scout', max_tokens: 99, reasoning: { effort: 'low' } },
    });
  });

  test('may leave the model to its users', async () => {
    const { data } = await keep('any', { messages: CHAT.messages, reasoning: { effort: 'high' } });
    expect(data.designated_version.config).toEqual({ reasoning: { effort: 'high' } });
  });
});

test('presets are listed a page at a time, the last changed first', async () => {
  for (const slug of ['one', 'two', 'three']) {
    await keep(slug, CHAT);
    await house.clock.advance(1_000);
  }
  const { data, total_count } = await get('/presets?limit=2', '/presets');
  expect([data.map((one: AnyBody) => one.slug), total_count]).toEqual([['three', 'two'], 3]);
  await get('/presets?limit=0', '/presets', 400);
});

test('what is not there is not found, and who may not administer changes nothing', async () => {
  await get('/presets/none', '/presets/{slug}', 404);
  await get('/presets/none/versions', '/presets/{slug}/versions', 404);
  await keep('brief', CHAT);
  await get('/presets/brief/versions/7', '/presets/{slug}/versions/{version}', 404);
  await keep('No Slug', CHAT, 'chat/completions', 400);
  await keep('brief', { ...CHAT, temperature: 7 }, 'chat/completions', 400);
  const path = '/presets/brief/chat/completions';
  const refused = { as: '/presets/{slug}/chat/completions', status: 403, key: house.keys.inference, body: CHAT };
  await checkAnswer(house, 'POST', path, refused);
});

describe('our own way to write presets', () => {
  const put = async (slug: string, body: object, status = 200): Promise<AnyBody> => {
    const response = await house.call('PUT', `/api/x/presets/${slug}`, { key: house.keys.management, body });
    const answer: AnyBody = await response.json();
    expect([response.status, answer]).toEqual([status, answer]);
    return answer;
  };

  test('refuses a version that was made on top of an older one', async () => {
    await put('house', { config: { temperature: 1 }, version: 0 });
    await put('house', { config: { temperature: 0 }, version: 0 }, 409);
    const { data } = await put('house', { name: 'House', config: { temperature: 0 }, version: 1 });
    expect(data).toMatchObject({ name: 'House', designated_version: { version: 2 } });
  });

  test('takes only fields of a request that are as a request has them', async () => {
    const wrong = [
      { messages: [] },
      { temperature: 3 },
      { model: '@preset/other' },
      { provider: { sort_by: 'price' } },
      { provider: { max_price: { prompt: 'much' } } },
      { tools: [{ type: 'openrouter:web_search' }] },
    ];
    for (const config of wrong) await put('house', { config, version: 0 }, 400);
  });

  test('goes back to an earlier version, switches off, and deletes', async () => {
    await put('house', { config: { temperature: 1 }, version: 0 });
    await put('house', { config: { temperature: 0 }, version: 1 });
    const patch = async (body: object) => {
      const response = await house.call('PATCH', '/api/x/presets/house', { key: house.keys.management, body });
      return { status: response.status, body: (await response.json()) as AnyBody };
    };
    expect((await patch({ designated_version: 1 })).body.data.designated_version.config).toEqual({ temperature: 1 });
    expect((await patch({ designated_version: 9 })).status).toBe(404);
    const { body } = await patch({ status: 'disabled' });
    expect(body.data).toMatchObject({ status: 'disabled', status_updated_at: expect.any(String) });
    const gone = await house.call('DELETE', '/api/x/presets/house', { key: house.keys.management, body: {} });
    expect(gone.status).toBe(200);
    await get('/presets/house', '/presets/{slug}', 404);
  });
});

test('routing defaults are kept in versions, of the workspace and of keys', async () => {
  const defaults = async (method: string, path = '', body?: object) => {
    const key = method === 'GET' ? house.keys.inference : house.keys.management;
    const response = await house.call(method, `/api/x/routing-defaults${path}`, { key, ...(body && { body }) });
    return { status: response.status, body: (await response.json()) as AnyBody };
  };
  expect((await defaults('GET')).body.data).toEqual([
    { scope: 'workspace', key: null, version: 0, provider: {}, by: null, at: null },
  ]);
  const first = { provider: { sort: 'price', ignore: ['evil'] }, version: 0 };
  expect(await defaults('PUT', '/workspace', first)).toMatchObject({ status: 200, body: { data: { version: 1 } } });
  expect((await defaults('PUT', '/workspace', first)).status).toBe(409);
  expect((await defaults('PUT', '/workspace', { provider: { sort: 'mood' }, version: 1 })).status).toBe(400);
  const second = await defaults('PUT', '/workspace', { provider: {}, version: 1 });
  expect(second.body.data).toMatchObject({ version: 2, provider: {} });
  const { body } = await defaults('GET', '/workspace/versions');
  expect(body.data.map((one: AnyBody) => one.provider)).toEqual([{}, first.provider]);
  const { hash } = house.exchange.directory.list().find(({ isManagement, accountId }) => {
    return !isManagement && accountId === 'home';
  })!;
  expect((await defaults('PUT', `/${hash}`, first)).body.data.key).toMatchObject({ name: 'test' });
  expect((await defaults('GET')).body.data).toHaveLength(2);
  expect((await defaults('PUT', '/nobody', first)).status).toBe(404);
});
