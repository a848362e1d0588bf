import { describe, expect, test } from 'bun:test';
import { attemptOf } from './test-detail.ts';
import { barsOf, makeTimeAxis } from './time-axis.ts';

const stages = [{ name: 'read', start_ms: -2, duration_ms: 2 }];

describe('the time axis of a generation', () => {
  test('reaches from the reading of the request to the end of the last try', () => {
    const attempts = [attemptOf(), attemptOf({ started_ms: 104, duration_ms: 94 })];
    const axis = makeTimeAxis({ stages, attempts }, 'whole');
    expect([axis.fromMs, axis.toMs, axis.at(-2), axis.at(98), axis.at(198)]).toEqual([-2, 198, 0, 50, 100]);
  });

  test('ends soon after the first content when the beginning is asked for, and keeps what comes later at its end', () => {
    const axis = makeTimeAxis({ stages, attempts: [attemptOf({ duration_ms: 9_000 })] }, 'start');
    expect(axis.toMs).toBeCloseTo(64 * 1.1);
    expect(axis.at(5_000)).toBe(100);
  });

  test('is whole when there was no content at all, and there when nothing was recorded', () => {
    const failed = attemptOf({ first_content_ms: null, failure: 'provider-unreachable' });
    expect(makeTimeAxis({ stages, attempts: [failed] }, 'start').toMs).toBe(104);
    expect(makeTimeAxis({ stages: [], attempts: [] }, 'whole').toMs).toBe(1);
  });
});

describe('the bars of a try', () => {
  test('are waiting and answer, waiting alone when it failed before, and one piece when nothing was streamed', () => {
    expect(barsOf(attemptOf())).toEqual([
      { kind: 'wait', fromMs: 4, toMs: 64 },
      { kind: 'stream', fromMs: 64, toMs: 104 },
    ]);
    expect(barsOf(attemptOf({ first_content_ms: null, failure: 'x' }))).toEqual([
      { kind: 'wait', fromMs: 4, toMs: 104 },
    ]);
    expect(barsOf(attemptOf({ first_content_ms: null }))[0]?.kind).toBe('whole');
  });
});
