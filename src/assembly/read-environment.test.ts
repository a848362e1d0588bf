import { expect, test } from 'bun:test';
import type { Provider } from '../providers/provider.ts';
import { readEnvironment } from './read-environment.ts';

const shelf: readonly Provider[] = [
  {
    ...{ id: 'acme', name: 'Acme', baseUrl: 'https://acme.example', format: 'gemini', documentation: '' },
    ...{ environmentKeys: ['ACME_KEY', 'ACME_KEY_FILE'], environmentFiles: ['ACME_KEY_FILE'] },
  },
];
const files: Readonly<Record<string, string>> = { '/key.json': '{"k":1}\n', '/huge': 'x'.repeat(70_000) };

function read(environment: Readonly<Record<string, string>>, envText = '') {
  const missing: string[] = [];
  const sources = { environment, envText, shelf };
  return {
    read: readEnvironment(
      sources,
      (path) => files[path] ?? '',
      (name) => missing.push(name),
    ),
    missing,
  };
}

test('a variable that names a file holds what stands in the file', () => {
  expect(read({ ACME_KEY_FILE: '/key.json', OTHER: '/key.json' })).toEqual({
    read: { ACME_KEY_FILE: '{"k":1}\n', OTHER: '/key.json' },
    missing: [],
  });
  expect(read({ ACME_KEY_FILE: '/nowhere' }, 'ACME_KEY_FILE=/key.json').read.ACME_KEY_FILE).toBe('{"k":1}\n');
});

test('a file that is not there, empty or far too large is no key, and its variable is named', () => {
  for (const path of ['/nowhere', '/huge']) {
    const { read: environment, missing } = read({ ACME_KEY_FILE: path });
    expect([path, environment.ACME_KEY_FILE, missing]).toEqual([path, undefined, ['ACME_KEY_FILE']]);
  }
  expect(read({}).missing).toEqual([]);
});
