import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { availableParallelism } from 'node:os';
import { CORES_MIN } from './start-thread.ts';
import { endlessBias, startTestEngine, type TestEngine, user } from './test-engine.ts';

interface Answer {
  readonly choices: readonly [{ readonly message: { readonly content: string } }];
  readonly usage: { readonly completion_tokens: number };
  readonly error?: { readonly message: string; readonly code: string };
}

let engine: TestEngine;
let endless: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  engine = await startTestEngine();
  endless = { messages: [user('Hi')], logit_bias: await endlessBias(), temperature: 0 };
});
afterAll(() => engine.kill());

const isIdle = async () => {
  const { running, waiting } = await engine.health();
  return running + waiting === 0;
};

async function content(question: string): Promise<string> {
  const response = await engine.ask({ messages: [user(question)], temperature: 0 });
  return ((await response.json()) as Answer).choices[0].message.content;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a caller who leaves', () => {
  test.each([true, false])('frees the slot, and no token more is computed (stream: %p)', async (stream) => {
    const leaving = new AbortController();
    const asked = engine.ask({ ...endless, stream }, { signal: leaving.signal });
    if (stream) await (await asked).body?.getReader().read();
    else await until(async () => (await engine.health()).running === 1);
    leaving.abort();
    await asked.catch(() => {});
    await until(isIdle);
    const { pagesUsed, pagesKept } = await engine.health();
    expect(pagesUsed).toBe(pagesKept);
  });

  test('at any of a hundred moments leaves no slot and no page taken', async () => {
    const calls = Array.from({ length: 100 }, async (_, index) => {
      const leaving = new AbortController();
      const response = await engine
        .ask({ ...endless, stream: index % 3 > 0, user: `${index % 7}` }, { signal: leaving.signal })
        .catch(() => undefined);
      const reader = response?.body?.getReader();
      for (let read = 0; read < index % 11; read++) await reader?.read().catch(() => {});
      leaving.abort();
    });
    await Promise.all(calls);
    await until(isIdle);
    const { pagesUsed, pagesKept } = await engine.health();
    expect(pagesUsed).toBe(pagesKept);
    expect(await content('Bye')).toBe('Goodbye.');
  });
});

test('while it answers with all its might, it says how it is and takes new requests', async () => {
  const leaving = new AbortController();
  const busy = [1, 2, 3].map(() => engine.ask({ ...endless, stream: true }, { signal: leaving.signal }));
  await Promise.all(busy);
  expect((await engine.health()).running).toBeGreaterThan(0);
  expect(await content('Bye')).toBe('Goodbye.');
  leaving.abort();
  await until(isIdle);
});

test('eight requests at once get eight right answers', async () => {
  const questions = [
    'How do I get JSON?',
    'Bye',
    'How do I stream?',
    'How do I get JSON?',
    'Bye',
    'How do I stream?',
    'Bye',
  ];
  const alone = new Map<string, string>();
  for (const question of new Set(questions)) alone.set(question, await content(question));
  const together = await Promise.all(questions.map((question) => content(question)));
  expect(together).toEqual(questions.map((question) => alone.get(question) ?? ''));
});

test('beyond its slots and its queue it says when to come back, and others get in beside a crowd', async () => {
  const leaving = new AbortController();
  const crowd = Array.from({ length: 14 }, () =>
    engine.ask({ ...endless, user: 'crowd' }, { signal: leaving.signal }).catch(() => undefined),
  );
  const turnedAway = await Promise.race(
    crowd.map(async (one) => ((await one)?.status === 429 ? one : new Promise<never>(() => {}))),
  );
  expect(turnedAway!.headers.get('retry-after')).toBe('1');
  expect(((await turnedAway!.json()) as Answer).error?.code).toBe('engine_overloaded');
  const single = await engine.ask({ messages: [user('Bye')], temperature: 0, user: 'single' });
  expect(single.status).toBe(200);
  leaving.abort();
  await until(isIdle);
});

test('a stream that its reader leaves unread does not hold up the others', async () => {
  const leaving = new AbortController();
  const unread = await engine.ask({ ...endless, stream: true }, { signal: leaving.signal });
  expect(unread.status).toBe(200);
  expect(await content('Bye')).toBe('Goodbye.');
  leaving.abort();
  await until(isIdle);
});

test('it leaves when its parent is gone, also in the middle of answers that two threads compute', async () => {
  const orphan = await startTestEngine();
  const ask = () => orphan.ask({ ...endless, stream: true }).catch(() => undefined);
  const hasShared = async () => (await orphan.health()).sharedSteps > 0;
  // On few cores nothing is shared.
  while (availableParallelism() >= CORES_MIN && !(await hasShared())) await Promise.all([ask(), ask(), ask()]);
  await Promise.all([ask(), ask()]);
  expect(await orphan.orphan()).toBeLessThan(1000);
});
