import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PAGE_TOKENS } from '../model/page-pool.ts';
import type { Engine } from '../open-engine.ts';
import { endless, follow, GREEDY, openBundledModel, question, runAll, taskOf } from './bundled.test-data.ts';
import { QueueFull, TaskTooLong } from './scheduler.ts';
import type { GenerationTask } from './task.ts';

const PRICE = 'What does a request cost?';
const PRICE_ANSWER =
  'Every answer carries usage.cost in US dollars: the tokens times the price of the endpoint that served it.';
const QUESTIONS = [PRICE, 'How do I get JSON?', 'Bye', 'How do I stream?', 'Hi'];

let engine: Engine;
beforeAll(async () => {
  engine = await openBundledModel();
});

const ask = (text: string, changes: Partial<GenerationTask> = {}) => taskOf(question(engine, text), changes);
/** Draws that leave the trained path, so that a difference would show. */
const wild = (seed: number) => ({ ...GREEDY, temperature: 2, frequencyPenalty: 2, seed });

describe('an answer', () => {
  test('is the trained one, with its counts', () => {
    const [answer] = runAll(engine.scheduler, [ask(PRICE)]);
    expect(answer).toMatchObject({ text: PRICE_ANSWER, reason: 'stop' });
    expect(answer!.counts).toEqual({ promptTokens: question(engine, PRICE).length, cachedTokens: 0, outputTokens: 27 });
  });

  test('is the same alone and beside others, however the prompts are cut into batches', () => {
    const tasks = QUESTIONS.flatMap((text, index) => [
      ask(text),
      ask(text, { sampling: wild(index), outputTokensMax: 40 }),
      ask(`${'Tell me about prices. '.repeat(index * 12)}${text}`, { sampling: wild(index), outputTokensMax: 20 }),
    ]);
    const alone = tasks.map(
      (task, index) => runAll(engine.scheduler, [{ ...task, salt: `alone ${index}` }])[0]!.tokens,
    );
    const together = tasks
      .slice(0, 12)
      .map((task, index) => ({ ...task, salt: `together ${index}`, tenant: `${index}` }));
    expect(runAll(engine.scheduler, together).map(({ tokens }) => tokens)).toEqual(alone.slice(0, 12));
  });

  test('repeats with its seed and differs with another', () => {
    const draw = (seed: number) =>
      runAll(engine.scheduler, [ask('Hi', { sampling: wild(seed), outputTokensMax: 30 })])[0];
    expect(draw(7)!.tokens).toEqual(draw(7)!.tokens);
    expect(draw(8)!.tokens).not.toEqual(draw(7)!.tokens);
  });

  test('ends at its limit and at the end of the context', () => {
    const [limited, full] = runAll(engine.scheduler, [
      ask(PRICE, { outputTokensMax: 5 }),
      ask(PRICE, { sampling: endless(engine), outputTokensMax: 10_000 }),
    ]);
    expect(limited).toMatchObject({ text: 'Every answer carries', reason: 'length', counts: { outputTokens: 5 } });
    expect(full!.reason).toBe('length');
    expect(full!.counts.promptTokens + full!.counts.outputTokens).toBe(engine.contextTokensMax);
  });

  test('ends when its reader has enough, and counts what it generated', () => {
    const steps: string[] = [];
    let seen = 0;
    engine.scheduler.submit(ask(PRICE), (step) => {
      steps.push(step.type === 'ended' ? `${step.reason} after ${step.counts.outputTokens}` : step.type);
      return step.type === 'token' && ++seen === 3;
    });
    while (engine.scheduler.hasWork) engine.scheduler.step();
    expect(steps).toEqual(['started', 'token', 'token', 'token', 'stop after 3']);
  });

  test('that breaks its reader ends, and its neighbour goes on', () => {
    engine.scheduler.submit(ask(PRICE), () => {
      throw new Error('a bug');
    });
    expect(runAll(engine.scheduler, [ask('Bye')])[0]!.text).toBe('Goodbye.');
    expect(engine.scheduler.status()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('a known beginning', () => {
  const long = (text: string) => `${'Prices are per token. '.repeat(20)}${text}`;

  test('is not computed again, and the answer stays the same', () => {
    const first = runAll(engine.scheduler, [ask(long('one'), { salt: 'known' })])[0]!;
    const again = runAll(engine.scheduler, [ask(long('one'), { salt: 'known' })])[0]!;
    expect(first.counts.cachedTokens).toBe(0);
    expect(again.counts.cachedTokens).toBe(Math.floor((first.counts.promptTokens - 1) / PAGE_TOKENS) * PAGE_TOKENS);
    expect(again.tokens).toEqual(first.tokens);
    const other = runAll(engine.scheduler, [ask(long('and another'), { salt: 'known' })])[0]!;
    expect(other.counts.cachedTokens).toBeGreaterThan(PAGE_TOKENS);
    expect(other.tokens).toEqual(runAll(engine.scheduler, [ask(long('and another'), { salt: 'fresh' })])[0]!.tokens);
  });

  test('covers an answer that comes back as a part of the next prompt', () => {
    const first = runAll(engine.scheduler, [ask(long('two'), { salt: 'chat', sampling: endless(engine) })])[0]!;
    const next = [...question(engine, long('two')), ...first.tokens, ...question(engine, 'Bye')];
    const { cachedTokens } = runAll(engine.scheduler, [taskOf(next, { salt: 'chat' })])[0]!.counts;
    expect(cachedTokens).toBeGreaterThanOrEqual(first.counts.promptTokens + 100 - PAGE_TOKENS);
  });

  test('is nothing to another tenant', () => {
    runAll(engine.scheduler, [ask(long('three'), { salt: 'mine' })]);
    expect(runAll(engine.scheduler, [ask(long('three'), { salt: 'yours' })])[0]!.counts.cachedTokens).toBe(0);
    expect(runAll(engine.scheduler, [ask(long('three'), { salt: 'mine' })])[0]!.counts.cachedTokens).toBeGreaterThan(0);
  });

  test('is let go when running answers need its room', async () => {
    const small = await openBundledModel({ cacheTokens: 1024 });
    for (let turn = 0; turn < 12; turn++) {
      const text = `${turn} `.repeat(100);
      const tasks = [0, 1, 2].map((index) => taskOf(question(small, text + index), { sampling: endless(small) }));
      expect(runAll(small.scheduler, tasks).map(({ counts }) => counts.outputTokens)).toEqual([100, 100, 100]);
      const { pagesUsed, pagesMax, pagesKept } = small.scheduler.status();
      expect(pagesUsed).toBeLessThanOrEqual(pagesMax);
      expect(pagesUsed).toBe(pagesKept);
    }
  });
});

describe('more than it can run at once', () => {
  test('waits, and tenants take turns', () => {
    const order: string[] = [];
    const tenants = ['a', 'a', 'a', 'a', 'a', 'a', 'a', 'b', 'c'];
    for (const [index, tenant] of tenants.entries()) {
      engine.scheduler.submit(ask('Bye', { tenant, salt: `${index}` }), (step) => {
        if (step.type === 'started') order.push(`${tenant}${index}`);
        return false;
      });
    }
    expect(engine.scheduler.status()).toMatchObject({ running: 0, waiting: 9, slots: 4 });
    engine.scheduler.step();
    expect(engine.scheduler.status()).toMatchObject({ running: 4, waiting: 5 });
    while (engine.scheduler.hasWork) engine.scheduler.step();
    expect(order).toEqual(['a0', 'b7', 'c8', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6']);
  });

  test('is refused beyond the queue, and the one with most requests gives way', () => {
    const ends: string[] = [];
    const submit = (tenant: string, name: string) =>
      engine.scheduler.submit(ask('Bye', { tenant }), (step) => {
        if (step.type === 'ended') ends.push(`${name} ${step.reason}`);
        return false;
      });
    for (let index = 0; index < 12; index++) submit('a', `a${index}`);
    expect(() => submit('a', 'a12')).toThrow(QueueFull);
    submit('b', 'b');
    expect(ends).toEqual(['a11 refused']);
    while (engine.scheduler.hasWork) engine.scheduler.step();
    expect(ends.filter((end) => end.endsWith('stop')).length).toBe(12);
  });

  test('is refused at once when it could never run', () => {
    const tokens = Array.from({ length: 512 }, () => 5);
    const submit = () => follow(engine.scheduler, taskOf(tokens));
    expect(submit).toThrow(TaskTooLong);
    expect(submit).toThrow('the prompt has 512 tokens, the context 512');
    expect(() => follow(engine.scheduler, taskOf(tokens.slice(1)))).not.toThrow();
    while (engine.scheduler.hasWork) engine.scheduler.step();
  });
});

test('answers given up at any moment leave no room behind and get no further token', async () => {
  const busy = await openBundledModel({ waitingMax: 200 });
  const { scheduler } = busy;
  const moments = fc.array(fc.tuple(fc.constantFrom(...QUESTIONS), fc.nat(60), fc.nat(3)), {
    minLength: 100,
    maxLength: 100,
  });
  fc.assert(
    fc.property(moments, (plans) => {
      let now = 0;
      const calls = plans.map(([text, leavesAfter, tenant]) => {
        const call = { leavesAfter, hasLeft: false, tokensAfter: 0, cancel: () => {} };
        const task = taskOf(question(busy, text), {
          sampling: endless(busy),
          tenant: `${tenant}`,
          outputTokensMax: 50,
        });
        call.cancel = scheduler.submit(task, (step) => {
          if (call.hasLeft && step.type === 'token') call.tokensAfter++;
          return false;
        });
        return call;
      });
      while (scheduler.hasWork) {
        for (const call of calls.filter(({ leavesAfter, hasLeft }) => !hasLeft && leavesAfter === now)) {
          call.hasLeft = true;
          call.cancel();
        }
        scheduler.step();
        now++;
      }
      for (const { cancel } of calls) cancel();
      expect(calls.reduce((sum, { tokensAfter }) => sum + tokensAfter, 0)).toBe(0);
      const status = scheduler.status();
      expect(status).toMatchObject({ running: 0, waiting: 0 });
      expect(status.pagesUsed).toBe(status.pagesKept);
    }),
    { numRuns: 5 },
  );
  expect(runAll(scheduler, [taskOf(question(busy, 'Bye'))])[0]!.text).toBe('Goodbye.');
});
