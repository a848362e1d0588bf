import { describe, expect, test } from 'bun:test';
import { makeEndpoint, makeInputs, NOW_MS } from '../../test/simulation/routing-world.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { NO_USAGE, type Usage } from '../generation/usage.ts';
import { EngineBook, type LoadReading } from './engine-book.ts';

const engine = (tag: string, facts: Partial<Endpoint['engine']> = {}): Endpoint =>
  makeEndpoint(tag, { engine: { parallel: 8, reuses: 'prefix', ...facts } });
const [a, b] = [engine('a'), engine('b')];
/** A prompt of so many thousand bytes that begins like every other of this name. */
function ask(name: string, kilobytes = 4, counts: { reads: number } = { reads: 0 }): GenerationRequest {
  const { features } = makeInputs({ features: { promptTokensEstimate: kilobytes * 256 } });
  const bytes = new TextEncoder().encode(
    Array.from({ length: kilobytes * 16 }, (_, i) => `${name} ${i}`.padEnd(64)).join(''),
  );
  const unread = () => {
    throw new Error('nobody should read the prompt');
  };
  return {
    features,
    origin: {} as GenerationRequest['origin'],
    content: unread,
    field: unread,
    pieces() {
      counts.reads++;
      return [{ bytes, isMedia: false }];
    },
  };
}
const home = { id: 'home' };
const used = (promptTokens: number, cachedTokens: number): Usage => ({
  ...NO_USAGE,
  ...{ promptTokens, cachedTokens, provenance: 'reported' },
});
const busy: LoadReading = { running: 5, waiting: 0, kvUse: 0.5 };

/** Compares, sends, and gives the ticket back. */
function send(
  book: EngineBook,
  endpoint: Endpoint,
  request = ask('chat'),
  tenant: { id: string; session?: string } = home,
) {
  const view = book.open(request, tenant);
  view.state(endpoint, NOW_MS);
  return view.send(endpoint, NOW_MS)!;
}
const look = (
  book: EngineBook,
  endpoint: Endpoint,
  request = ask('chat'),
  tenant: { id: string; session?: string } = home,
  nowMs = NOW_MS,
) => book.open(request, tenant).state(endpoint, nowMs);

describe('our own requests', () => {
  test('count from the moment they are sent until they end, and their prompts until the first content', () => {
    const book = new EngineBook();
    const ticket = send(book, a);
    expect(look(book, a, ask('other'))).toMatchObject({ running: 1, waiting: 0, backlogTokens: 1024 });
    ticket.answered();
    expect(look(book, a, ask('other'))).toMatchObject({ running: 1, backlogTokens: 0 });
    ticket.end(undefined);
    expect(look(book, a, ask('other'))).toMatchObject({ running: 0, backlogTokens: 0 });
  });

  test('that end without content, or twice, leave nothing behind', () => {
    const book = new EngineBook();
    const ticket = send(book, a);
    for (let turn = 0; turn < 3; turn++) ticket.end(undefined);
    ticket.answered();
    expect([book.inFlight('a'), look(book, a).backlogTokens]).toEqual([0, 0]);
  });

  test('beyond what the engine runs at once wait', () => {
    const book = new EngineBook();
    for (let count = 0; count < 11; count++) send(book, a, ask(`chat ${count}`));
    expect(look(book, a)).toMatchObject({ running: 8, waiting: 3, parallel: 8 });
  });

  test('to an endpoint that is no engine are not counted', () => {
    const hosted = makeEndpoint('hosted');
    expect(new EngineBook().open(ask('chat'), home).send(hosted, NOW_MS)).toBeUndefined();
  });

  test('to an engine without alternatives are counted without a look at the prompt', () => {
    const [book, counts] = [new EngineBook(), { reads: 0 }];
    book.open(ask('chat', 4, counts), home).send(a, NOW_MS);
    expect([book.inFlight('a'), counts.reads]).toEqual([1, 0]);
  });
});

describe('what an engine says', () => {
  test('is added to what was sent since, less what ended since', () => {
    const book = new EngineBook();
    const early = send(book, a);
    book.read('a', busy, NOW_MS);
    expect(look(book, a)).toMatchObject({ running: 5, kvUse: 0.5 });
    send(book, a);
    expect(look(book, a).running).toBe(6);
    early.end(undefined);
    expect(look(book, a).running).toBe(5);
  });

  test('is forgotten when it is six seconds old', () => {
    const book = new EngineBook();
    book.read('a', busy, NOW_MS);
    expect(look(book, a, ask('x'), home, NOW_MS + 5_999).running).toBe(5);
    expect(look(book, a, ask('x'), home, NOW_MS + 6_000)).toEqual({
      ...{ running: 0, waiting: 0, parallel: 8, backlogTokens: 0, cached: 0, hasSession: false, isCold: false },
    });
  });

  test('of a queue means that it is full, whatever it was said to run at once', () => {
    const book = new EngineBook();
    book.read('a', { running: 5, waiting: 2 }, NOW_MS);
    expect(look(book, a)).toMatchObject({ running: 5, waiting: 2, parallel: 5 });
    book.read('a', { running: 2, waiting: 0, parallel: 4 }, NOW_MS);
    expect(look(book, a)).toMatchObject({ running: 2, waiting: 0, parallel: 4 });
  });

  test('of models in memory makes another one cold, until somebody has asked for it', () => {
    const book = new EngineBook();
    book.read('a', { loadedModels: ['other'] }, NOW_MS);
    expect(look(book, a).isCold).toBe(true);
    send(book, a);
    expect(look(book, a).isCold).toBe(false);
    book.read('b', { loadedModels: ['model'] }, NOW_MS);
    expect(look(book, b).isCold).toBe(false);
  });

  test('is said to be awaited until the first word came', () => {
    const book = new EngineBook({ hear: () => true });
    expect(look(book, a).isUnread).toBe(true);
    book.read('a', busy, NOW_MS);
    expect(look(book, a).isUnread).toBeUndefined();
    expect(look(new EngineBook({ hear: () => false }), a).isUnread).toBeUndefined();
  });

  test('is asked for of every engine that is compared', () => {
    const heard: string[] = [];
    const view = new EngineBook({ hear: (id) => heard.push(id) > 99 }).open(ask('chat'), home);
    view.state(a, NOW_MS);
    view.state(b, NOW_MS);
    expect(heard).toEqual(['a', 'b']);
  });
});

describe('the cache of an engine', () => {
  test('holds what was sent there, for this tenant and model alone', () => {
    const book = new EngineBook();
    send(book, a);
    expect([look(book, a).cached, look(book, b).cached]).toEqual([1, 0]);
    expect(look(book, a, ask('chat'), { id: 'other' }).cached).toBe(0);
    expect(look(book, { ...a, modelId: 'author/other' }).cached).toBe(0);
  });

  test('is taken at its word: reports of less make less of it, reports of all make up for it', () => {
    const book = new EngineBook();
    send(book, a).end(used(1000, 0));
    send(book, a).end(used(1000, 1000));
    expect(look(book, a).cached).toBe(1);
    for (let turn = 0; turn < 5; turn++) send(book, a).end(used(1000, 200));
    expect(look(book, a).cached).toBeCloseTo(0.2 + 0.8 * 0.8 ** 5, 2);
    for (let turn = 0; turn < 30; turn++) send(book, a).end(used(1000, 1000));
    expect(look(book, a).cached).toBeGreaterThan(0.99);
  });

  test('that never reports is not blamed for it, nor is one whose answer we counted ourselves', () => {
    const book = new EngineBook();
    for (let turn = 0; turn < 5; turn++) send(book, a).end(used(1000, 0));
    for (let turn = 0; turn < 5; turn++) send(book, a).end({ ...used(1000, 1), provenance: 'estimated' });
    expect(look(book, a).cached).toBe(1);
  });

  test('that serves the same chat alone is not credited with a shared beginning, until it reports that it can', () => {
    const chatOnly = engine('c', { reuses: 'chat' });
    const book = new EngineBook();
    send(book, chatOnly, ask('system', 4));
    const longer = ask('system', 8);
    expect(look(book, chatOnly, longer).cached).toBe(0.5);
    const shorter = ask('system', 3);
    expect(look(book, chatOnly, shorter).cached).toBe(0);
    for (let turn = 0; turn < 9; turn++) send(book, chatOnly, ask('system', 2)).end(used(512, 512));
    expect(look(book, chatOnly, ask('system', 1)).cached).toBeGreaterThan(0.1);
  });

  test('is empty after the engine was gone, and after it left the catalogue', () => {
    const book = new EngineBook();
    book.read('a', busy, NOW_MS);
    send(book, a);
    book.read('a', undefined, NOW_MS);
    expect(look(book, a).cached).toBe(1);
    book.read('a', undefined, NOW_MS);
    expect(look(book, a).cached).toBe(0);
    send(book, b);
    book.retain((id) => id !== b.id);
    expect(look(book, b).cached).toBe(0);
  });

  test('of an engine that never said anything is not taken for gone', () => {
    const book = new EngineBook();
    send(book, a);
    for (let turn = 0; turn < 5; turn++) book.read('a', undefined, NOW_MS);
    expect(look(book, a).cached).toBe(1);
  });
});

test('a session is where its last request went, for ten minutes, and only for its own tenant', () => {
  const book = new EngineBook();
  const tenant = { id: 'home', session: 's1' };
  send(book, a, ask('one'), tenant);
  send(book, b, ask('two'), tenant);
  const at = (endpoint: Endpoint, who = tenant, nowMs = NOW_MS) =>
    look(book, endpoint, ask('x'), who, nowMs).hasSession;
  expect([at(a), at(b)]).toEqual([false, true]);
  expect([at(b, { id: 'other', session: 's1' }), at(b, { id: 'home', session: 's2' })]).toEqual([false, false]);
  expect([at(b, tenant, NOW_MS + 599_999), at(b, tenant, NOW_MS + 600_000)]).toEqual([true, false]);
});
