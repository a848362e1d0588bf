import { expect } from 'bun:test';
import { WoundClock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import { answers, openScriptedProvider, type Script } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET, type TestHouse, type TestProvider } from '../support/test-house.ts';
import type { CallerFormat, Reading } from './callers.ts';
import type { Fault } from './make-fault.ts';

/** What the caller had in hand when everything was over. */
export interface Outcome extends Reading {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Who else could serve: nobody, one that answers anew, one that also goes on from what was sent. */
export type Behind = 'nobody' | 'another' | 'one that goes on';

export interface Meeting {
  readonly fault: Fault;
  readonly caller: CallerFormat;
  readonly stream: boolean;
  readonly behind: Behind;
}

export async function meetFault({ fault, caller, stream, behind }: Meeting): Promise<Outcome> {
  const clock = new WoundClock();
  const lines: string[] = [];
  const log: Log = { write: (...entry) => void lines.push(JSON.stringify(entry)) };
  const broken = await fault.open();
  const second = await openScriptedProvider(behind === 'one that goes on' ? goesOn : answers());
  const speaks = fault.format === undefined ? {} : { format: fault.format };
  const providers: TestProvider[] = [{ endpoint: testEndpoint('broken'), baseUrl: broken.baseUrl, ...speaks }];
  if (behind !== 'nobody') {
    const continues = behind === 'one that goes on' ? { continues: 'prefill' as const } : {};
    providers.push({ endpoint: testEndpoint('second'), baseUrl: second.baseUrl, ...continues });
  }
  const house = await openTestHouse({ clock, log, providers });
  try {
    const sawContent = Promise.withResolvers<void>();
    const seen = call(house, caller, stream, () => {
      sawContent.resolve();
      broken.deliver();
    });
    let isOver = false;
    seen.finally(() => {
      isOver = true;
    });
    const isStalled = await Promise.race([seen.then(() => false), broken.stalled.then(() => true)]);
    if (isStalled && stream && fault.effect === 'breaks') await sawContent.promise;
    const from = performance.now();
    for (let step = 0; isStalled && !isOver; step++) {
      // The wound clock must not run ahead of a busy machine's sockets: who goes on has no more time than who fell silent.
      await turnsOf(step < STEPS ? 25 : 100);
      expect(performance.now() - from).toBeLessThan(REAL_MS_MAX);
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

/** Of ten seconds each: by then every deadline has passed. */
const STEPS = 20;
const REAL_MS_MAX = 60_000;

/** Lets the event loop turn for so many real milliseconds. */
async function turnsOf(ms: number): Promise<void> {
  const from = performance.now();
  while (performance.now() - from < ms) await new Promise((resolve) => setImmediate(resolve));
}

/** Writes on from a last message of the assistant; else it answers from the start. */
const goesOn: Script = async (call) => {
  const { messages } = JSON.parse(call.request.body) as { messages: { role: string; content: string }[] };
  const last = messages.at(-1)!;
  const whole = 'Hello, and the rest.';
  const rest = last.role === 'assistant' ? whole.slice(last.content.length) : whole;
  await answers(rest.slice(0, 4), rest.slice(4))(call);
};

async function call(house: TestHouse, caller: CallerFormat, stream: boolean, onContent: () => void): Promise<Outcome> {
  const body = caller.body(stream, 'demo/talker', { order: ['broken', 'second'] });
  const response = await house.post(body, { path: caller.path(stream) });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes('Hello')) onContent();
  }
  expect(text).not.toContain(TEST_SECRET);
  expect(JSON.stringify([...response.headers])).not.toContain(TEST_SECRET);
  const isStream =
    stream && !(response.headers.get('content-type')?.startsWith('application/json') && response.status !== 200);
  const reading = isStream ? caller.readStream(text) : caller.readResult(text);
  return { ...reading, status: response.status, retryAfter: response.headers.get('retry-after') ?? undefined };
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

/** One cell of the table: what the caller saw, and whether that is what it must see. */
export interface Verdict {
  readonly saw: string;
  /** Undefined when all is as it must be. */
  readonly problem?: string;
}

export function judge({ fault, stream, behind }: Meeting, outcome: Outcome): Verdict {
  const saw = outcome.isWhole
    ? `"${outcome.text}"`
    : `${outcome.text === '' ? '' : `"${outcome.text}" then `}${outcome.errorType ?? (outcome.hasError ? 'an error' : 'nothing')}`;
  const problem = problemOf(fault, stream, behind, outcome);
  return problem === undefined ? { saw } : { saw, problem };
}

function problemOf(fault: Fault, stream: boolean, behind: Behind, outcome: Outcome): string | undefined {
  const expected = expectedText(fault, stream, behind);
  if (outcome.isWhole && outcome.hasError) return 'an end and an error in one answer';
  if (expected === undefined) {
    if (outcome.isWhole) return 'an answer that was cut off looks whole';
    if (!outcome.hasError) return 'it ended without a word';
    return undefined;
  }
  if (!outcome.isWhole) return `it should have been answered: "${expected}"`;
  return outcome.text === expected ? undefined : `another text than "${expected}"`;
}

/** The text of a whole answer; undefined where there can be none. */
function expectedText(fault: Fault, stream: boolean, behind: Behind): string | undefined {
  if (fault.effect === 'serves') return 'Hello';
  if (behind === 'nobody') return undefined;
  const anew = behind === 'another' ? 'the right answer' : 'Hello, and the rest.';
  if (fault.effect === 'fails' || !stream) return anew;
  return behind === 'one that goes on' ? anew : undefined;
}
