import { describe, expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import { type LoadSource, LoadWatch } from './load-watch.ts';
import type { EngineLoad } from './read-load.ts';

const PAGE = 'vllm:num_requests_running{engine="0"} 3\n';
const VLLM: LoadSource = { kind: 'vllm', baseUrl: 'http://10.0.0.1:8000', headers: { authorization: 'Bearer key' } };

function open(sources: Readonly<Record<string, LoadSource>> = { vllm: VLLM }) {
  const clock = new WoundClock();
  const asked: { atMs: number; url: string; key: string | null }[] = [];
  const readings: (readonly [string, EngineLoad | undefined])[] = [];
  const state = { answer: async (): Promise<Response> => new Response(PAGE), sources: { ...sources } };
  const leaving = (signal: AbortSignal | null | undefined) =>
    new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('left'))));
  const watch = new LoadWatch({
    clock,
    fetch: (url, init) => {
      asked.push({ atMs: clock.monotonicMs(), url, key: new Headers(init.headers).get('authorization') });
      return Promise.race([state.answer(), leaving(init.signal)]);
    },
    source: (id) => state.sources[id],
    onReading: (id, load) => readings.push([id, load]),
  });
  return { clock, watch, asked, readings, state };
}

describe('an engine is asked', () => {
  test('at once when somebody is interested, then every second and a half, with its key', async () => {
    const { clock, watch, asked, readings } = open();
    expect(watch.hear('vllm')).toBe(true);
    await clock.advance(4_000);
    expect(asked).toEqual([
      ...[0, 1_500, 3_000].map((atMs) => ({ atMs, url: 'http://10.0.0.1:8000/metrics', key: 'Bearer key' })),
    ]);
    expect(readings[0]).toEqual(['vllm', { running: 3 }]);
  });

  test('never before, and no more once nobody was interested for a while', async () => {
    const { clock, watch, asked } = open();
    await clock.advance(60_000);
    expect(asked).toEqual([]);
    watch.hear('vllm');
    await clock.advance(60_000);
    const count = asked.length;
    expect(asked.at(-1)!.atMs).toBeLessThanOrEqual(60_000 + 16_500);
    await clock.advance(600_000);
    expect(asked).toHaveLength(count);
  });

  test('on and on while requests come', async () => {
    const { clock, watch, asked } = open();
    for (let second = 0; second < 60; second++) {
      watch.hear('vllm');
      await clock.advance(1_000);
    }
    expect(asked).toHaveLength(41);
  });

  test('not before it has answered the last time', async () => {
    const { clock, watch, asked, state } = open();
    state.answer = () => new Promise(() => {});
    watch.hear('vllm');
    await clock.advance(1_900);
    expect(asked).toHaveLength(1);
  });

  test('more and more seldom while it does not answer, and as before when it does again', async () => {
    const { clock, watch, asked, readings, state } = open();
    state.answer = async () => new Response('no', { status: 404 });
    for (let second = 0; second < 300; second++) {
      watch.hear('vllm');
      await clock.advance(1_000);
    }
    expect(asked.map(({ atMs }) => atMs).slice(0, 5)).toEqual([0, 3_000, 9_000, 21_000, 45_000]);
    expect(asked.length).toBeLessThan(12);
    expect(readings.every(([, load]) => load === undefined)).toBe(true);
    state.answer = async () => new Response(PAGE);
    for (let second = 0; second < 65; second++) {
      watch.hear('vllm');
      await clock.advance(1_000);
    }
    expect(readings.at(-1)).toEqual(['vllm', { running: 3 }]);
    const before = asked.length;
    watch.hear('vllm');
    await clock.advance(6_000);
    expect(asked.length - before).toBeGreaterThanOrEqual(3);
  });

  test('a silent one is given up after two seconds', async () => {
    const { clock, watch, readings, state } = open();
    state.answer = () => new Promise(() => {});
    watch.hear('vllm');
    await clock.advance(1_990);
    expect(readings).toEqual([]);
    await clock.advance(20);
    expect(readings).toEqual([['vllm', undefined]]);
  });
});

test('a provider that is no engine is never asked, and one that is gone is asked no more', async () => {
  const { clock, watch, asked, state } = open();
  watch.hear('openai');
  watch.hear('vllm');
  await clock.advance(100);
  delete state.sources.vllm;
  await clock.advance(10_000);
  expect(asked).toHaveLength(1);
});

test('nothing is asked after the stop, and an answer that comes late is not told', async () => {
  const { clock, watch, asked, readings, state } = open();
  const late = Promise.withResolvers<Response>();
  state.answer = () => late.promise;
  watch.hear('vllm');
  await clock.advance(10);
  watch.stop();
  late.resolve(new Response(PAGE));
  await clock.advance(60_000);
  expect([asked.length, readings.length]).toEqual([1, 0]);
});
