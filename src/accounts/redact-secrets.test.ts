import { expect, test } from 'bun:test';
import { redactSecrets } from './redact-secrets.ts';

const PEM = `-----BEGIN RSA PRIVATE KEY-----\\n${'MIIEow+/'.repeat(40)}\\n-----END RSA PRIVATE KEY-----`;

test.each([
  ['use sk-proj-abc123DEF456ghi789jkl please', 'use [redacted] please'],
  ['{"h":"Authorization: Bearer abcdef0123456789abcdef"}', '{"h":"Authorization: Bearer [redacted]"}'],
  ['{"key":"AKIAIOSFODNN7EXAMPLE"}', '{"key":"[redacted]"}'],
  ['ghp_16C7e42F292c6912E7710c838347Ae178B4a!', '[redacted]!'],
  [`{"text":"my key is ${PEM}, keep it"}`, '{"text":"my key is [redacted], keep it"}'],
  ['{"text":"-----BEGIN PRIVATE KEY-----\\nMIIEabc cut off","more":1}', '{"text":"[redacted]","more":1}'],
  ['postgres://me:s3cret@db.example/x', 'postgres://me:[redacted]@db.example/x'],
  ['{"password": "hunter2hunter2"}', '{"password": "[redacted]"}'],
  ['{"text":"{\\"api_key\\": \\"abc123def456\\"}"}', '{"text":"{\\"api_key\\": \\"[redacted]\\"}"}'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P x', '[redacted] x'],
])('of %p is kept %p', (text, clean) => {
  expect(redactSecrets(text)).toEqual({ text: clean, count: 1 });
});

test.each([
  'The basic internationalization of sk-learn is a task-oriented idea: password = getPassword()',
  '{"id":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","data":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="}',
  'https://example.test/a:b@c and mail@example.test',
])('nothing is taken out of %p', (text) => {
  expect(redactSecrets(text)).toEqual({ text, count: 0 });
});

test.each(['-----BEGIN PRIVATE KEY-----', 'bearer ', 'sk-', 'eyJ', 'eyJaaaaaaaa.', 'a://a:', 'password=', 'a', 'sk-1'])(
  'no text makes the search slow: %p again and again',
  (piece) => {
    const text = piece.repeat(Math.ceil(300_000 / piece.length));
    const startedMs = performance.now();
    redactSecrets(text);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  },
);
