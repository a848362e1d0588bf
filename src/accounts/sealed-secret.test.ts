import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../base/secret.ts';
import { KeyVault, openKeyVault } from './sealed-secret.ts';

const vault = new KeyVault(new Uint8Array(32).fill(7));
const secret = new Secret('gsk_canary_0123456789');
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-kek-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('what was sealed opens for the same provider, and does not show meanwhile', () => {
  const sealed = vault.seal('acme', secret);
  expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain('canary');
  expect(vault.open('acme', sealed)?.reveal()).toBe('gsk_canary_0123456789');
});

test('the same secret never seals to the same text', () => {
  expect(new Set(Array.from({ length: 100 }, () => vault.seal('acme', secret))).size).toBe(100);
});

test('it opens for no other provider and with no other key', () => {
  const sealed = vault.seal('acme', secret);
  expect(vault.open('other', sealed)).toBeUndefined();
  expect(new KeyVault(new Uint8Array(32).fill(8)).open('acme', sealed)).toBeUndefined();
});

test('no byte of it can be changed, cut or added', () => {
  const bytes = Buffer.from(vault.seal('acme', secret), 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const altered = Buffer.from(bytes);
    altered[at]! ^= 1;
    expect(vault.open('acme', altered.toString('base64'))).toBeUndefined();
  }
  for (const length of [0, 12, 28, bytes.length - 1]) {
    expect(vault.open('acme', bytes.subarray(0, length).toString('base64'))).toBeUndefined();
  }
  expect(vault.open('acme', Buffer.concat([bytes, Buffer.of(0)]).toString('base64'))).toBeUndefined();
});

test('keys that do not open are left out, the others serve', () => {
  const row = (providerId: string, sealed: string) => ({ providerId, sealed, label: '', createdAtMs: 0 });
  const opened = vault.openAll([
    row('acme', vault.seal('acme', secret)),
    row('moved', vault.seal('acme', secret)),
    row('broken', 'no base64'),
  ]);
  expect([...opened.keys()]).toEqual(['acme']);
});

test('the key-encryption key is made once, for its owner only', () => {
  const sealed = openKeyVault({ directory, environment: {} }).seal('acme', secret);
  expect(statSync(join(directory, 'kek')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory, 'kek'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  expect(openKeyVault({ directory, environment: {} }).open('acme', sealed)?.reveal()).toBe('gsk_canary_0123456789');
});

test('the key-encryption key is made in a data folder that is not there yet', () => {
  const absent = join(directory, 'new', 'home');
  openKeyVault({ directory: absent, environment: {} });
  expect(statSync(absent).mode & 0o777).toBe(0o700);
  expect(statSync(join(absent, 'kek')).mode & 0o777).toBe(0o600);
});

test('a key-encryption key from the environment is used instead, and no file is made', () => {
  const environment = { TRUNKLINE_KEK: '07'.repeat(32) };
  const sealed = openKeyVault({ directory, environment }).seal('acme', secret);
  expect(vault.open('acme', sealed)?.reveal()).toBe('gsk_canary_0123456789');
  expect(() => statSync(join(directory, 'kek'))).toThrow();
});

test.each(['short', '07'.repeat(31), `${'07'.repeat(31)}zz`])('%s is too weak a key to start with', (weak) => {
  expect(() => openKeyVault({ directory, environment: { TRUNKLINE_KEK: weak } })).toThrow('64 hex digits');
});

test('a damaged key file stops the start rather than sealing with a lesser key', () => {
  writeFileSync(join(directory, 'kek'), '0707');
  expect(() => openKeyVault({ directory, environment: {} })).toThrow('32 bytes');
});
