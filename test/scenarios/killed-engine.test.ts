import { afterEach, expect, test } from 'bun:test';
import { endlessBias, KEY, startTestEngine, type TestEngine } from '../../engine/test-engine.ts';
import { Secret } from '../../src/base/secret.ts';
import { answers, openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse, type TestProvider } from '../support/test-house.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

const PARAMETERS = ['max_tokens', 'temperature', 'logit_bias'];

async function startEngine(): Promise<{ readonly engine: TestEngine; readonly provider: TestProvider }> {
  // Long enough that no answer is over before the engine is killed.
  const engine = await startTestEngine({ contextTokens: 16_384, outputTokensMax: 16_000, cacheTokens: 100_000 });
  opened.push({ close: async () => engine.kill() });
  const provider = {
    endpoint: testEndpoint('engine', { isLocal: true, supportedParameters: PARAMETERS }),
    baseUrl: `${engine.baseUrl}/v1`,
    wake: async () => ({ baseUrl: `${engine.baseUrl}/v1`, secret: new Secret(KEY), release: () => {} }),
  };
  return { engine, provider };
}

async function houseOf(...providers: readonly TestProvider[]): Promise<TestHouse> {
  const house = await openTestHouse({ providers });
  opened.push(house);
  return house;
}

async function endless(): Promise<object> {
  return {
    model: 'demo/talker',
    messages: [{ role: 'user', content: 'Hi' }],
    temperature: 0,
    logit_bias: await endlessBias(),
    provider: { order: ['engine'], require_parameters: true },
  };
}

test('an engine killed while it answers leaves no answer that looks whole', async () => {
  const { engine, provider } = await startEngine();
  const house = await houseOf(provider);
  const body = await endless();
  const streams = await Promise.all([1, 2, 3, 4].map(() => house.post({ ...body, stream: true })));
  const readers = streams.map((stream) => stream.body!.getReader());
  const firsts = await Promise.all(readers.map((reader) => reader.read()));
  const plain = house.post(body);
  while ((await engine.health()).running + (await engine.health()).waiting < 5) await new Promise(setImmediate);
  engine.kill();
  for (const [index, reader] of readers.entries()) {
    let text = new TextDecoder().decode(firsts[index]!.value);
    for (let read = await reader.read(); !read.done; read = await reader.read())
      text += new TextDecoder().decode(read.value);
    expect(text).toContain('"error"');
    expect(text).not.toContain('"finish_reason":"stop"');
    expect(text).not.toContain('"finish_reason":"length"');
  }
  const { status } = await plain;
  expect(status).toBeGreaterThanOrEqual(500);
  for (const { attempts } of house.records()) expect(attempts.at(-1)!.failure).toStartWith('provider-');
});

test('a request to an engine that was killed goes to the next one', async () => {
  const { engine, provider } = await startEngine();
  const alpha = await openScriptedProvider(answers());
  opened.push(alpha);
  const house = await houseOf(provider, { endpoint: testEndpoint('alpha'), baseUrl: alpha.baseUrl });
  engine.kill();
  await engine.gone;
  const body = { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }], provider: { order: ['engine'] } };
  const response = await house.post(body);
  expect(response.status).toBe(200);
  await response.text();
  expect(house.records()[0]!.attempts.map(({ failure }) => failure)).toEqual(['provider-unreachable', undefined]);
});
