import { expect, test } from 'bun:test';
import { redact } from './redact.ts';
import { Secret } from './secret.ts';

test('key-shaped words go, ordinary words stay', () => {
  const keys = [
    'sk-proj-abcdefghijklmnop1234',
    'gsk_abcdefghijklmnop1234',
    'Bearer abcdefgh.ijklmnop',
    `AIza${'Sy1'.repeat(10)}`,
    'a1'.repeat(20),
  ];
  for (const key of keys) {
    const clean = redact(`Incorrect API key provided: ${key}. Check it.`);
    expect([key, clean.includes(key)]).toEqual([key, false]);
    expect(clean).toContain('[redacted]');
    expect(clean).toContain('Incorrect API key provided');
  }
  const words = 'The model `meta-llama/llama-4-scout` does not exist; maximum context length is 8192 tokens.';
  expect(redact(words)).toBe(words);
});

test('a secret that was sent is found whatever its shape, and nothing can steer a terminal', () => {
  expect(redact('it was hunter2!', 2_000, 'hunter2')).toBe('it was [redacted]!');
  expect(redact('a\u001b[31mred\u202eb\u0000c')).toBe('a [31mred b c');
});

test('a stranger’s words are cut to length', () => {
  expect(redact('x '.repeat(5_000), 100)).toHaveLength(101);
});

test('a secret prints as a placeholder wherever it lands by accident', () => {
  const secret = new Secret('hunter2');
  expect([`${secret}`, JSON.stringify({ secret }), Bun.inspect(secret)].join()).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2');
});
