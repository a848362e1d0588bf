import { afterEach, describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import { readChatResult } from '../support/read-answer.ts';
import { answers, json, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse } from '../support/test-house.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

/** Providers by name, each with its own model or all with `demo/talker`. */
async function houseOf(scripts: Readonly<Record<string, Script>>, models: Readonly<Record<string, string>> = {}) {
  const providers = [];
  for (const [i, [name, script]] of Object.entries(scripts).entries()) {
    const provider = await openScriptedProvider(script);
    opened.push(provider);
    const price = {
      id: `${name}@test`,
      prompt: BigInt(i + 1) * 1_000n,
      completion: BigInt(i + 1) * 3_000n,
      source: 'test',
      seenAt: '2026-11-01',
    };
    const modelId = models[name] ?? 'demo/talker';
    providers.push({ endpoint: testEndpoint(name, { modelId, price }), baseUrl: provider.baseUrl });
  }
  const house = await openTestHouse({ providers });
  opened.push(house);
  return house;
}

const fails =
  (status: number): Script =>
  (call) =>
    void call.write(json(status, { error: { message: `no ${status}` } }));
const messages = [{ role: 'user', content: 'Hi' }];

async function postText(house: TestHouse, body: object, init?: Parameters<TestHouse['post']>[1]) {
  const response = await house.post(body, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe('the record of a generation', () => {
  test('has every attempt and the route that was decided', async () => {
    const house = await houseOf({ alpha: fails(500), beta: fails(429), gamma: answers() });
    const body = {
      model: 'demo/talker',
      messages,
      provider: { order: ['alpha', 'beta', 'gamma'] },
      user: 'u-1',
      session_id: 's-1',
    };
    const { text, headers } = await postText(house, body);
    const record = house.records()[0]!;
    expect(headers.get('x-generation-id')).toBe(record.id);
    expect((JSON.parse(text) as { id: string }).id).toBe(record.id);
    expect(record.attempts.map(({ providerName, status, failure }) => [providerName, status, failure])).toEqual([
      ['Alpha', 500, 'provider-error'],
      ['Beta', 429, 'provider-rate-limited'],
      ['Gamma', 200, undefined],
    ]);
    expect(record).toMatchObject({
      requestedModel: 'demo/talker',
      modelId: 'demo/talker',
      providerName: 'Gamma',
      upstreamId: 'up-1',
      streamed: false,
      cancelled: false,
      finishReason: 'stop',
      outcome: 'settled',
      externalUser: 'u-1',
      sessionId: 's-1',
    });
    expect(record.route).toMatchObject({ policy: 'inverse-square-price-2', catalogVersion: 'test' });
    expect(record.route!.steps).toHaveLength(3);
    expect(JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain(
      '"Hi"',
    );
    await house.parts.journal.drain();
    const kept = await house.storage.findGeneration(record.id);
    expect(kept).toMatchObject({
      id: record.id,
      providerName: 'Gamma',
      attempts: [{ failure: 'provider-error' }, {}, {}],
    });
  });

  test('is kept of a request that nobody could serve', async () => {
    const house = await houseOf({ alpha: fails(500), beta: fails(503) });
    const { status, text } = await postText(house, { model: 'demo/talker', messages });
    expect(status).toBe(503);
    const { error } = JSON.parse(text) as { error: { metadata: { previous_errors: unknown[] }; availability: object } };
    expect(error.metadata.previous_errors).toHaveLength(2);
    expect(error.availability).toMatchObject({ code: 'temporarily_unavailable', retryable: true });
    expect(house.records()[0]).toMatchObject({ outcome: 'voided', failure: 'provider-overloaded' });
  });
});

describe('a list of models', () => {
  const models = { alpha: 'demo/talker', beta: 'demo/other' };

  test('is walked when the first one fails, and the model that ran is named and priced', async () => {
    const house = await houseOf({ alpha: fails(500), beta: answers() }, models);
    const { text } = await postText(house, { model: 'demo/talker', models: ['demo/other'], messages });
    expect(JSON.parse(text)).toMatchObject({
      model: 'demo/other',
      provider: 'Beta',
      usage: { cost: (10 * 2_000 + 3 * 6_000) / 1e12 },
    });
    expect(house.records()[0]).toMatchObject({ requestedModel: 'demo/talker', modelId: 'demo/other' });
    expect(house.records()[0]!.charge).toMatchObject({ priceId: 'beta@test', chargedPico: 38_000n });
  });

  test('is not walked when the first one answers', async () => {
    const house = await houseOf({ alpha: answers('one'), beta: answers('two') }, models);
    const { text } = await postText(house, { models: ['demo/talker', 'demo/other'], messages });
    expect(readChatResult(text).text).toBe('one');
  });

  test('with an unknown first model says so, with near ones', async () => {
    const house = await houseOf({ alpha: answers() });
    const { status, text } = await postText(house, { model: 'demo/talkr', messages });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { availability: { code: 'model_not_found', fallback_models: ['demo/talker'] } },
    });
    expect(house.records()).toEqual([]);
  });
});

describe('legacy completions', () => {
  async function complete(house: TestHouse, body: object) {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${house.baseUrl}/api/v1/completions`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  test('are answered by a chat model, plain', async () => {
    const house = await houseOf({ alpha: answers('4', '2') });
    const response = await complete(house, {
      model: 'demo/talker',
      prompt: 'The answer is',
      max_tokens: 5,
      temperature: 0,
    });
    const record = house.records()[0]!;
    expect(await response.json()).toMatchObject({
      id: record.id,
      object: 'text_completion',
      model: 'demo/talker',
      choices: [{ index: 0, text: '42', finish_reason: 'stop', native_finish_reason: 'stop' }],
      usage: { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13, cost: 19e-9 },
    });
    expect(record).toMatchObject({ wireFormat: 'openai-completions', streamed: false });
  });

  test('are streamed, and end with usage and the marker', async () => {
    const seen: string[] = [];
    const house = await houseOf({
      alpha: (call) => {
        seen.push(call.request.body);
        return answers('4', '2')(call);
      },
    });
    const response = await complete(house, { model: 'demo/talker', prompt: ['The answer is'], stream: true });
    const frames = (await response.text()).trim().split('\n\n');
    expect(frames.at(-1)).toBe('data: [DONE]');
    const parsed = frames.slice(0, -1).map((frame) => JSON.parse(frame.slice(6)) as JsonObject);
    const texts = parsed.flatMap(({ choices }) => (choices as JsonObject[]).map(({ text }) => text));
    expect(texts.join('')).toBe('42');
    expect(parsed.every(({ object }) => object === 'text_completion')).toBe(true);
    expect(parsed.filter((frame) => frame.usage)).toHaveLength(1);
    expect(JSON.parse(seen[0]!)).toEqual({
      model: 'talker-native',
      messages: [{ role: 'user', content: 'The answer is' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test('of several prompts, or of none, are refused', async () => {
    const house = await houseOf({ alpha: answers() });
    for (const prompt of [['a', 'b'], '', [], 7, null, { a: 1 }]) {
      const response = await complete(house, { model: 'demo/talker', prompt });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { error: { metadata: { param: 'prompt' } } },
      ]);
    }
  });
});

test('a caller who asks for it gets the router’s metadata, streamed and plain', async () => {
  const house = await houseOf({ alpha: fails(500), beta: answers() });
  for (const stream of [true, false]) {
    const body = { model: 'demo/talker', messages, stream, provider: { order: ['alpha', 'beta'] } };
    const { text } = await postText(house, body, { headers: { 'x-openrouter-metadata': 'enabled' } });
    const last = stream ? text.trim().split('\n\n').at(-2)!.slice(6) : text;
    expect(JSON.parse(last)).toMatchObject({
      openrouter_metadata: {
        requested: 'demo/talker',
        strategy: 'direct',
        attempt: 2,
        attempts: [
          { provider: 'Alpha', status: 500 },
          { provider: 'Beta', status: 200 },
        ],
        endpoints: { total: 2, available: [{ selected: false }, { selected: true }] },
      },
    });
    const { text: without } = await postText(house, body);
    expect(without).not.toContain('openrouter_metadata');
  }
});
