import { beforeEach, describe, expect, test } from 'bun:test';
import { WoundClock } from '../base/clock.ts';
import type { AccountStore } from './account-store.ts';
import { type ApiKey, hashApiKey, hasValidChecksum, KEY_PREFIX, makeApiKeyText } from './api-key.ts';
import type { AccountDirectory } from './directory.ts';
import { openDirectory } from './open-directory.ts';

/** Keys as storage keeps them; every call takes a turn, as a real one would. */
class KeyStore {
  readonly rows = new Map<string, ApiKey>();
  /** Called between reading the rows and handing them over. */
  whileReading: () => Promise<void> = async () => undefined;

  async apiKeys(): Promise<readonly ApiKey[]> {
    const rows = [...this.rows.values()];
    const { whileReading } = this;
    this.whileReading = async () => undefined;
    await whileReading();
    return rows;
  }

  async saveApiKey(key: ApiKey): Promise<void> {
    await Promise.resolve();
    this.rows.set(key.hash, key);
  }

  async deleteApiKey(hash: string): Promise<boolean> {
    await Promise.resolve();
    return this.rows.delete(hash);
  }
}

let clock: WoundClock;
let store: KeyStore;
let directory: AccountDirectory;
const draft = { name: 'one', accountId: 'home', isManagement: false };

async function openAnother(): Promise<AccountDirectory> {
  // The directory asks nothing else of its store.
  return openDirectory({ store: store as unknown as AccountStore, clock });
}

beforeEach(async () => {
  clock = new WoundClock();
  store = new KeyStore();
  directory = await openAnother();
});

test('a new key opens the door, here and after a restart', async () => {
  const { key, text } = await directory.create(draft);
  expect(directory.authenticate(text)).toEqual(key);
  expect((await openAnother()).authenticate(text)).toEqual(key);
});

test('the key itself is kept nowhere', async () => {
  const { text } = await directory.create(draft);
  const secret = text.slice(KEY_PREFIX.length + 3, -3);
  expect(JSON.stringify([...store.rows])).not.toContain(secret);
  expect(JSON.stringify(directory.list())).not.toContain(secret);
});

test('keys differ, carry a checksum, and one altered character shows without a look-up', () => {
  const texts = Array.from({ length: 1_000 }, makeApiKeyText);
  expect(new Set(texts).size).toBe(1_000);
  const [text = ''] = texts;
  expect(hasValidChecksum(text)).toBe(true);
  for (const at of [0, 12, text.length - 1]) {
    const other = text[at] === 'a' ? 'b' : 'a';
    expect(hasValidChecksum(text.slice(0, at) + other + text.slice(at + 1))).toBe(false);
  }
});

describe('who has no key', () => {
  test('is refused', async () => {
    const { key, text } = await directory.create(draft);
    expect(directory.authenticate(makeApiKeyText())).toBe('unknown');
    for (const wrong of ['', 'x', `${text} `, text.slice(0, -1), text.toUpperCase(), key.hash, '__proto__']) {
      expect(directory.authenticate(wrong)).toBe('malformed');
    }
  });

  test('is refused from the very millisecond in which the key ends', async () => {
    const { text } = await directory.create({ ...draft, expiresAtMs: clock.nowMs() + 1_000 });
    await clock.advance(999);
    expect(directory.authenticate(text)).toBeObject();
    await clock.advance(1);
    expect(directory.authenticate(text)).toBe('expired');
  });

  test('is refused as soon as the key is disabled or removed', async () => {
    const { key, text } = await directory.create(draft);
    await directory.update(key.hash, { disabled: true });
    expect(directory.authenticate(text)).toBe('disabled');
    expect(await directory.remove(key.hash)).toBe(true);
    expect(directory.authenticate(text)).toBe('unknown');
    expect(await directory.remove(key.hash)).toBe(false);
  });
});

test('a change keeps what it does not name, and `none` takes away', async () => {
  const { key } = await directory.create({ ...draft, limitPico: 5n, limitReset: 'daily' });
  const { hash } = key;
  expect(await directory.update(hash, { name: 'two' })).toEqual({ ...key, name: 'two', updatedAtMs: clock.nowMs() });
  expect(await directory.update(hash, { limitPico: 0n })).toMatchObject({ limitPico: 0n, limitReset: 'daily' });
  const free = await directory.update(hash, { limitPico: 'none', limitReset: 'none' });
  expect([free && 'limitPico' in free, free && 'limitReset' in free]).toEqual([false, false]);
  expect(await directory.update('nobody', { name: 'three' })).toBeUndefined();
});

test('two changes at once both hold', async () => {
  const { key } = await directory.create(draft);
  await Promise.all([directory.update(key.hash, { name: 'two' }), directory.update(key.hash, { disabled: true })]);
  expect(store.rows.get(key.hash)).toMatchObject({ name: 'two', disabled: true });
});

test('a change made elsewhere survives a change made here', async () => {
  const { key } = await directory.create(draft);
  const elsewhere = await openAnother();
  await elsewhere.update(key.hash, { disabled: true });
  expect(await directory.update(key.hash, { name: 'two' })).toMatchObject({ name: 'two', disabled: true });
  await elsewhere.remove(key.hash);
  expect(await directory.update(key.hash, { name: 'three' })).toBeUndefined();
  expect(store.rows.size).toBe(0);
});

test('a refresh sees what was made elsewhere', async () => {
  const { text } = await (await openAnother()).create(draft);
  expect(directory.authenticate(text)).toBe('unknown');
  await directory.refresh();
  expect(directory.authenticate(text)).toBeObject();
});

test('a slow refresh does not bring back a key that was removed meanwhile', async () => {
  const { key, text } = await directory.create(draft);
  store.whileReading = async () => void (await directory.remove(key.hash));
  await directory.refresh();
  expect(directory.authenticate(text)).toBe('unknown');
});

test('storage that fails leaves memory as it was', async () => {
  const { key, text } = await directory.create(draft);
  store.saveApiKey = async () => {
    throw new Error('away');
  };
  await expect(directory.update(key.hash, { disabled: true })).rejects.toThrow('away');
  await expect(directory.create(draft)).rejects.toThrow('away');
  await directory.refresh();
  expect(directory.authenticate(text)).toEqual(key);
  expect(directory.list()).toHaveLength(1);
  expect(hashApiKey(text)).toBe(key.hash);
});
