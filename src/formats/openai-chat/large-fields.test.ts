import { expect, test } from 'bun:test';
import { decodeChatRequest } from './decode-request.ts';

const base = { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }] };
const numbered = (count: number, value: string | number, before = ''): Record<string, string | number> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${before}${index}`, value]));

const read = (fields: object) => decodeChatRequest(Buffer.from(JSON.stringify({ ...base, ...fields })));

/** Processor time in ms; whoever else uses the machine does not count. */
function timeOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('biases are read for every token of a vocabulary, and one out of bounds is named', () => {
  expect(read({ logit_bias: numbered(300_000, 1) }).field('logit_bias')).toHaveProperty('299999', 1);
  expect(() => read({ logit_bias: { 5: 101 } })).toThrow('logit_bias.5: Expected a number from -100 to 100');
  expect(() => read({ logit_bias: { 5: 'x' } })).toThrow('logit_bias.5');
  for (const wrong of [[1], 'x', 1]) expect(() => read({ logit_bias: wrong })).toThrow('logit_bias: Invalid input');
});

test('metadata has at most sixteen pairs, which are counted first', () => {
  expect(read({ metadata: numbered(16, 'v') }).field('metadata')).toEqual(numbered(16, 'v'));
  expect(() => read({ metadata: numbered(17, 'v') })).toThrow('metadata: at most 16 pairs');
  expect(() => read({ metadata: { a: 1 } })).toThrow('metadata.a');
  for (const wrong of [['a'], 'x']) expect(() => read({ metadata: wrong })).toThrow('metadata: Invalid input');
});

test('unknown fields pass, but not ten thousand of them', () => {
  expect(read(numbered(5_000, 1, 'x')).field('x4999')).toBe(1);
  expect(() => read(numbered(10_000, 1, 'x'))).toThrow('At most 10000 fields');
});

test('a million fields, or a number of a million digits, are refused without looking at each several times', () => {
  const fields = Buffer.from(JSON.stringify({ ...base, ...numbered(1_000_000, 1, 'x') }));
  // Some 500 ms, the scan of the body; with all that followed it, several seconds.
  expect(timeOf(() => expect(() => decodeChatRequest(fields)).toThrow('At most'))).toBeLessThan(4_000);
  const digits = Buffer.from(`{"a":${'1'.repeat(20_000_000)}}`);
  // Some 100 ms; put together digit by digit, a second and a half.
  expect(timeOf(() => expect(() => decodeChatRequest(digits)).toThrow('Number out of range'))).toBeLessThan(1_000);
});
