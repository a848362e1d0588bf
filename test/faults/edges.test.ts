import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, WoundClock } from '../../src/base/clock.ts';
import type { Log } from '../../src/base/log.ts';
import type { Deadlines } from '../../src/gateway/deadlines.ts';
import { readChatStream } from '../support/read-answer.ts';
import {
  answers,
  chunk,
  completion,
  delta,
  finish,
  head,
  json,
  openScriptedProvider,
  type Script,
  type ScriptedProvider,
  type ScriptedProviderOptions,
  STREAM_HEAD,
  sse,
} from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET, type TestHouse } from '../support/test-house.ts';

/** 100 ms is promised, and printed below; a machine that runs other things too may be late by more. */
const LATE_MS = 1_000;
const closedAfter: string[] = [];

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

afterAll(() => {
  process.stdout.write(`\nA caller left; the provider's socket was closed after\n  ${closedAfter.join('\n  ')}\n`);
});

async function provider(script: Script, options?: ScriptedProviderOptions): Promise<ScriptedProvider> {
  const scripted = await openScriptedProvider(script, options);
  opened.push(scripted);
  return scripted;
}

interface Scene {
  readonly clock?: Clock;
  readonly deadlines?: Partial<Deadlines>;
}

const logged: string[] = [];

async function house(baseUrls: readonly string[], scene: Scene = {}): Promise<TestHouse> {
  logged.length = 0;
  const log: Log = { write: (...entry) => void logged.push(JSON.stringify(entry)) };
  const providers = baseUrls.map((baseUrl, i) => ({ endpoint: testEndpoint(NAMES[i]!), baseUrl }));
  const open = await openTestHouse({ providers, log, ...scene });
  opened.push(open);
  return open;
}

const NAMES = ['first', 'second'];

function ask(stream: boolean): object {
  return { model: 'demo/talker', stream, messages: [{ role: 'user', content: 'Hi' }], provider: { order: NAMES } };
}

function bugs(): readonly string[] {
  return logged.filter((line) => line.startsWith('["error"'));
}

/** Lets the event loop turn until something holds. */
async function until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const says = (text: string) => chunk(sse(delta(text)));

describe('a caller who leaves', () => {
  const moments: readonly (readonly [string, boolean, Script])[] = [
    ['before headers', true, (call) => call.stall()],
    ['before headers of a plain answer', false, (call) => call.stall()],
    [
      'before content',
      true,
      async (call) => {
        await call.write(STREAM_HEAD + chunk(': wait\n\n').toString());
        call.stall();
      },
    ],
    [
      'in the middle of a stream',
      true,
      async (call) => {
        await call.write(STREAM_HEAD);
        await call.write(says('Hello'));
        call.stall();
      },
    ],
    [
      'in the middle of a plain answer',
      false,
      async (call) => {
        await call.write(json(200, completion('Hello')).subarray(0, 120));
        call.stall();
      },
    ],
  ];

  test.each(moments)('%s is gone for the provider at once', async (moment, stream, script) => {
    const scripted = await provider(script);
    const open = await house([scripted.baseUrl]);
    const controller = new AbortController();
    const response = open.post(ask(stream), { signal: controller.signal });
    response.catch(() => {});
    await scripted.stalled;
    if (moment === 'in the middle of a stream') {
      const reader = (await response).body!.getReader();
      await reader.read();
      reader.closed.catch(() => {});
    }
    const leftAt = performance.now();
    controller.abort();
    const closedAfterMs = (await scripted.closed) - leftAt;
    closedAfter.push(`${moment} ${closedAfterMs.toFixed(1)} ms`);
    expect(closedAfterMs).toBeLessThan(LATE_MS);
    await until('settled', () => open.records().length === 1);
    expect(open.records()[0]).toMatchObject({ cancelled: true, failure: 'caller-left' });
    expect(open.records()[0]!.charge.chargedPico > 0n).toBe(moment === 'in the middle of a stream');
    expect(open.parts.wheel.size).toBe(0);
    expect(bugs()).toEqual([]);
  });
});

test('a caller who reads slowly slows the provider down', async () => {
  const piece = chunk(sse(delta('x'.repeat(16_384))));
  const scripted = await provider(async (call) => {
    await call.write(STREAM_HEAD);
    while (await call.write(piece));
  });
  const open = await house([scripted.baseUrl]);
  const controller = new AbortController();
  const response = await open.post(ask(true), { signal: controller.signal });
  const reader = response.body!.getReader();
  await reader.read();
  // Wait until the provider has stood still for a while; every buffer on the way is full then.
  let before = -1;
  for (let look = 0; look < 40 && before !== scripted.sentBytes; look++) {
    before = scripted.sentBytes;
    await Bun.sleep(250);
  }
  expect(scripted.sentBytes).toBe(before);
  expect(scripted.sentBytes).toBeLessThan(32 * 1024 * 1024);
  controller.abort();
  await scripted.closed;
});

describe('secrets', () => {
  test('a redirect is not followed: the key goes to no second address', async () => {
    const thief = await provider(answers('stolen'));
    for (const status of [301, 302, 303, 307, 308]) {
      const scripted = await provider(
        (call) => void call.write(head(status, { location: `${thief.baseUrl}/chat/completions`, 'content-length': 0 })),
      );
      const open = await house([scripted.baseUrl]);
      const response = await open.post(ask(false));
      expect(response.status).toBe(503);
      expect(scripted.requests[0]!.headers.get('authorization')).toBe(`Bearer ${TEST_SECRET}`);
    }
    expect(thief.connections).toBe(0);
  });

  test.skipIf(spawnSync('openssl', ['version']).status !== 0)(
    'nothing is sent to a machine whose certificate nobody vouches for',
    async () => {
      const tls = makeCertificate();
      const scripted = await provider(answers('trust me'), { tls });
      const second = await provider(answers());
      const open = await house([scripted.baseUrl, second.baseUrl]);
      const response = await open.post(ask(true));
      expect(readChatStream(await response.text()).text).toBe('the right answer');
      expect(scripted.requests).toEqual([]);
      expect(open.records()[0]!.attempts[0]).toMatchObject({ failure: 'provider-unreachable' });
    },
  );
});

function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync('openssl', [...kind, ...name, '-keyout', key, '-out', cert]);
  expect(made.status).toBe(0);
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}

describe('sockets', () => {
  test('one that the provider closed while it was idle costs nobody an answer', async () => {
    const scripted = await provider(async (call) => {
      await answers()(call);
      // The answer promised to keep the connection; then it is gone.
      call.end();
    });
    const open = await house([scripted.baseUrl]);
    for (let i = 0; i < 20; i++) {
      const response = await open.post(ask(false));
      expect([i, response.status]).toEqual([i, 200]);
      await response.text();
    }
    const kept = await provider(async (call) => {
      // Every second request on a kept connection meets a closed door before any byte of an answer.
      if (call.index % 2 === 1) call.reset();
      else await answers()(call);
    });
    const other = await house([kept.baseUrl]);
    for (let i = 0; i < 20; i++) expect((await other.post(ask(false))).status).toBe(200);
    expect(other.records().every((record) => record.attempts.length === 1 && !record.failure)).toBe(true);
  });

  test('one that stays open after the end marker is not kept waiting for', async () => {
    const scripted = await provider(async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(delta('Hello'), finish(), '[DONE]')));
    });
    const open = await house([scripted.baseUrl]);
    expect(readChatStream(await (await open.post(ask(true))).text()).text).toBe('Hello');
    await until('the socket is closed', () => scripted.openSockets === 0);
  });

  test('one whose answer was complete is used again', async () => {
    const scripted = await provider(answers());
    const open = await house([scripted.baseUrl]);
    for (let i = 0; i < 10; i++) await (await open.post(ask(true))).text();
    expect(scripted.requests).toHaveLength(10);
    expect(scripted.connections).toBeLessThanOrEqual(2);
  });
});

test('an error that comes in one piece with the first content is still before it', async () => {
  const scripted = await provider(async (call) => {
    await call.write(STREAM_HEAD + chunk(sse(delta('Hello'), { error: { message: 'no', code: 500 } })).toString());
  });
  const second = await provider(answers());
  const open = await house([scripted.baseUrl, second.baseUrl]);
  expect(readChatStream(await (await open.post(ask(true))).text()).text).toBe('the right answer');
});

describe('deadlines, on a wound clock', () => {
  /** Starts a request, waits until the provider stalls, then moves time on. Resolves with the failure of the one attempt. */
  async function outlast(script: Script, stepMs: number, stepsMax: number, deadlines: Partial<Deadlines> = {}) {
    const clock = new WoundClock();
    const scripted = await provider(script);
    const open = await house([scripted.baseUrl], { clock, deadlines });
    const response = open.post(ask(true)).then((answer) => answer.text());
    await scripted.stalled;
    await clock.advance(0);
    const startMs = clock.monotonicMs();
    for (let step = 0; step < stepsMax && open.records().length === 0; step++) await clock.advance(stepMs);
    await response;
    return { failure: open.records()[0]!.attempts[0]!.failure, afterMs: clock.monotonicMs() - startMs };
  }

  const hello: Script = async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(says('Hello'));
  };

  test('first content: keep-alives do not count', async () => {
    const { failure, afterMs } = await outlast(
      async (call) => {
        await call.write(STREAM_HEAD + chunk(': still\n\n').toString());
        const every = setInterval(() => void call.write(chunk(': still\n\n')), 1);
        call.socket.on('close', () => clearInterval(every));
        call.stall();
      },
      1_000,
      100,
      { silenceMs: 80_000 },
    );
    expect(failure).toBe('provider-first-content-timeout');
    expect(afterMs).toBeGreaterThanOrEqual(89_000);
    expect(afterMs).toBeLessThanOrEqual(92_000);
  });

  test('silence after content', async () => {
    const { failure, afterMs } = await outlast(
      async (call) => {
        await hello(call);
        await Bun.sleep(20);
        call.stall();
      },
      1_000,
      60,
    );
    expect(failure).toBe('provider-silent');
    expect(afterMs).toBeGreaterThanOrEqual(44_000);
    expect(afterMs).toBeLessThanOrEqual(47_000);
  });

  test('total: an answer that never ends is ended', async () => {
    const { failure } = await outlast(
      async (call) => {
        await hello(call);
        const every = setInterval(() => void call.write(says('more and more and more')), 1);
        call.socket.on('close', () => clearInterval(every));
        call.stall();
      },
      200,
      400,
      { totalMs: 20_000 },
    );
    expect(failure).toBe('provider-total-timeout');
  });

  test('minimum speed: comments keep nothing alive that says nothing', async () => {
    const { failure } = await outlast(
      async (call) => {
        await hello(call);
        const every = setInterval(() => void call.write(chunk(': still\n\n')), 1);
        call.socket.on('close', () => clearInterval(every));
        call.stall();
      },
      500,
      400,
    );
    expect(failure).toBe('provider-too-slow');
  });

  test('a waiting caller hears comments after eight seconds, and the error inside the stream', async () => {
    const clock = new WoundClock();
    const scripted = await provider((call) => call.stall());
    const open = await house([scripted.baseUrl], { clock });
    const pending = open.post(ask(true));
    await scripted.stalled;
    await clock.advance(7_900);
    await clock.advance(300);
    const response = await pending;
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    const first = new TextDecoder().decode((await reader.read()).value);
    expect(first).toBe(': TRUNKLINE PROCESSING\n\n');
    let rest = '';
    const reading = (async () => {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read())
        rest += new TextDecoder().decode(piece.value);
    })();
    await clock.advance(40_000);
    expect(rest.split(': TRUNKLINE PROCESSING').length - 1).toBeGreaterThanOrEqual(4);
    await clock.advance(60_000);
    await reading;
    const answer = readChatStream(rest);
    expect(answer.errors[0]).toMatchObject({ code: 503, metadata: { error_type: 'provider_overloaded' } });
    expect([answer.finishReason, answer.done]).toEqual(['error', 0]);
  });
});
