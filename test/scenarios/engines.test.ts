import { afterEach, describe, expect, test } from 'bun:test';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import type { RequestQuirks } from '../../src/formats/format.ts';
import { decisionFromJson, decisionToJson } from '../../src/routing/decision-json.ts';
import { isSamePlan, replay } from '../../src/routing/route-decision.ts';
import {
  answers,
  chunk,
  delta,
  finish,
  json,
  LAST_CHUNK,
  openScriptedProvider,
  type Script,
  type ScriptedProvider,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, type TestHouse } from '../support/test-house.ts';
import { closeScenes, keep } from './scene.ts';

afterEach(closeScenes);

const NAMES = ['one', 'two', 'three'] as const;
const VLLM: RequestQuirks = { cacheSaltField: 'cache_salt', sessionHeader: 'x-session-id' };

interface Pool {
  readonly house: TestHouse;
  readonly providers: readonly ScriptedProvider[];
  /** Which engine each request went to, in order. */
  readonly visits: string[];
}

/** Replicas of one model, each an engine of its own. */
async function pool(script: Script, facts: Partial<Endpoint> = {}, names: readonly string[] = NAMES): Promise<Pool> {
  const visits: string[] = [];
  const providers = await Promise.all(
    names.map((name) =>
      openScriptedProvider((call) => {
        visits.push(name);
        return script(call);
      }),
    ),
  );
  const house = await openTestHouse({
    providers: providers.map((provider, index) => ({
      endpoint: testEndpoint(names[index]!, {
        price: { id: 'free', prompt: 0n, completion: 0n, source: 'test', seenAt: '2026-11-01' },
        ...{ isLocal: true, contextTokensMax: 100_000, engine: { parallel: 4, reuses: 'prefix' } },
        ...facts,
      }),
      baseUrl: provider.baseUrl,
      quirks: VLLM,
    })),
  });
  for (const part of [house, ...providers]) keep(part);
  return { house, providers, visits };
}

const words = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`).join(' ');
const system = { role: 'system', content: words('rule', 300) };
const chat = (stream: boolean, name: string, more: object = {}) => ({
  ...{ model: 'demo/talker', stream, messages: [system, { role: 'user', content: words(name, 100) }] },
  ...more,
});

async function ask(house: TestHouse, body: object): Promise<void> {
  const response = await house.post(body);
  expect(response.status).toBe(200);
  await response.text();
}

describe('replicas of one model', () => {
  test.each([false, true])('get every turn of a chat where the last one was (stream: %p)', async (stream) => {
    const { house, visits } = await pool(answers());
    const messages: object[] = [system];
    for (let turn = 0; turn < 6; turn++) {
      messages.push({ role: 'user', content: words(`turn${turn}-`, 50) });
      await ask(house, { model: 'demo/talker', stream, messages });
      messages.push({ role: 'assistant', content: 'the right answer' });
    }
    expect(new Set(visits).size).toBe(1);
  });

  test('share requests that begin all alike while those before are not answered', async () => {
    const waiting = Promise.withResolvers<void>();
    const { house, visits } = await pool(async (call) => {
      await waiting.promise;
      await answers()(call);
    });
    const asked = Array.from({ length: 9 }, (_, index) => ask(house, chat(true, `chat${index}-`)));
    while (visits.length < 9) await Bun.sleep(1);
    waiting.resolve();
    await Promise.all(asked);
    for (const name of NAMES) expect(visits.filter((visit) => visit === name).length).toBeGreaterThanOrEqual(2);
    await house.parts.journal.drain();
    expect(NAMES.map((name) => house.parts.engines.inFlight(name))).toEqual([0, 0, 0]);
  });

  test('are passed over one by one when they fail, and nothing stays counted', async () => {
    const { house, visits } = await pool(async (call) => {
      if (call.index === 0) await call.write(json(500, { error: { message: 'out of memory' } }));
      else call.reset();
    });
    const response = await house.post(chat(true, 'chat'));
    expect(response.status).toBeGreaterThanOrEqual(500);
    await response.text();
    expect(new Set(visits)).toEqual(new Set(NAMES));
    expect(NAMES.map((name) => house.parts.engines.inFlight(name))).toEqual([0, 0, 0]);
  });

  test('whose caller leaves in the middle are counted down at once', async () => {
    const { house } = await pool(async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(delta('one'))));
      call.stall();
    });
    const leaving = new AbortController();
    const response = await house.post(chat(true, 'chat'), { signal: leaving.signal });
    await response.body!.getReader().read();
    expect(NAMES.map((name) => house.parts.engines.inFlight(name)).reduce((a, b) => a + b)).toBe(1);
    leaving.abort();
    while (house.records().length === 0) await Bun.sleep(1);
    expect(NAMES.map((name) => house.parts.engines.inFlight(name))).toEqual([0, 0, 0]);
  });

  test('are left by a chat whose engine is full, and the decision says why', async () => {
    const { house, visits } = await pool(answers());
    await ask(house, chat(false, 'chat'));
    const first = visits[0]!;
    house.parts.engines.read(first, { running: 4, waiting: 3, kvUse: 0.97 }, house.parts.clock.nowMs());
    await ask(house, chat(false, 'chat'));
    expect(visits[1]).not.toBe(first);
    const { steps } = house.records()[1]!.route!;
    expect(steps.at(-1)).toMatchObject({ endpointId: `demo/talker|${first}` });
    expect(steps.at(-1)!.reason).toBe(
      'fallback: runs on this machine; 98 % of the prompt is cached there, but it is full, 4 of 4 running, queue 3, memory 97 %',
    );
  });

  test('that report fewer cached tokens than expected are expected to hold less', async () => {
    const { house, visits } = await pool(async (call) => {
      const usage = usageFrame(1000, 3, { prompt_tokens_details: { cached_tokens: call.index === 0 ? 1 : 0 } });
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(delta('one'), finish(), usage, '[DONE]')));
      await call.write(LAST_CHUNK);
    });
    for (let turn = 0; turn < 4; turn++) await ask(house, chat(true, 'chat'));
    expect(new Set(visits).size).toBe(1);
    const cached = house.records().map(({ route }) => route!.engines![`demo/talker|${visits[0]}`]!.cached);
    expect(cached[0]).toBe(0);
    expect(cached[1]).toBeGreaterThan(0.95);
    expect(cached[3]!).toBeLessThan(cached[1]! * 0.7);
  });
});

test('a recorded decision between engines is made again from what was recorded, after a way through JSON', async () => {
  const { house } = await pool(answers());
  for (let turn = 0; turn < 5; turn++) await ask(house, chat(false, `chat${turn % 2}-`, { session_id: 's' }));
  for (const { route } of house.records()) {
    expect(Object.keys(route!.engines!)).toHaveLength(3);
    const again = decisionFromJson(JSON.parse(JSON.stringify(decisionToJson(route!))));
    const plan = replay(again, (modelId) => house.parts.catalog().endpoints(modelId));
    expect(isSamePlan(route!, plan)).toBe(true);
  }
});

test('the prompt is in no record, nor anything that it could be guessed from', async () => {
  const { house } = await pool(answers());
  await ask(house, chat(false, 'canary'));
  expect(JSON.stringify(house.records(), (_, value) => (typeof value === 'bigint' ? `${value}` : value))).not.toContain(
    'canary',
  );
  const [engine] = Object.values(house.records()[0]!.route!.engines!);
  expect(Object.keys(engine!).sort()).toEqual([
    ...['backlogTokens', 'cached', 'hasSession', 'isCold', 'parallel', 'running', 'waiting'],
  ]);
});

describe('what an engine is told of its tenant', () => {
  const saltOf = (provider: ScriptedProvider, index = 0) =>
    (JSON.parse(provider.requests[index]!.body) as { cache_salt?: string }).cache_salt;

  test('is a salt that is the same for every request of an account, whatever the caller sends', async () => {
    const { house, providers } = await pool(answers(), {}, ['one']);
    await ask(house, chat(false, 'a'));
    await ask(house, chat(true, 'b'));
    await ask(house, chat(true, 'b', { cache_salt: 'mine' }));
    await ask(house, chat(true, 'b', { cache_salt: 'seal-of-cache/home' }));
    const salts = [0, 1, 2, 3].map((index) => saltOf(providers[0]!, index));
    const { accountId } = house.key;
    expect(salts).toEqual([
      `seal-of-cache/${accountId}`,
      `seal-of-cache/${accountId}`,
      `seal-of-cache/${accountId}/mine`,
      `seal-of-cache/${accountId}/seal-of-cache/home`,
    ]);
    expect(providers[0]!.requests.map(({ body }) => body.match(/cache_salt/g)?.length)).toEqual([1, 1, 1, 1]);
  });

  test('reaches it from a caller of another format too', async () => {
    const { house, providers } = await pool(answers(), {}, ['one']);
    const body = { model: 'demo/talker', prompt: 'Hi' };
    const response = await house.post(body, { path: '/api/v1/completions' });
    expect(response.status).toBe(200);
    await response.text();
    expect(saltOf(providers[0]!)).toBe(`seal-of-cache/${house.key.accountId}`);
  });

  test('is a key of the session, if the caller gave one, and never the session itself', async () => {
    const { house, providers } = await pool(answers(), {}, ['one']);
    for (const field of ['session_id', 'prompt_cache_key', 'user'])
      await ask(house, chat(false, 'a', { [field]: 'me' }));
    await ask(house, chat(false, 'a'));
    const headers = providers[0]!.requests.map((request) => request.headers.get('x-session-id'));
    const key = `seal-of-session/${house.key.accountId}/me`;
    expect(headers).toEqual([key, key, key, undefined] as (string | undefined)[]);
  });

  test('is nothing for a provider that did not ask for it', async () => {
    const provider = await openScriptedProvider(answers());
    const house = await openTestHouse({ providers: [{ endpoint: testEndpoint('acme'), baseUrl: provider.baseUrl }] });
    for (const part of [house, provider]) keep(part);
    await ask(house, chat(false, 'a', { session_id: 'me' }));
    expect(saltOf(provider)).toBeUndefined();
    expect(provider.requests[0]!.headers.has('x-session-id')).toBe(false);
  });
});
