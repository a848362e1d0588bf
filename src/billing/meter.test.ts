import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { PriceList } from '../catalog/price.ts';
import { NO_USAGE, type Usage } from '../generation/usage.ts';
import { capCharge, freeCharge, isInsured, meter, pricesAt, worstCase } from './meter.ts';

const LIST: PriceList = { id: 'p', prompt: 10n, completion: 20n, source: 'test', seenAt: '2026-11-01' };
const tokens = fc.nat(1_000_000);
const price = fc.bigInt({ min: 0n, max: 100_000_000n });
const anyUsage: fc.Arbitrary<Usage> = fc
  .record({
    promptTokens: tokens,
    completionTokens: tokens,
    cachedTokens: tokens,
    cacheWriteTokens: tokens,
    cacheWrite1hTokens: tokens,
    reasoningTokens: tokens,
  })
  .map((counts) => ({ ...NO_USAGE, ...counts, provenance: 'reported' }));
const anyList: fc.Arbitrary<PriceList> = fc
  .record(
    {
      ...{ prompt: price, completion: price, cacheRead: price, cacheWrite: price, cacheWrite1h: price },
      ...{ reasoning: price, perRequest: price },
    },
    { requiredKeys: ['prompt', 'completion'] },
  )
  .map((prices) => ({ ...LIST, ...prices }));

test('the lines of a charge sum to it, count each token once, and its parts sum to the whole', () => {
  fc.assert(
    fc.property(anyList, anyUsage, (list, usage) => {
      const charge = meter(list, usage, 0);
      const sum = charge.lines.reduce((total, line) => total + line.totalPico, 0n);
      expect([sum, charge.promptPico + charge.completionPico]).toEqual([charge.listPico, charge.listPico]);
      const counted = (names: readonly string[]): number =>
        charge.lines.filter(({ what }) => names.includes(what)).reduce((total, { units }) => total + units, 0);
      expect(counted(['prompt', 'cache-read', 'cache-write'])).toBe(usage.promptTokens);
      expect(counted(['completion', 'reasoning'])).toBe(usage.completionTokens);
    }),
  );
});

test('no answer within its limits costs more than its worst case', () => {
  fc.assert(
    fc.property(anyList, anyUsage, (list, usage) => {
      // A cached token is never dearer than a fresh one in any list we know.
      const fair = { ...list, ...(list.cacheRead !== undefined && { cacheRead: list.cacheRead % (list.prompt + 1n) }) };
      const worst = worstCase(fair, usage.promptTokens, usage.completionTokens);
      expect(meter(fair, usage, 0).listPico <= worst).toBe(true);
    }),
  );
});

test('what is written to a cache for an hour costs its own price, or that of any other write', () => {
  const usage: Usage = { ...NO_USAGE, promptTokens: 100, cacheWriteTokens: 60, cacheWrite1hTokens: 40 };
  const writes = (list: PriceList) =>
    meter(list, usage, 0)
      .lines.filter(({ what }) => what === 'cache-write')
      .map(({ units, unitPico }) => [units, unitPico]);
  const list = { ...LIST, cacheWrite: 12n };
  expect(writes({ ...list, cacheWrite1h: 20n })).toEqual([
    [20, 12n],
    [40, 20n],
  ]);
  expect(writes(list)).toEqual([
    [20, 12n],
    [40, 12n],
  ]);
});

test('a capped charge is the cap, and its parts still sum to it', () => {
  fc.assert(
    fc.property(anyList, anyUsage, price, (list, usage, cap) => {
      const charge = meter(list, usage, 0);
      const capped = capCharge(charge, cap);
      expect(capped.chargedPico).toBe(charge.listPico < cap ? charge.listPico : cap);
      expect(capped.promptPico + capped.completionPico).toBe(capped.chargedPico);
      expect(capped.promptPico >= 0n && capped.completionPico >= 0n).toBe(true);
      expect(capped.listPico).toBe(charge.listPico);
    }),
  );
});

test('an override holds for prompts strictly longer, in its window, and the last one wins', () => {
  const noon = Date.UTC(2026, 10, 24, 12, 0);
  const list: PriceList = {
    ...LIST,
    overrides: [
      { minPromptTokens: 100, prompt: 11n },
      { minPromptTokens: 200, prompt: 12n, completion: 21n },
      { utcStart: 2200, utcEnd: 600, prompt: 1n },
    ],
  };
  const promptAt = (promptTokens: number, nowMs: number) => pricesAt(list, promptTokens, nowMs).prompt;
  expect([100, 101, 200, 201].map((count) => promptAt(count, noon))).toEqual([10n, 11n, 11n, 12n]);
  expect(pricesAt(list, 201, noon).completion).toBe(21n);
  const hours = [21, 22, 23, 0, 5, 6].map((hour) => promptAt(1, Date.UTC(2026, 10, 24, hour, 0)));
  expect(hours).toEqual([10n, 1n, 1n, 1n, 1n, 10n]);
});

test('insurance covers errors and empty answers without a finish, and nothing else', () => {
  const some = { ...NO_USAGE, completionTokens: 1 };
  expect(isInsured(some, 'error')).toBe(true);
  expect(isInsured(NO_USAGE, undefined)).toBe(true);
  expect(isInsured(NO_USAGE, 'stop')).toBe(false);
  expect(isInsured(some, undefined)).toBe(false);
  expect(isInsured(some, 'length')).toBe(false);
  const free = freeCharge(meter(LIST, { ...some, promptTokens: 5 }, 0));
  expect([free.chargedPico, free.promptPico, free.completionPico, free.listPico]).toEqual([0n, 0n, 0n, 70n]);
});
