import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test';
import { hashApiKey } from '../../src/accounts/api-key.ts';
import { NOTHING_STORED } from '../../src/accounts/content-policy.ts';
import { contentDetail, privacy } from '../../src/contract/stored-content.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import { makeRecord } from '../support/generation-records.ts';
import { completion } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { checkAnswer, reportSkipped } from './check-answer.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());
afterAll(reportSkipped);

const as = '/generation/content';
const ID = 'gen-1-stored';
const messages = [
  { role: 'system', content: 'Be brief' },
  { role: 'user', content: 'Hi' },
];

/** A generation of the account's own key, whose request and answer are stored. */
async function store(answer: object, failure?: Failure): Promise<void> {
  const key = house.exchange.directory.find(hashApiKey(house.keys.inference))!;
  const failed = { endpointId: 'demo/talker|acme', providerId: 'acme', modelId: 'demo/talker', upstreamModel: 't' };
  const attempt = {
    ...failed,
    providerName: 'Acme',
    failure: 'provider-error',
    isByok: false,
    startedMs: 1,
    durationMs: 2,
  };
  const record = makeRecord(ID, {
    keyHash: key.hash,
    createdAtMs: house.clock.nowMs(),
    ...(failure && {
      failure: failure.kind,
      attempts: [
        { ...attempt, status: 429, failureMessage: 'slow down' } as never,
        { ...attempt, providerName: 'Bolt', status: 500, failureMessage: 'out of order' } as never,
      ],
    }),
  });
  await house.storage.settle([record]);
  await house.contents.changePolicy(key, () => ({ ...NOTHING_STORED, mode: 'all' }));
  const tap = house.contents.open(key, 'one')!;
  const request = openaiChat.server.decodeRequest(Buffer.from(JSON.stringify({ model: 'demo/talker', messages })));
  tap.noteSent(testEndpoint('acme'), Buffer.from('{"model":"talker"}'));
  tap.noteAnswer(Buffer.from(JSON.stringify(answer)));
  tap.close(request, { id: ID, createdAtMs: record.createdAtMs, failure });
}

const ask = (key: string, status = 200, id = ID) =>
  checkAnswer(house, 'GET', `/generation/content?id=${id}`, { as, key, status });

test('what is stored of a generation is shown as its messages and the words of its answer', async () => {
  await store(completion('Hello'));
  expect(await ask(house.keys.management)).toEqual({
    data: { input: { messages }, output: { completion: 'Hello', reasoning: null }, error: null },
  });
});

test('a failure is shown with what was tried before it', async () => {
  await store(
    { error: { code: 500, message: 'x' } },
    new Failure('provider-error', { message: 'Nobody could answer' }),
  );
  const { data } = await ask(house.keys.management);
  expect(data.output).toEqual({ completion: null, reasoning: null });
  expect(data.error).toEqual({
    status: 502,
    message: 'Nobody could answer',
    provider_name: 'Bolt',
    raw: null,
    previous_errors: [{ code: 429, message: 'slow down', provider_name: 'Acme', raw: null }],
  });
});

test('a key that generates may not read, not even its own; another account learns nothing', async () => {
  await store(completion('Hello'));
  await ask(house.keys.inference, 403);
  await ask(house.keys.strangerManagement, 404);
  await ask(house.keys.management, 404, 'gen-none');
  await ask('sk-tl-v1-made-up', 401);
  for (const key of [house.keys.inference, house.keys.strangerManagement]) {
    const status = (await house.call('DELETE', `/api/x/generations/${ID}/content`, { key })).status;
    expect(status).toBe(key === house.keys.inference ? 403 : 404);
  }
  await ask(house.keys.management);
});

test('of a generation that is not stored nothing is found, and its page says what would change that', async () => {
  await house.storage.settle([makeRecord(ID, { keyHash: hashApiKey(house.keys.inference) })]);
  const body = await ask(house.keys.management, 404);
  expect(body.error.message).toBe('The request and answer of this generation are not stored');
  const detail = (await (
    await house.call('GET', `/api/x/generations/${ID}`, { key: house.keys.inference })
  ).json()) as {
    content: unknown;
  };
  expect(detail.content).toEqual({ stored: null, mode: 'off', may_read: false });
});

test('our own page has the bodies as they were, and one generation can be forgotten', async () => {
  await store(completion('Hello'));
  const key = house.keys.management;
  const path = `/api/x/generations/${ID}/content`;
  const detail = contentDetail.parse(await (await house.call('GET', path, { key })).json());
  expect(detail).toMatchObject({
    completion: 'Hello',
    expires_at: '2026-11-25T12:00:00.000Z',
    request: { cut_at_bytes: null, redacted: 0 },
    sent: [{ text: '{"model":"talker"}', provider_name: 'Acme' }],
  });
  expect(JSON.parse(detail.request.text)).toEqual({ model: 'demo/talker', messages });
  expect((await house.call('DELETE', path, { key })).status).toBe(200);
  expect((await house.call('GET', path, { key })).status).toBe(404);
});

test('every reading and every change stands in the audit log', async () => {
  await store(completion('Hello'));
  const key = house.keys.management;
  await ask(key);
  await ask(house.keys.inference, 403);
  await house.call('PATCH', '/api/x/privacy', { key, body: { mode: 'errors', retention_days: 3 } });
  await house.call('POST', '/api/x/privacy/delete', { key, body: {} });
  const entries = await house.storage.audit.entries({ limit: 10 });
  expect(entries.map(({ action, target, outcome, detail }) => [action, target, outcome, detail])).toEqual([
    ['privacy.delete', 'everything', 'done', '1 deleted'],
    ['privacy.change', '', 'done', 'mode=errors retention_days=3'],
    ['content.read', ID, 'denied', ''],
    ['content.read', ID, 'done', ''],
  ]);
});

test('the policy is read by whoever has a key, and changed by administrators, field by field', async () => {
  const read = async (key: string) => privacy.parse(await (await house.call('GET', '/api/x/privacy', { key })).json());
  const own = await read(house.keys.inference);
  expect(own).toEqual({
    policy: { mode: 'off', sample_share: 1, retention_days: 7, bytes_max: 262_144, redacts_secrets: true },
    own_mode: 'off',
    may_change: false,
    stored: { count: 0, bytes: 0, oldest: null, newest: null },
    keys: [],
    lost: 0,
  });
  const key = house.keys.management;
  const change = async (body: unknown) => (await house.call('PATCH', '/api/x/privacy', { key, body })).status;
  expect(await change({ mode: 'all', sample_share: 0.25 })).toBe(200);
  for (const bad of [{ mode: 'some' }, { retention_days: 0 }, { retention_days: 366 }, { bytes_max: 1 }, { x: 1 }]) {
    expect([bad, await change(bad)]).toEqual([bad, 400]);
  }
  expect((await read(key)).policy).toMatchObject({ mode: 'all', sample_share: 0.25, retention_days: 7 });
});

test('a key is an exception until it is none any more', async () => {
  const key = house.keys.management;
  const hash = hashApiKey(house.keys.inference);
  const put = async (mode: string | null, of = hash) =>
    (await house.call('PUT', `/api/x/privacy/keys/${of}`, { key, body: { mode } })).status;
  const own = async () =>
    privacy.parse(await (await house.call('GET', '/api/x/privacy', { key: house.keys.inference })).json()).own_mode;
  expect([await put('errors'), await own()]).toEqual([200, 'errors']);
  expect([await put(null), await own()]).toEqual([200, 'off']);
  expect([await put('all', 'f'.repeat(64)), await put('all', hashApiKey(house.keys.stranger))]).toEqual([404, 404]);
  expect(await put('all', hashApiKey(key))).toBe(404);
});
