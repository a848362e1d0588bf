import { expect, test } from 'bun:test';
import { makeInputs, makePrice } from '../../test/simulation/routing-world.ts';
import { currentPrice, expectedCost } from './expected-cost.ts';

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2026, 8, 1);
const { features } = makeInputs({});

test('a request costs its prompt, an answer of usual length and the price per request', () => {
  const price = makePrice(1, { completion: 2_000_000n, perRequest: 7n });
  expect(expectedCost(price, features, MIDNIGHT)).toBe(1000 * 1_000_000 + 300 * 2_000_000 + 7);
});

test('max_tokens shortens the expected answer and never lengthens it', () => {
  const price = makePrice(1, { prompt: 0n });
  expect(expectedCost(price, { ...features, outputTokensMax: 10 }, MIDNIGHT)).toBe(10 * 1_000_000);
  expect(expectedCost(price, { ...features, outputTokensMax: 9999 }, MIDNIGHT)).toBe(300 * 1_000_000);
});

test.each([
  [0, 600, 0, true],
  [0, 600, 5.99, true],
  [0, 600, 6, false],
  [2200, 600, 23, true],
  [2200, 600, 3, true],
  [2200, 600, 12, false],
  [1630, 30, 16.4, false],
  [1630, 30, 16.5, true],
  [1630, 30, 0.49, true],
])('an override from %p to %p UTC at hour %p holds: %p', (utcStart, utcEnd, hour, isHeld) => {
  const price = makePrice(1, { overrides: [{ utcStart, utcEnd, prompt: 5n }] });
  expect(currentPrice(price, 1, MIDNIGHT + hour * HOUR).prompt).toBe(isHeld ? 5n : 1_000_000n);
});

test('an override of long prompts needs a strictly longer one, and later overrides win', () => {
  const overrides = [
    { minPromptTokens: 10, prompt: 2n },
    { minPromptTokens: 20, prompt: 3n, completion: 4n },
  ];
  const at = (promptTokens: number) => currentPrice(makePrice(1, { overrides }), promptTokens, MIDNIGHT);
  expect(at(10)).toMatchObject({ prompt: 1_000_000n, completion: 1_000_000n });
  expect(at(11)).toEqual({ prompt: 2n, completion: 1_000_000n });
  expect(at(21)).toEqual({ prompt: 3n, completion: 4n });
});
