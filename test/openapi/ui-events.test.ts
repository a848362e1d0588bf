import { afterEach, beforeEach, expect, test } from 'bun:test';
import { generationRow, healthEvent } from '../../src/contract/generation-log.ts';
import { UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import { makeRecord } from '../support/generation-records.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
const readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.cancel();
  await house.close();
});

interface Stream {
  /** What has come since it was asked last. */
  read(): Promise<string>;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
}

async function listen(query = '', lastEventId?: string, key = house.keys.inference): Promise<Stream> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await house.call('GET', `/api/x/events${query}`, { key, headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const reader = response.body!.getReader();
  readers.push(reader);
  const decoder = new TextDecoder();
  return {
    reader,
    async read() {
      const { done, value } = await reader.read();
      return done ? 'END' : decoder.decode(value);
    },
  };
}

function frames(text: string): { id: string; event: string; data: unknown }[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.includes('event:'))
    .map((frame) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(frame)?.[1] ?? '';
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown };
    });
}

test('a settled generation is told to its own account at once', async () => {
  const stream = await listen();
  expect(await stream.read()).toBe(': connected\nretry: 2000\n\n');
  const next = stream.read();
  house.exchange.events.settled(makeRecord('gen-s', { accountId: 'stranger' }));
  house.exchange.events.settled(makeRecord('gen-1', { app: { title: 'a\n\nevent: x', categories: [] } }));
  const [frame] = frames(await next);
  expect(frame!.event).toBe('generation');
  expect(generationRow.parse(frame!.data)).toMatchObject({ id: 'gen-1', app: { title: 'a\n\nevent: x' } });
});

test('after a break a reader catches up on what it missed, or is told that it cannot', async () => {
  const { events } = house.exchange;
  for (const id of ['gen-1', 'gen-2', 'gen-3']) events.settled(makeRecord(id));
  const caught = await listen('?topics=generations', `${events.bootId}-1`);
  const text = await caught.read();
  expect(frames(text).map(({ id, data }) => [id, (data as { id: string }).id])).toEqual([
    [`${events.bootId}-2`, 'gen-2'],
    [`${events.bootId}-3`, 'gen-3'],
  ]);
  for (const [id, reason] of [
    ['other-1', 'restarted'],
    [`${events.bootId}-99`, 'restarted'],
    ['nonsense', 'restarted'],
  ] as const) {
    expect(frames(await (await listen('', id)).read())).toMatchObject([{ event: 'missed', data: { reason } }]);
  }
  for (let index = 0; index < 600; index++) events.settled(makeRecord(`gen-x-${index}`));
  const late = frames(await (await listen('', `${events.bootId}-1`)).read());
  expect(late).toMatchObject([{ event: 'missed', data: { reason: 'too-old' } }]);
});

test('a breaker that moves is told once', async () => {
  const stream = await listen('?topics=health');
  await stream.read();
  const next = stream.read();
  house.health.set('demo/talker|acme', { ...UNKNOWN_HEALTH, recentOutage: true });
  await house.clock.advance(3_000);
  const seen = frames(await next);
  expect(seen.map(({ event, data }) => [event, healthEvent.parse(data).breaker])).toEqual([['health', 'open']]);
  expect(seen[0]!.data).toMatchObject({ endpoint: 'demo/talker|acme', provider: 'acme' });
});

test('a silent stream shows that it lives', async () => {
  const stream = await listen();
  await stream.read();
  const next = stream.read();
  await house.clock.advance(15_000);
  expect(await next).toBe(': alive\n\n');
});

test('a reader that does not read is dropped, and its memory with it', async () => {
  const { events } = house.exchange;
  const stream = await listen();
  await stream.read();
  expect(events.listenerCount).toBe(1);
  for (let index = 0; index < 1_000; index++) events.settled(makeRecord(`gen-${index}`));
  expect(events.listenerCount).toBe(0);
  expect(await stream.read()).toBe('END');
});

test('a reader that leaves is forgotten', async () => {
  const stream = await listen();
  await stream.read();
  await stream.reader.cancel();
  expect(house.exchange.events.listenerCount).toBe(0);
});

test('a key that is taken away takes its streams with it', async () => {
  const stream = await listen();
  await stream.read();
  const next = stream.read();
  const key = house.exchange.directory.list().find((one) => one.accountId === 'home' && !one.isManagement)!;
  await house.exchange.directory.update(key.hash, { disabled: true });
  await house.clock.advance(15_000);
  expect(await next).toBe('END');
});

test('one account cannot open streams without end; unknown topics and strangers are refused', async () => {
  for (let index = 0; index < 50; index++) await listen();
  const more = (key: string, query = '') => house.call('GET', `/api/x/events${query}`, { key });
  expect((await more(house.keys.inference)).status).toBe(429);
  expect((await more(house.keys.stranger, '?topics=secrets')).status).toBe(400);
  expect((await house.call('GET', '/api/x/events')).status).toBe(401);
  const other = await listen('', undefined, house.keys.stranger);
  expect(await other.read()).toStartWith(': connected');
});
