import { expect, test } from 'bun:test';
import { decodeChatRequest } from './chat-request.ts';

const asked = (logit_bias: unknown) =>
  decodeChatRequest({ messages: [{ role: 'user', content: 'Hi' }], logit_bias }).logit_bias;

const biases = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, token) => [token, 1]));

test('biases for as many tokens as are allowed are read, and for more are refused', () => {
  expect(asked(biases(1_024))).toEqual(biases(1_024));
  expect(asked(null)).toBeUndefined();
  expect(() => asked(biases(1_025))).toThrow('logit_bias: at most 1024 tokens');
});

test('a million biases are refused before each is looked at', () => {
  const million = biases(1_500_000);
  const before = process.cpuUsage();
  expect(() => asked(million)).toThrow('logit_bias: at most 1024 tokens');
  const { user, system } = process.cpuUsage(before);
  // Some 50 ms; checked one by one, several seconds.
  expect((user + system) / 1_000).toBeLessThan(1_500);
});
