import { expect, test } from 'bun:test';
import { runLine } from './run-line.test-data.ts';

test('`providers connect` keeps the key that stands on standard input, and prints nothing of it', async () => {
  const kept: string[] = [];
  const result = await runLine('providers connect acme', {
    listProviders: async () => [
      {
        ...{ id: 'acme', name: 'Acme', connected: kept.length > 0, isLocal: false },
        ...{ endpoints: 1, environmentKeys: ['ACME_KEY'] },
      },
    ],
    readInput: async () => 'secret-of-acme\r\n',
    saveProviderKey: async (id, key) => void kept.push(`${id}: ${key}`),
  });
  expect(kept).toEqual(['acme: secret-of-acme']);
  expect(result.out).toBe('Kept the key of Acme.\n');
});

test('`providers connect` says so when the key alone does not connect', async () => {
  const { code, out } = await runLine('providers connect acme', {
    listProviders: async () => [
      { id: 'acme', name: 'Acme', connected: false, isLocal: false, endpoints: 1, environmentKeys: ['ACME_KEY'] },
    ],
    readInput: async () => 'secret',
    saveProviderKey: async () => undefined,
  });
  expect(code).toBe(0);
  expect(out).toBe(
    'Kept the key of Acme.\nAcme is not connected yet: it needs more than a key, or is switched off in the configuration.\n',
  );
});

test.each([
  ['', 'reads one key'],
  ['two words', 'reads one key'],
  ['\u001b[31mred', 'reads one key'],
  ['zero\0', 'reads one key'],
  ['k'.repeat(10_001), 'at most 10000 characters'],
])('`providers connect` keeps no %j', async (input, reason) => {
  const result = await runLine('providers connect acme', {
    listProviders: async () => [
      { id: 'acme', name: 'Acme', connected: false, isLocal: false, endpoints: 1, environmentKeys: ['ACME_KEY'] },
    ],
    readInput: async () => input,
  });
  expect([result.code, result.out]).toEqual([2, '']);
  expect(result.err).toContain(reason);
});

test('`providers connect` asks for no key where none is of use', async () => {
  const result = await runLine('providers connect here', {
    listProviders: async () => [
      { id: 'here', name: 'Here', connected: true, isLocal: true, endpoints: 1, environmentKeys: [] },
    ],
  });
  expect(result).toEqual({ code: 1, out: '', err: 'trunkline: Here runs on this machine and takes no key.\n' });
});

test('`providers connect` refuses a provider that nobody knows', async () => {
  const result = await runLine('providers connect nobody', { listProviders: async () => [] });
  expect(result.err).toContain("there is no provider 'nobody'");
});
