import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { hashApiKey } from '../../src/accounts/api-key.ts';
import { makeRecord } from '../support/generation-records.ts';
import { checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const as = '/generation';
const full = () =>
  makeRecord('gen-1-full', {
    keyHash: hashApiKey(house.keys.inference),
    chargedPico: 1_234_567n,
    upstreamId: 'chatcmpl-1',
    nativeFinishReason: 'eos',
    serviceTier: 'priority',
    sessionId: 'session-1',
    externalUser: 'hashed-user',
    userAgent: 'curl/8',
    usage: {
      promptTokens: 100,
      completionTokens: 50,
      cachedTokens: 40,
      cacheWriteTokens: 0,
      reasoningTokens: 20,
      audioPromptTokens: 0,
      audioCompletionTokens: 0,
      imageTokens: 0,
      provenance: 'reported',
    },
    charge: {
      lines: [
        { what: 'prompt', units: 60, unitPico: 8n, totalPico: 480n, provenance: 'reported' },
        { what: 'cache-read', units: 40, unitPico: 2n, totalPico: 80n, provenance: 'reported' },
      ],
      listPico: 1_234_567n,
      chargedPico: 1_234_567n,
      promptPico: 560n,
      completionPico: 0n,
      priceId: 'acme@demo',
    },
  });

test('a generation can be looked up as soon as its answer ends, and reads the same once it is stored', async () => {
  const record = full();
  house.undrained.push(record);
  const fresh = await checkAnswer(house, 'GET', '/generation?id=gen-1-full', { as, key: house.keys.inference });
  await house.storage.settle([record]);
  house.undrained.length = 0;
  const stored = await checkAnswer(house, 'GET', '/generation?id=gen-1-full', { as, key: house.keys.inference });
  expect(stored).toEqual(fresh);
  expect(fresh.data).toMatchObject({
    id: 'gen-1-full',
    upstream_id: 'chatcmpl-1',
    model: 'demo/talker',
    provider_name: 'Acme',
    created_at: '2026-11-18T11:06:40.000Z',
    streamed: true,
    finish_reason: 'stop',
    native_finish_reason: 'eos',
    latency: 120,
    generation_time: 900,
    tokens_prompt: 100,
    native_tokens_completion: 50,
    native_tokens_cached: 40,
    native_tokens_reasoning: 20,
    usage: 0.000001234567,
    total_cost: 0.000001234567,
    cache_discount: 2.4e-10,
    upstream_inference_cost: null,
    service_tier: 'priority',
    session_id: 'session-1',
    external_user: 'hashed-user',
    origin: 'https://app.example',
    http_referer: 'https://app.example',
    user_agent: 'curl/8',
  });
  expect(fresh.data.provider_responses).toEqual([
    {
      endpoint_id: 'demo/talker|acme',
      is_byok: false,
      latency: 900,
      model_permaslug: 'demo/talker',
      provider_name: 'Acme',
      status: 200,
    },
  ]);
});

test('a generation that no provider answered has no provider and no finish reason', async () => {
  const { modelId, providerName, finishReason, latencyMs, generationMs, ...bare } = makeRecord('gen-2-failed', {
    failure: 'provider-unreachable',
    chargedPico: 0n,
    app: { categories: [] },
  });
  expect([modelId, providerName, finishReason, latencyMs, generationMs]).not.toContain(undefined);
  const { status, ...attempt } = bare.attempts[0]!;
  expect(status).toBe(200);
  await house.storage.settle([{ ...bare, attempts: [attempt] }]);
  const { data } = await checkAnswer(house, 'GET', '/generation?id=gen-2-failed', { as, key: house.keys.inference });
  expect(data).toMatchObject({ model: 'demo/talker', provider_name: null, finish_reason: null, origin: '', usage: 0 });
  expect(data.provider_responses[0].status).toBeNull();
});

test('both keys of the account may look, and no one else: to them the id reads like one that never was', async () => {
  await house.storage.settle([full()]);
  house.undrained.push(makeRecord('gen-3-fresh'));
  for (const key of [house.keys.inference, house.keys.management]) {
    await checkAnswer(house, 'GET', '/generation?id=gen-1-full', { as, key });
  }
  const answers: unknown[] = [];
  for (const id of ['gen-1-full', 'gen-3-fresh', 'gen-0-never']) {
    for (const key of [house.keys.stranger, house.keys.strangerManagement]) {
      answers.push(await checkAnswer(house, 'GET', `/generation?id=${id}`, { as, status: 404, key }));
    }
  }
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  await checkAnswer(house, 'GET', '/generation?id=gen-1-full', { as, status: 401 });
});

test.each(['', '?id=', '?id=a&id=b', `?id=${'x'.repeat(300)}`])('the query %j is refused', async (query) => {
  const response = await house.call('GET', `/generation${query}`, { key: house.keys.inference });
  expect(response.status).toBe(400);
});

test.each(["gen-1' OR 1=1--", '../../etc/passwd', '%00', '__proto__', 'gen-%'])(
  'the id %j finds nothing',
  async (id) => {
    await house.storage.settle([full()]);
    const path = `/generation?id=${encodeURIComponent(id)}`;
    await checkAnswer(house, 'GET', path, { as, status: 404, key: house.keys.inference });
  },
);
