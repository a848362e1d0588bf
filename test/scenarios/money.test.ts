import { afterEach, describe, expect, test } from 'bun:test';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { readChatResult, readChatStream } from '../support/read-answer.ts';
import {
  answers,
  chunk,
  completion,
  delta,
  finish,
  json,
  LAST_CHUNK,
  type Script,
  STREAM_HEAD,
  sse,
  usageFrame,
} from '../support/scripted-provider.ts';
import type { TestHouse, TestHouseOptions } from '../support/test-house.ts';
import { ask, CREDIT, closeScenes, left, scene, spent } from './scene.ts';

afterEach(closeScenes);

const reports =
  (usage: object): Script =>
  async (call) => {
    if (!call.stream) return void (await call.write(json(200, completion('Hello', { usage }))));
    await call.write(STREAM_HEAD);
    await call.write(chunk(sse(delta('Hello'), finish(), { choices: [], usage }, '[DONE]')));
    await call.write(LAST_CHUNK);
  };

describe('what an answer costs, to the picodollar', () => {
  const cases: readonly (readonly [string, object, bigint])[] = [
    [
      'prompt and completion',
      { prompt_tokens: 1_000, completion_tokens: 500 },
      1_000n * 1_000_001n + 500n * 2_000_003n,
    ],
    [
      'cached tokens',
      { prompt_tokens: 1_000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 800 } },
      200n * 1_000_001n + 800n * 100_007n + 500n * 2_000_003n,
    ],
    [
      'cached tokens, counted as DeepSeek does',
      { prompt_tokens: 1_000, completion_tokens: 0, prompt_cache_hit_tokens: 999, prompt_cache_miss_tokens: 1 },
      1n * 1_000_001n + 999n * 100_007n,
    ],
    [
      'cached and written tokens',
      {
        prompt_tokens: 1_000,
        completion_tokens: 7,
        prompt_tokens_details: { cached_tokens: 300, cache_write_tokens: 600 },
      },
      100n * 1_000_001n + 300n * 100_007n + 600n * 1_250_011n + 7n * 2_000_003n,
    ],
    [
      'more cached than there were',
      {
        prompt_tokens: 10,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 999, cache_write_tokens: 999 },
      },
      10n * 100_007n + 2_000_003n,
    ],
    [
      'reasoning tokens',
      { prompt_tokens: 10, completion_tokens: 100, completion_tokens_details: { reasoning_tokens: 60 } },
      10n * 1_000_001n + 40n * 2_000_003n + 60n * 3_000_013n,
    ],
    [
      'reasoning tokens, counted beside the output as xAI does',
      {
        ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 75 },
        completion_tokens_details: { reasoning_tokens: 60 },
      },
      10n * 1_000_001n + 5n * 2_000_003n + 60n * 3_000_013n,
    ],
    [
      'more reasoning than output',
      { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 60 } },
      10n * 1_000_001n + 5n * 3_000_013n,
    ],
  ];

  test.each(cases)('%s', async (_, usage, tokensPico) => {
    const { house } = await scene(reports(usage));
    const expectedPico = tokensPico + 17n;
    for (const stream of [true, false]) {
      const response = await house.post(ask(stream));
      const answer = stream ? readChatStream(await response.text()) : readChatResult(await response.text());
      expect(answer.usages).toHaveLength(1);
      expect(answer.usages[0]!.cost).toBe(Number(expectedPico) / 1e12);
      const details = answer.usages[0]!.cost_details as Record<string, number>;
      const parts = details.upstream_inference_prompt_cost! + details.upstream_inference_completions_cost!;
      expect(parts).toBeCloseTo(Number(expectedPico) / 1e12, 15);
    }
    expect(house.records().map(({ charge }) => charge.chargedPico)).toEqual([expectedPico, expectedPico]);
    expect(await spent(house)).toBe(2n * expectedPico);
    expect(await left(house)).toBe(CREDIT - 2n * expectedPico);
  });
});

test('a last frame that counts nothing does not undo the one that counted', async () => {
  const { house } = await scene(async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(sse(delta('Hello'), finish(), usageFrame(10, 5), usageFrame(0, 0), '[DONE]')));
    await call.write(LAST_CHUNK);
  });
  const { usages } = readChatStream(await (await house.post(ask(true))).text());
  expect(usages).toMatchObject([{ prompt_tokens: 10, completion_tokens: 5 }]);
});

describe('what costs nothing', () => {
  test('an answer that ended in an error, even when the provider reported tokens', async () => {
    const { house, provider } = await scene(async (call) => {
      await call.write(STREAM_HEAD);
      await call.write(chunk(sse(delta('Hello'), usageFrame(10, 5))));
      await call.delivered;
      await call.write(chunk(sse({ error: { message: 'died', code: 500 } })));
    });

    const response = await house.post(ask(true));
    const reader = response.body!.getReader();
    await reader.read();
    provider.deliver();
    while (!(await reader.read()).done);
    const record = house.records()[0]!;
    expect(record).toMatchObject({ failure: 'provider-error', finishReason: 'error', outcome: 'settled' });
    expect([record.charge.chargedPico, record.charge.listPico > 0n]).toEqual([0n, true]);
    expect(await left(house)).toBe(CREDIT);
  });

  test('a request that no endpoint could serve', async () => {
    const { house } = await scene((call) => void call.write(json(500, { error: { message: 'no' } })));
    for (const stream of [true, false]) expect((await house.post(ask(stream))).status).toBe(503);
    expect(house.records().map(({ outcome, charge }) => [outcome, charge.chargedPico])).toEqual([
      ['voided', 0n],
      ['voided', 0n],
    ]);
    expect(await left(house)).toBe(CREDIT);
  });
});

test('a caller who hangs up pays only for what was produced', async () => {
  const { house, provider } = await scene(async (call) => {
    await call.write(STREAM_HEAD);
    await call.write(chunk(sse(delta('one '))));
    await call.delivered;
    await call.write(chunk(sse(delta('two '))));
    call.stall();
  });
  const controller = new AbortController();
  const response = await house.post(ask(true), { signal: controller.signal });
  const reader = response.body!.getReader();
  reader.closed.catch(() => {});
  await reader.read();
  provider.deliver();
  await reader.read();
  controller.abort();
  await provider.closed;
  const record = await settled(house);
  const promptTokens = BigInt(record.usage.promptTokens);
  expect(record.usage).toMatchObject({ completionTokens: 2, provenance: 'estimated' });
  expect(record.charge.chargedPico).toBe(promptTokens * 1_000_001n + 2n * 2_000_003n + 17n);
  expect(record).toMatchObject({ cancelled: true, outcome: 'estimated', failure: 'caller-left' });
  expect(await left(house)).toBe(CREDIT - record.charge.chargedPico);
});

async function settled(house: TestHouse): Promise<GenerationRecord> {
  while (house.records().length === 0) await new Promise((resolve) => setImmediate(resolve));
  return house.records()[0]!;
}

describe('budgets', () => {
  /** Sends 80 requests at once; the provider answers none before all were held or refused. */
  async function rush(options: Partial<TestHouseOptions>, stream: boolean) {
    const gate = Promise.withResolvers<void>();
    const { house, provider } = await scene(async (call) => {
      await gate.promise;
      await answers()(call);
    }, options);
    let refused = 0;
    const calls = Array.from({ length: 80 }, async () => {
      const response = await house.post(ask(stream, { max_tokens: 100 }));
      const text = await response.text();
      if (response.status !== 402) return response.status;
      refused++;
      const { error } = JSON.parse(text) as { error: { code: number; metadata: Record<string, unknown> } };
      expect(error).toMatchObject({ code: 402, metadata: { error_type: 'payment_required' } });
      return 402;
    });
    while (provider.requests.length + refused < 80) await new Promise((resolve) => setImmediate(resolve));
    gate.resolve();
    const statuses = await Promise.all(calls);
    return { house, provider, served: statuses.filter((status) => status === 200).length, refused };
  }

  const COST = 10n * 1_000_001n + 3n * 2_000_003n + 17n;

  test('the hold is for the dearest that an answer can become', async () => {
    const { house } = await scene(answers());
    await (await house.post(ask(false, { max_tokens: 100 }))).text();
    const { holdPico, route } = house.records()[0]!;
    expect(holdPico).toBe(BigInt(route!.features.promptTokensMax) * 1_250_011n + 100n * 3_000_013n + 17n);
  });

  test.each([true, false])(
    '80 requests at once with funds for 10 are 10 answers and 70 refusals, stream %p',
    async (stream) => {
      const hold = await holdOf();
      const { house, served, refused } = await rush({ creditPico: hold * 10n + hold / 2n }, stream);
      expect([served, refused]).toEqual([10, 70]);
      expect(await spent(house)).toBe(10n * COST);
      expect(await left(house)).toBe(hold * 10n + hold / 2n - 10n * COST);
    },
  );

  test('a key’s limit holds as the account’s credit does', async () => {
    const hold = await holdOf();
    const { house, served, refused } = await rush({ limitPico: hold * 3n }, true);
    expect([served, refused]).toEqual([3, 77]);
    expect(await left(house)).toBe(hold * 3n - 3n * COST);
  });

  test('requests one after another use the credit up, and never more than it', async () => {
    const hold = await holdOf();
    const credit = hold + 5n * COST + 3n;
    const { house } = await scene(answers(), { creditPico: credit });
    const statuses: number[] = [];
    for (let i = 0; i < 9; i++) {
      const response = await house.post(ask(false, { max_tokens: 100 }));
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 402, 402, 402]);
    expect(await spent(house)).toBe(6n * COST);
  });

  test('a refusal says how many tokens the credit is enough for, and those are then served', async () => {
    const hold = await holdOf();
    const { house } = await scene(answers(), { creditPico: hold });
    const response = await house.post(ask(false, { max_tokens: 4_000 }));
    const { error } = (await response.json()) as { error: { metadata: { affordable_max_tokens: number } } };
    expect(response.status).toBe(402);
    const tokens = error.metadata.affordable_max_tokens;
    expect(tokens).toBe(100);
    expect((await house.post(ask(false, { max_tokens: tokens + 1 }))).status).toBe(402);
    expect((await house.post(ask(false, { max_tokens: tokens }))).status).toBe(200);
  });

  test('an answer dearer than its hold takes more while there is more, and never what is not there', async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 9_000 };
    const full = 100n * 1_000_001n + 9_000n * 2_000_003n + 17n;
    const rich = await scene(reports(usage));
    await (await rich.house.post(ask(true, { max_tokens: 10 }))).text();
    expect(rich.house.records()[0]!.charge.chargedPico).toBe(full);
    expect(await left(rich.house)).toBe(CREDIT - full);
    const poor = await scene(reports(usage), { creditPico: full / 2n });
    const answer = readChatStream(await (await poor.house.post(ask(true, { max_tokens: 10 }))).text());
    const { charge } = poor.house.records()[0]!;
    expect(charge.chargedPico <= full / 2n).toBe(true);
    expect(charge.promptPico + charge.completionPico).toBe(charge.chargedPico);
    expect(answer.usages[0]!.cost).toBe(Number(charge.chargedPico) / 1e12);
    expect(await spent(poor.house)).toBe(charge.chargedPico);
  });

  async function holdOf(): Promise<bigint> {
    const { house } = await scene(answers());
    await (await house.post(ask(false, { max_tokens: 100 }))).text();
    return house.records()[0]!.holdPico;
  }
});
