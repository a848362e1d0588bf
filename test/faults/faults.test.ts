import { afterAll, describe, expect, test } from 'bun:test';
import { WoundClock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import { type ChatAnswer, readChatResult, readChatStream } from '../support/read-answer.ts';
import { answers, openScriptedProvider } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET, type TestHouse } from '../support/test-house.ts';
import { FAULTS } from './faults.ts';
import type { Fault } from './make-fault.ts';

/** What the caller had in hand when everything was over. */
interface Outcome {
  readonly status: number;
  readonly answer: ChatAnswer;
  readonly errorType: string | undefined;
  readonly code: unknown;
  readonly retryAfter: string | undefined;
}

/** Fault → what was seen streamed and plain with another endpoint, streamed and plain alone. */
const table = new Map<string, string[]>();

async function meet(fault: Fault, stream: boolean, hasSecond: boolean): Promise<Outcome> {
  const clock = new WoundClock();
  const lines: string[] = [];
  const log: Log = { write: (...entry) => void lines.push(JSON.stringify(entry)) };
  const broken = await fault.open();
  const second = await openScriptedProvider(answers());
  const providers = [{ endpoint: testEndpoint('broken'), baseUrl: broken.baseUrl }];
  if (hasSecond) providers.push({ endpoint: testEndpoint('second'), baseUrl: second.baseUrl });
  const house = await openTestHouse({ clock, log, providers });
  try {
    const sawContent = Promise.withResolvers<void>();
    const seen = call(house, stream, () => {
      sawContent.resolve();
      broken.deliver();
    });
    let isOver = false;
    seen.finally(() => {
      isOver = true;
    });
    const isStalled = await Promise.race([seen.then(() => false), broken.stalled.then(() => true)]);
    if (isStalled && stream && fault.effect === 'breaks') await sawContent.promise;
    for (let step = 0; isStalled && !isOver; step++) {
      expect(step).toBeLessThan(20);
      await clock.advance(10_000);
    }
    const outcome = await seen;
    await clock.advance(2_000);
    expectTidy(house, lines, broken.requests.length);
    return outcome;
  } finally {
    await house.close();
    await broken.close();
    await second.close();
  }
}

async function call(house: TestHouse, stream: boolean, onContent: () => void): Promise<Outcome> {
  const response = await house.post({
    model: 'demo/talker',
    stream,
    messages: [{ role: 'user', content: 'Speak' }],
    provider: { order: ['broken', 'second'] },
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes('Hello')) onContent();
  }
  expect(text).not.toContain(TEST_SECRET);
  expect(JSON.stringify([...response.headers])).not.toContain(TEST_SECRET);
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const answer = isStream ? readChatStream(text) : readChatResult(text);
  const error = answer.errors[0] as { code?: unknown; metadata?: { error_type?: string } } | undefined;
  return {
    status: response.status,
    answer,
    errorType: error?.metadata?.error_type,
    code: error?.code,
    retryAfter: response.headers.get('retry-after') ?? undefined,
  };
}

/** Whatever happened: one record, money settled, no alarm left, no bug in the log, no secret anywhere. */
function expectTidy(house: TestHouse, lines: readonly string[], requests: number): void {
  const records = house.records();
  expect(records).toHaveLength(1);
  expect(JSON.stringify(records, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    TEST_SECRET,
  );
  expect(lines.join('\n')).not.toContain(TEST_SECRET);
  expect(lines.filter((line) => line.startsWith('["error"'))).toEqual([]);
  expect(house.parts.wheel.size).toBe(0);
  const record = records[0]!;
  if (record.failure !== undefined) expect(record.charge.chargedPico).toBe(0n);
  expect(record.attempts.length).toBeGreaterThan(0);
  // A socket that was closed before headers is tried once more; nothing else is sent twice.
  expect(requests).toBeLessThanOrEqual(2);
}

function note(fault: Fault, { status, answer, errorType, code }: Outcome): void {
  const end = errorType === undefined ? `"${answer.text}"` : `${code} ${errorType}`;
  const seen = status === 200 && errorType !== undefined ? `200, then ${end}` : end;
  const cells = table.get(fault.name) ?? [];
  table.set(fault.name, [...cells, seen]);
}

function expectServed(outcome: Outcome, stream: boolean, text: string): void {
  expect([outcome.status, outcome.answer.text, outcome.errorType]).toEqual([200, text, undefined]);
  expect(outcome.answer.finishReason).toBe('stop');
  expect(outcome.answer.usages).toHaveLength(1);
  if (stream) expect([outcome.answer.done, outcome.answer.afterDone]).toEqual([1, 0]);
}

describe.each(FAULTS)('a provider that does this: $name', (fault) => {
  test.each([true, false])('is survived or shown with another endpoint behind it, stream %p', async (stream) => {
    const outcome = await meet(fault, stream, true);
    note(fault, outcome);
    if (fault.effect === 'serves') expectServed(outcome, stream, 'Hello');
    else if (fault.effect === 'fails' || !stream) expectServed(outcome, stream, 'the right answer');
    else {
      expect([outcome.status, outcome.answer.text, outcome.answer.done]).toEqual([200, 'Hello', 0]);
      expect([outcome.code, outcome.errorType]).toEqual([...fault.alone]);
    }
  });

  test.each([true, false])('is told truly when it is alone, stream %p', async (stream) => {
    const outcome = await meet(fault, stream, false);
    note(fault, outcome);
    if (fault.effect === 'serves') {
      expectServed(outcome, stream, 'Hello');
      return;
    }
    expect([outcome.answer.done, outcome.answer.finishReason === 'stop']).toEqual([0, false]);
    if (fault.effect === 'breaks' && stream) {
      expect([outcome.status, outcome.answer.text]).toEqual([200, 'Hello']);
      expect([outcome.code, outcome.errorType]).toEqual([...fault.alone]);
      return;
    }
    // Before content every broken try of a single endpoint adds up to an outage.
    const alone = fault.effect === 'breaks' ? [503, 'provider_overloaded'] : fault.alone;
    expect([outcome.code, outcome.errorType]).toEqual([...alone]);
    // After eight silent seconds a stream has begun with comments; its error then travels inside.
    expect([outcome.status, outcome.answer.comments > 0]).toEqual(
      outcome.status === 200 ? [200, true] : [alone[0] as number, false],
    );
    expect(outcome.retryAfter).toBe(fault.retryAfter);
  });
});

afterAll(() => {
  const head = ['fault', 'stream, another behind', 'plain, another behind', 'stream, alone', 'plain, alone'];
  const rows = [head, ...[...table].map(([name, cells]) => [name, ...cells])];
  const print = (cells: readonly string[]): string =>
    cells.map((cell, i) => cell.slice(0, 42).padEnd(i === 0 ? 44 : 40)).join('');
  process.stdout.write(`\nWhat the caller saw\n${rows.map((cells) => print(cells).trimEnd()).join('\n')}\n`);
});
