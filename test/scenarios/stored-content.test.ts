import { afterEach, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContentPolicy, NOTHING_STORED } from '../../src/accounts/content-policy.ts';
import { KeyVault } from '../../src/accounts/sealed-secret.ts';
import type { StoredContent } from '../../src/accounts/stored-content.ts';
import { ContentKeeper } from '../../src/assembly/keep-content.ts';
import { WoundClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { answers, chunk, delta, json, type Script, STREAM_HEAD, sse } from '../support/scripted-provider.ts';
import type { TestHouse } from '../support/test-house.ts';
import { exchangeScene } from './exchange-scene.ts';
import { ask, closeScenes, readUntil, scene, sceneOf } from './scene.ts';

afterEach(closeScenes);

const ALL: Partial<ContentPolicy> = { mode: 'all' };
const fails: Script = (call) => void call.write(json(500, { error: { message: 'out of order' } }));

/** Says so much and breaks off. */
const cutAfter =
  (...texts: readonly string[]): Script =>
  async (call) => {
    await call.write(STREAM_HEAD);
    for (const text of texts) await call.write(chunk(sse(delta(text))));
    await call.delivered;
    call.end();
  };

async function wants(house: TestHouse, policy: Partial<ContentPolicy>): Promise<void> {
  await house.contents.changePolicy(house.key, () => ({ ...NOTHING_STORED, ...policy }));
}

/** What is stored of the last generation. */
async function stored(house: TestHouse): Promise<StoredContent | undefined> {
  const content = await house.contents.find(house.records().at(-1)!.id);
  if (content === 'unreadable') throw new Error('sealed with another key');
  return content;
}

describe('by default', () => {
  test('nothing of a prompt or an answer is anywhere on the disk', async () => {
    const { house } = await scene(answers('the answer canary'));
    for (const stream of [true, false]) {
      await (await house.post(ask(stream, { messages: [{ role: 'user', content: 'the prompt canary' }] }))).text();
    }
    await house.parts.journal.drain();
    await house.contents.drain();
    expect(await stored(house)).toBeUndefined();
    expect(await house.contents.totals(house.key)).toEqual({ count: 0, bytes: 0, keys: [] });
    const files = readdirSync(house.directory, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      expect([name, readFileSync(join(parentPath, name)).includes('canary')]).toEqual([name, false]);
    }
  });

  test('no tap is opened at all', async () => {
    const { house } = await scene(answers());
    expect(house.contents.open(house.key, 'session')).toBeUndefined();
    await wants(house, { keys: { [house.key.hash]: 'all' } });
    expect(house.contents.open(house.key, 'session')).toBeDefined();
  });
});

describe('a workspace that stores all', () => {
  test('has a stream byte for byte as its caller saw it, the request as received and what the provider was sent', async () => {
    const { house, provider } = await scene(answers('Hel', 'lo'));
    await wants(house, ALL);
    const body = ask(true, { messages: [{ role: 'user', content: 'Grüß Gott' }] });
    const answer = await (await house.post(body)).text();
    const content = (await stored(house))!;
    expect(content).toEqual({
      format: 'openai-chat',
      streamed: true,
      request: whole(JSON.stringify(body)),
      answer: { ...whole(answer), isFolded: false },
      sent: [{ ...whole(provider.requests[0]!.body), endpointId: 'demo/talker|acme', providerName: 'Acme' }],
    });
    expect(answer).toEndWith('data: [DONE]\n\n');
    expect(await house.contents.fold(content)).toEqual({ completion: 'Hello', reasoning: undefined });
  });

  test('has a plain answer the same way, at once and after it is stored', async () => {
    const { house } = await scene(answers('Hello'));
    await wants(house, ALL);
    const answer = await (await house.post(ask(false))).text();
    const fresh = (await stored(house))!;
    expect([fresh.streamed, fresh.answer.text, fresh.failure]).toEqual([false, answer, undefined]);
    expect(await house.contents.fold(fresh)).toEqual({ completion: 'Hello', reasoning: undefined });
    await house.contents.drain();
    expect(await stored(house)).toEqual(fresh);
  });

  test('has an error with what the caller was told and every provider that was asked', async () => {
    const { house } = await sceneOf('openai-chat', { alpha: { script: fails }, beta: { script: fails } });
    await wants(house, ALL);
    const response = await house.post(ask(true));
    const answer = await response.text();
    const content = (await stored(house))!;
    expect(response.status).toBe(503);
    expect([content.answer.text, content.failure?.status]).toEqual([answer, 503]);
    expect(content.sent.map(({ providerName }) => providerName).sort()).toEqual(['Alpha', 'Beta']);
    expect((await house.contents.fold(content))?.completion).toBeUndefined();
  });

  test('has a stream that was cut with its error event, and the words before it', async () => {
    const { house, provider } = await scene(cutAfter('one ', 'two '));
    await wants(house, ALL);
    const answer = await readUntil(await house.post(ask(true)), 'two ', () => provider.deliver());
    const content = (await stored(house))!;
    expect(content.answer.text).toBe(answer);
    expect(answer).toContain('"error"');
    expect(content.failure?.kind).toBe('provider-cut-off');
    expect((await house.contents.fold(content))?.completion).toBe('one two ');
  });

  test('has one whole answer of one that went on elsewhere, and both requests', async () => {
    const { house, scripted } = await sceneOf('openai-chat', {
      alpha: { script: cutAfter('one ', 'two ') },
      beta: { script: answers('three'), continues: 'prefill' },
    });
    await wants(house, ALL);
    const order = { provider: { order: ['alpha', 'beta'] } };
    await readUntil(await house.post(ask(true, order)), 'two ', () => scripted.alpha!.deliver());
    const content = (await stored(house))!;
    expect((await house.contents.fold(content))?.completion).toBe('one two three');
    expect(content.sent.map(({ text }) => text.includes('one two'))).toEqual([false, true]);
  });

  test('has of a caller who left as much as they were sent', async () => {
    const { house, provider } = await scene(async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(delta('one '))));
      call.stall();
    });
    await wants(house, ALL);
    const leaving = new AbortController();
    const response = await house.post(ask(true), { signal: leaving.signal });
    const reader = response.body!.getReader();
    await reader.read();
    leaving.abort();
    await provider.closed;
    while ((await house.contents.totals(house.key)).count === 0) await Bun.sleep(5);
    const content = (await stored(house))!;
    expect([(await house.contents.fold(content))?.completion, content.failure?.kind]).toEqual(['one ', 'caller-left']);
  });
});

test('a request that a preset fills up is stored as it came, and as it was sent', async () => {
  const scene = await exchangeScene({ acme: { script: answers('Hello'), promptPico: 1n } });
  const call = (method: string, path: string, body: object, key = scene.keys.management) =>
    scene.call(method, path, key, body);
  await call('PATCH', '/api/x/privacy', { mode: 'all' });
  const config = { model: 'demo/talker', temperature: 0.5 };
  expect(
    (await call('PUT', '/api/x/presets/writer', { config, system_prompt: 'Write well.', version: 0 })).status,
  ).toBe(200);
  const body = { model: '@preset/writer', messages: [{ role: 'user', content: 'Hi' }] };
  const answer = await call('POST', '/api/v1/chat/completions', body, scene.keys.own);
  await answer.text();
  const content = await scene.contents.find(answer.headers.get('x-generation-id')!);
  if (content === undefined || content === 'unreadable') throw new Error('not stored');
  expect(JSON.parse(content.request.text)).toEqual(body);
  expect(JSON.parse(content.sent[0]!.text)).toMatchObject({ temperature: 0.5 });
});

test('a workspace that stores errors has the failed ones only, and a key may be an exception', async () => {
  const { house } = await sceneOf('openai-chat', {
    alpha: { script: (call) => (call.index % 2 === 0 ? fails(call) : answers()(call)) },
  });
  await wants(house, { mode: 'errors' });
  await (await house.post(ask(true))).text();
  expect((await stored(house))?.failure?.status).toBe(503);
  await (await house.post(ask(true))).text();
  expect(await stored(house)).toBeUndefined();
  await wants(house, { mode: 'errors', keys: { [house.key.hash]: 'off' } });
  await (await house.post(ask(true))).text();
  expect(await stored(house)).toBeUndefined();
});

test('a share of sessions is stored whole, and the others not at all', async () => {
  const { house } = await scene(answers());
  await wants(house, { ...ALL, sampleShare: 0.5 });
  const sessions = Array.from({ length: 400 }, (_, i) => `session-${i}`);
  const isOpen = (session: string) => house.contents.open(house.key, session) !== undefined;
  const share = sessions.filter(isOpen);
  expect(share.length).toBeGreaterThan(150);
  expect(share.length).toBeLessThan(250);
  expect(sessions.filter(isOpen)).toEqual(share);
});

test('a body above the size is cut between characters, and says how long it was', async () => {
  const { house } = await scene(answers('ö'.repeat(3_000)));
  await wants(house, { ...ALL, bytesMax: 1_024 });
  const body = ask(false, { messages: [{ role: 'user', content: `x${'ö'.repeat(3_000)}` }] });
  const answer = await (await house.post(body)).text();
  const { request, answer: kept, sent } = (await stored(house))!;
  const text = JSON.stringify(body);
  expect([request.isCut, request.totalBytes]).toEqual([true, Buffer.byteLength(text)]);
  expect(text).toStartWith(request.text);
  expect([1_023, 1_024]).toContain(Buffer.byteLength(request.text));
  expect([kept.isCut, kept.totalBytes, answer.startsWith(kept.text)]).toEqual([true, Buffer.byteLength(answer), true]);
  expect(sent[0]!.isCut).toBe(true);
});

describe('a secret', () => {
  const KEY = 'sk-live-0123456789abcdef0123456789';

  test('is taken out of every body, also where it stands across the cut, and never comes from a header', async () => {
    const { house } = await scene(answers(`Your key is ${KEY}.`));
    await wants(house, { ...ALL, bytesMax: 1_024 });
    const content = `${'a'.repeat(930)} ${KEY}`;
    const init = { headers: { authorization: 'Bearer header-canary-0123456789' } };
    await (await house.post(ask(false, { messages: [{ role: 'user', content }] }), init)).text();
    const found = (await stored(house))!;
    expect([found.request.redacted, found.answer.redacted, found.sent[0]!.redacted]).toEqual([1, 1, 1]);
    expect(JSON.stringify(found)).not.toContain('sk-live');
    expect(JSON.stringify(found)).not.toContain('canary');
    expect(found.answer.text).toContain('Your key is [redacted].');
  });

  test('that is spread over frames leaves only the words of the answer', async () => {
    const { house } = await scene(answers('Your key is ', ...KEY.match(/.{1,5}/g)!, ', keep it.'));
    await wants(house, ALL);
    await (await house.post(ask(true))).text();
    const { answer } = (await stored(house))!;
    expect([answer.text, answer.isFolded, answer.redacted]).toEqual(['Your key is [redacted], keep it.', true, 1]);
  });

  test('stays where the workspace wants its texts untouched', async () => {
    const { house } = await scene(answers());
    await wants(house, { ...ALL, redactsSecrets: false });
    const body = ask(true, { messages: [{ role: 'user', content: KEY }] });
    await (await house.post(body)).text();
    expect((await stored(house))!.request).toEqual(whole(JSON.stringify(body)));
  });
});

describe('what is stored', () => {
  const DAY_MS = 86_400_000;

  test('is unreadable without the key-encryption key', async () => {
    const { house } = await scene(answers('answer canary'));
    await wants(house, ALL);
    await (await house.post(ask(true))).text();
    await house.contents.drain();
    const { id } = house.records()[0]!;
    expect(JSON.stringify(await house.storage.contents.find(id))).not.toContain('canary');
    const other = new ContentKeeper({
      ...{ storage: house.storage, clock: house.parts.clock, log: silentLog, formats: house.parts.formats },
      ...{ vault: new KeyVault(new Uint8Array(32).fill(8)), keys: () => [house.key] },
    });
    expect(await other.find(id)).toBe('unreadable');
  });

  test('is read until its time has come and swept away after it; a shorter retention counts at once, a longer one does not', async () => {
    const { house } = await scene(answers());
    await wants(house, { ...ALL, retentionDays: 2 });
    await (await house.post(ask(true))).text();
    const { id, createdAtMs } = house.records()[0]!;
    await house.contents.drain();
    const clock = new WoundClock(createdAtMs);
    const later = new ContentKeeper({
      ...{ storage: house.storage, clock, log: silentLog, formats: house.parts.formats, keys: () => [house.key] },
      vault: new KeyVault(new Uint8Array(32).fill(7)),
    });
    await later.refresh();
    await later.changePolicy(house.key, (policy) => ({ ...policy, retentionDays: 30 }));
    await clock.advance(2 * DAY_MS - 1);
    expect([await later.sweep(), (await later.facts(id)) !== undefined]).toEqual([0, true]);
    await clock.advance(1);
    expect([await later.facts(id), await later.find(id)]).toEqual([undefined, undefined]);
    expect(await later.sweep()).toBe(1);

    await (await house.post(ask(true))).text();
    await house.contents.drain();
    await clock.advance(DAY_MS);
    expect((await later.totals(house.key)).count).toBe(1);
    await later.changePolicy(house.key, (policy) => ({ ...policy, retentionDays: 1 }));
    expect((await later.totals(house.key)).count).toBe(0);
  });

  test('is deleted on demand, also what is on its way into storage', async () => {
    const { house } = await scene(answers());
    await wants(house, ALL);
    for (let i = 0; i < 3; i++) await (await house.post(ask(true))).text();
    expect(await house.contents.remove(house.key, 'another')).toBe(0);
    expect(await house.contents.removeOne(house.records()[0]!.id)).toBe(true);
    expect(await house.contents.remove(house.key)).toBe(2);
    expect(await stored(house)).toBeUndefined();
  });

  test('is not what was under way when it was switched off', async () => {
    const { house, provider } = await scene(cutAfter('one '));
    await wants(house, ALL);
    const response = await house.post(ask(true));
    await wants(house, { mode: 'off' });
    await readUntil(response, 'one ', () => provider.deliver());
    expect(await stored(house)).toBeUndefined();
  });

  test('waits in memory while storage is away, up to a bound, and what does not fit is counted', async () => {
    const { house } = await scene(answers());
    let isAway = true;
    const keeper = new ContentKeeper({
      ...{ clock: new WoundClock(0), log: silentLog, formats: house.parts.formats, keys: () => [house.key] },
      vault: new KeyVault(new Uint8Array(32).fill(7)),
      storage: {
        getSetting: async () => JSON.stringify({ ...NOTHING_STORED, mode: 'all', bytesMax: 4 * 1024 * 1024 }),
        saveSetting: async () => undefined,
        contents: new Proxy(house.storage.contents, {
          get(target, name) {
            if (name === 'save' && isAway) return () => Promise.reject(new Error('away'));
            const value: unknown = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
      },
    });
    await keeper.refresh();
    const request = house.parts.formats
      .get('openai-chat')!
      .server.decodeRequest(Buffer.from(JSON.stringify(ask(true))));
    for (let i = 0; i < 20; i++) {
      const tap = keeper.open(house.key, 'one')!;
      tap.noteAnswer(Buffer.alloc(4 * 1024 * 1024, 'a'));
      tap.close(request, { id: `gen-${i}`, createdAtMs: 0, failure: undefined });
      await keeper.drain();
    }
    expect(keeper.lost).toBeGreaterThan(2);
    expect((await keeper.find('gen-0')) === undefined).toBe(false);
    isAway = false;
    await keeper.drain();
    expect((await keeper.totals(house.key)).count).toBe(20 - keeper.lost);
  });
});

function whole(text: string) {
  return { text, totalBytes: Buffer.byteLength(text), isCut: false, redacted: 0 };
}
