import { afterEach, describe, expect, test } from 'bun:test';
import { Secret } from '../../src/base/secret.ts';
import type { AwakeEngine } from '../../src/gateway/connection.ts';
import { Failure } from '../../src/generation/failure.ts';
import { answers, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestProvider } from '../support/test-house.ts';
import { ask } from './scene.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

async function providerOf(script: Script) {
  const provider = await openScriptedProvider(script);
  opened.push(provider);
  return provider;
}

async function houseOf(...providers: readonly TestProvider[]) {
  const house = await openTestHouse({ providers });
  opened.push(house);
  return house;
}

/** An engine at `sleeper` that wakes as `waking` says, and counts who gave it back. */
function sleeper(waking: (signal: AbortSignal) => Promise<Omit<AwakeEngine, 'release'>>) {
  const count = { released: 0 };
  const provider: TestProvider = {
    endpoint: testEndpoint('sleeper', { isLocal: true }),
    // Nothing listens there: an engine that sleeps has no address.
    baseUrl: 'http://127.0.0.1:1',
    wake: async (signal) => ({ ...(await waking(signal)), release: () => void count.released++ }),
  };
  return { provider, count };
}

const NEXT = { order: ['sleeper', 'alpha'] };

describe('an engine that sleeps until it is needed', () => {
  test.each([false, true])(
    'is called where it woke up, with its key, and given back once (stream: %p)',
    async (stream) => {
      const awake = await providerOf(answers());
      const { provider, count } = sleeper(async () => ({
        baseUrl: awake.baseUrl,
        secret: new Secret('of-this-start'),
      }));
      const house = await houseOf(provider);
      const response = await house.post(ask(stream));
      expect(response.status).toBe(200);
      await response.text();
      expect(awake.requests[0]!.headers.get('authorization')).toBe('Bearer of-this-start');
      expect(count.released).toBe(1);
    },
  );

  test('that is not awake in time is passed over, and its health stays good', async () => {
    const alpha = await providerOf(answers());
    const { provider, count } = sleeper(async () => {
      throw new Failure('provider-loading', { message: 'Loading, 43 %', retryAfterSeconds: 20 });
    });
    const house = await houseOf(provider, { endpoint: testEndpoint('alpha'), baseUrl: alpha.baseUrl });
    const response = await house.post({ ...ask(false), provider: NEXT });
    expect(response.status).toBe(200);
    await response.text();
    expect(house.records()[0]!.attempts.map(({ failure }) => failure)).toEqual(['provider-loading', undefined]);
    const health = house.parts.health.health('demo/talker|sleeper', house.parts.clock.nowMs());
    expect([health.samples, health.gatedUntilMs]).toEqual([0, undefined]);
    expect(count.released).toBe(0);
  });

  test('that nobody can stand in for tells the caller when to come back', async () => {
    const { provider } = sleeper(async () => {
      throw new Failure('provider-loading', { message: 'Loading, 43 %', retryAfterSeconds: 20 });
    });
    const house = await houseOf(provider);
    const response = await house.post(ask(false));
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('Loading, 43 %');
  });

  test('is given back when its answer fails, and its key is in no message', async () => {
    const awake = await providerOf((call) => {
      const body = '{"error":{"message":"of-this-start is wrong"}}';
      void call.write(
        `HTTP/1.1 401 No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const { provider, count } = sleeper(async () => ({ baseUrl: awake.baseUrl, secret: new Secret('of-this-start') }));
    const house = await houseOf(provider);
    expect(await (await house.post(ask(false))).text()).not.toContain('of-this-start');
    expect(count.released).toBe(1);
  });

  test('hears that its caller left while it was still waking', async () => {
    const woken = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const { provider, count } = sleeper(async (signal) => {
      signal.addEventListener('abort', () => told.resolve());
      woken.resolve();
      await told.promise;
      return { baseUrl: 'http://127.0.0.1:1' };
    });
    const house = await houseOf(provider);
    const leaving = new AbortController();
    const answer = house.post(ask(true), { signal: leaving.signal }).catch(() => 'left');
    await woken.promise;
    leaving.abort();
    expect(await answer).toBe('left');
    await told.promise;
    await house.close();
    opened.pop();
    expect(count.released).toBe(1);
    expect(house.records()[0]).toMatchObject({ outcome: 'voided', failure: 'caller-left' });
  });
});
