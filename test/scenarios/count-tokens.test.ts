import { afterEach, expect, test } from 'bun:test';
import { WoundClock } from '../../src/base/clock.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { speaks } from '../support/scripted-messages.ts';
import { json, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse, type TestHouseOptions } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const PATH = '/api/v1/messages/count_tokens';
const ASK = { model: 'demo/talker', messages: [{ role: 'user', content: 'x'.repeat(400) }], system: 'Be brief.' };
const ESTIMATE = Math.ceil((JSON.stringify(ASK.messages).length + JSON.stringify(ASK.system).length) / 4);

async function houseOf(scripts: readonly Script[], format: string, more: Partial<TestHouseOptions> = {}) {
  const seen: string[] = [];
  const providers: TestHouseOptions['providers'][number][] = [];
  for (const [index, script] of scripts.entries()) {
    const provider = await openScriptedProvider(async (call) => {
      seen.push(call.request.head.split('\r\n')[0]!, call.request.body);
      await script(call);
    });
    keep(provider);
    providers.push({ endpoint: testEndpoint(`acme${index}`), baseUrl: provider.baseUrl, format });
  }
  const house = keep(await openTestHouse({ providers, ...more }));
  return { house, seen };
}

async function count(house: TestHouse, body: object = ASK): Promise<JsonObject> {
  const response = await house.post(body, { path: PATH });
  expect(house.records()).toEqual([]);
  return { status: response.status, ...((await response.json()) as JsonObject) };
}

const counts: Script = async (call) => void (await call.write(json(200, { input_tokens: 104 })));

test('the provider itself counts where only one could answer, and sees nothing that it does not count', async () => {
  const { house, seen } = await houseOf([counts], 'anthropic-messages');
  const more = { thinking: { type: 'enabled', budget_tokens: 1_024 }, metadata: { user_id: 'me' }, provider: {} };
  expect(await count(house, { ...ASK, ...more, max_tokens: 5, stream: true, temperature: 0.5 })).toEqual({
    status: 200,
    input_tokens: 104,
  });
  expect(seen[0]).toBe('POST /v1/messages/count_tokens HTTP/1.1');
  expect(Object.keys(JSON.parse(seen[1]!) as JsonObject).sort()).toEqual(['messages', 'model', 'system', 'thinking']);
});

test('our own estimate stands, and says that it is one, where it is open who would answer or nobody can count', async () => {
  for (const { house, seen } of [
    await houseOf([counts, counts], 'anthropic-messages'),
    await houseOf([counts], 'openai-chat'),
  ]) {
    expect(await count(house)).toEqual({ status: 200, input_tokens: ESTIMATE, usage_source: 'estimated' });
    expect(seen).toEqual([]);
  }
});

test.each([
  [
    'refuses',
    async (call) => void (await call.write(json(404, { type: 'error', error: { type: 'not_found_error' } }))),
  ],
  ['answers something else', speaks('Hello')],
  ['hangs up', (call) => call.reset()],
] as [string, Script][])('our own estimate stands where the provider %s', async (_, script) => {
  const { house } = await houseOf([script], 'anthropic-messages');
  expect(await count(house)).toEqual({ status: 200, input_tokens: ESTIMATE, usage_source: 'estimated' });
});

test('nobody waits for a provider that does not come to an end with counting', async () => {
  const clock = new WoundClock();
  const asked = Promise.withResolvers<void>();
  const { house } = await houseOf([() => asked.resolve()], 'anthropic-messages', { clock });
  const counted = count(house);
  await asked.promise;
  await clock.advance(5_100);
  expect((await counted).usage_source).toBe('estimated');
});

test('what is no request, and a model that is not there, are refused in the format’s own words', async () => {
  const { house } = await houseOf([counts], 'anthropic-messages');
  expect(await count(house, { model: 'demo/talker' })).toMatchObject({ status: 400, type: 'error' });
  expect(await count(house, { ...ASK, model: 'no/such' })).toMatchObject({
    status: 404,
    error: { type: 'not_found_error' },
  });
});
