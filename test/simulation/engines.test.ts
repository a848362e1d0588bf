import { describe, expect, test } from 'bun:test';
import { type EngineShape, type Outcome, type Policy, simulate, type Traffic } from './engine-world.ts';

/** About an engine with Scout in 4 bits on one large GPU: assumed, not measured. */
const ENGINE: EngineShape = { prefillPerSecond: 8_000, decodeMs: 12, parallel: 32, cacheTokens: 120_000 };
const FOUR = [ENGINE, ENGINE, ENGINE, ENGINE];
const CHATS: Traffic = {
  ...{ chats: 200, betweenChatsMs: 350, turnsMax: 8 },
  ...{ systemPrompts: 16, systemTokens: [1_000, 4_000] },
  ...{ questionTokens: [50, 400], answerTokens: [80, 400], thinkMs: [3_000, 20_000] },
};
const SEEDS = [11, 12];

/** Sums over seeds, printed for people; what is asserted are laws with room to spare, never a time. */
function compare(name: string, traffic: Traffic, shapes: readonly EngineShape[]): Readonly<Record<Policy, Outcome>> {
  const outcomes = Object.fromEntries(
    (['random', 'load', 'all'] as const).map((policy) => {
      const runs = SEEDS.map((seed) => simulate(traffic, shapes, policy, seed));
      const mean = (pick: (run: Outcome) => number) => runs.reduce((sum, run) => sum + pick(run), 0) / runs.length;
      const outcome: Outcome = {
        requests: runs.reduce((sum, { requests }) => sum + requests, 0),
        cachedShare: mean((run) => run.cachedShare),
        waitP50Ms: mean((run) => run.waitP50Ms),
        waitP95Ms: mean((run) => run.waitP95Ms),
        busiestShare: Math.max(...runs.map((run) => run.busiestShare)),
      };
      process.stderr.write(
        `${name}, ${policy}: ${outcome.requests} requests, ${(outcome.cachedShare * 100).toFixed(1)} % cached, ` +
          `wait p50 ${outcome.waitP50Ms.toFixed(0)} ms, p95 ${outcome.waitP95Ms.toFixed(0)} ms, ` +
          `busiest engine ${(outcome.busiestShare * 100).toFixed(1)} %\n`,
      );
      return [policy, outcome];
    }),
  );
  return outcomes as Record<Policy, Outcome>;
}

describe('four engines, virtual time', () => {
  test('chats with shared system prompts: more comes out of caches, and nobody waits as long', () => {
    const { random, load, all } = compare('chats', CHATS, FOUR);
    expect([load.requests, all.requests]).toEqual([random.requests, random.requests]);
    expect(all.cachedShare).toBeGreaterThan(random.cachedShare + 0.1);
    expect(all.cachedShare).toBeGreaterThan(load.cachedShare + 0.1);
    expect(all.waitP50Ms).toBeLessThan(random.waitP50Ms * 0.6);
    expect(all.waitP95Ms).toBeLessThan(random.waitP95Ms * 0.5);
    expect(load.waitP95Ms).toBeLessThan(random.waitP95Ms * 0.9);
    expect(all.busiestShare).toBeLessThan(0.33);
  });

  test('everybody with the same long system prompt: they do not all go where it was cached first', () => {
    const { random, all } = compare('one prompt', { ...CHATS, systemPrompts: 1, systemTokens: [3_000, 3_000] }, FOUR);
    expect(all.busiestShare).toBeLessThan(0.33);
    expect(all.waitP95Ms).toBeLessThan(random.waitP95Ms * 0.6);
  });

  test('a hundred requests at the same moment spread, though no page was read in between', () => {
    const burst = { ...CHATS, chats: 100, betweenChatsMs: 0.001, turnsMax: 1, systemPrompts: 1 };
    expect(compare('burst', burst, FOUR).all.busiestShare).toBeLessThan(0.33);
  });

  test('one engine that is much slower gets less to do and holds nobody up', () => {
    const slow = { ...ENGINE, prefillPerSecond: 3_000, decodeMs: 30 };
    const { random, all } = compare('one slow', CHATS, [slow, ENGINE, ENGINE, ENGINE]);
    expect(all.waitP95Ms).toBeLessThan(random.waitP95Ms * 0.2);
  });

  test('more work than they can do: caches still count, where nobody is free', () => {
    const { random, all } = compare('overload', { ...CHATS, chats: 400, betweenChatsMs: 80 }, FOUR);
    expect(all.cachedShare).toBeGreaterThan(random.cachedShare);
    expect(all.waitP95Ms).toBeLessThan(random.waitP95Ms);
  });
});

test('the same seed has the same outcome', () => {
  const run = () => simulate({ ...CHATS, chats: 40 }, FOUR, 'all', 7);
  expect(run()).toEqual(run());
});
