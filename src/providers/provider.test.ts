import { expect, test } from 'bun:test';
import { findBaseUrl, findEnvironmentKey, type Provider } from './provider.ts';

const provider: Provider = {
  ...{ id: 'acme', name: 'Acme', baseUrl: 'https://{resource}.example.com/v1', format: 'openai-chat' },
  ...{ environmentKeys: ['ACME_KEY', 'ACME_TOKEN'], settings: { resource: 'ACME_RESOURCE' } },
  documentation: 'https://example.com',
};

test('a base URL is complete when its settings are, and only with plain names', () => {
  expect(findBaseUrl(provider, { ACME_RESOURCE: ' my-east2 ' })).toBe('https://my-east2.example.com/v1');
  for (const value of [
    undefined,
    '',
    'evil.test/x',
    'a@evil.test',
    'a#',
    'https://x',
    '../x',
    '-',
    'a b',
    'a%2f',
    '.',
  ]) {
    expect(findBaseUrl(provider, value === undefined ? {} : { ACME_RESOURCE: value })).toBeUndefined();
  }
});

test('the first variable that is set and not blank gives the key', () => {
  expect(findEnvironmentKey(provider, { ACME_KEY: ' ', ACME_TOKEN: 'k\n' })).toEqual({
    ...{ variable: 'ACME_TOKEN', value: 'k' },
  });
  expect(findEnvironmentKey(provider, { ACME_KEY: 'a', ACME_TOKEN: 'b' })?.variable).toBe('ACME_KEY');
  expect(findEnvironmentKey(provider, {})).toBeUndefined();
});
