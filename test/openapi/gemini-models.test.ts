import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

async function get(path: string) {
  const response = await house.call('GET', path, { root: '' });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const SCOUT = 'meta-llama/llama-4-scout';

test('callers of the Gemini API list the models that answer in words, in their format, and ask for one', async () => {
  for (const path of ['/api/v1beta/models', '/v1beta/models', '/v1alpha/models']) {
    const { status, body } = await get(path);
    const names = (body.models as { name: string }[]).map(({ name }) => name);
    expect([status, names]).toEqual([200, ['models/thinker/deep', `models/${SCOUT}`, `models/${SCOUT}:free`]]);
    expect(body).not.toHaveProperty('nextPageToken');
  }
  const { body: scout } = await get(`/v1beta/models/${SCOUT}`);
  expect(scout).toMatchObject({
    name: `models/${SCOUT}`,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 4_096,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  });
  expect(scout).not.toHaveProperty('thinking');
  expect((await get('/v1beta/models/thinker/deep')).body).toMatchObject({ thinking: true });
});

test('the list comes in pages', async () => {
  const { body: first } = await get('/v1beta/models?pageSize=2');
  expect([(first.models as unknown[]).length, first.nextPageToken]).toEqual([2, '2']);
  const { body: second } = await get(`/v1beta/models?pageSize=2&pageToken=${String(first.nextPageToken)}`);
  expect([(second.models as unknown[]).length, 'nextPageToken' in second]).toEqual([1, false]);
  const { status, body } = await get('/v1beta/models?pageSize=many');
  expect([status, body.error]).toEqual([400, expect.objectContaining({ status: 'INVALID_ARGUMENT' })]);
});

test('a model that nobody offers is not found, in words of the format', async () => {
  const { status, body } = await get('/v1beta/models/nobody/none');
  expect([status, body.error]).toEqual([404, expect.objectContaining({ code: 404, status: 'NOT_FOUND' })]);
});
