import { expect, test } from 'bun:test';
import type { Provider } from '../providers/provider.ts';
import { addressOf } from './connection.ts';

const provider = { id: 'acme' } as unknown as Provider;
const at = (baseUrl: string, path: string, model = 'm') =>
  addressOf({ provider, baseUrl, allowPrivateNetwork: false }, path, model).href;

test('an address names the model and carries the query of its base, whatever the path brings', () => {
  expect(at('https://a.example/v1', '/chat/completions')).toBe('https://a.example/v1/chat/completions');
  expect(at('https://a.example/d/{model}?api-version=1', '/chat/completions', 'my model/2')).toBe(
    'https://a.example/d/my%20model%2F2/chat/completions?api-version=1',
  );
  expect(at('https://a.example/v1?api-version=1', '/models/m:stream?alt=sse')).toBe(
    'https://a.example/v1/models/m:stream?alt=sse&api-version=1',
  );
});
