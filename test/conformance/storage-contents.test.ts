import { expect, test } from 'bun:test';
import type { SealedContent } from '../../src/accounts/stored-content.ts';
import { onBothDatabases, type Place } from '../support/storage-places.ts';

const home = { accountId: 'home', workspaceId: 'one' };
const content = (generationId: string, more: Partial<SealedContent> = {}): SealedContent => ({
  ...home,
  generationId,
  keyHash: 'key-1',
  createdAtMs: 1_000,
  expiresAtMs: 9_000,
  bytes: 10,
  sealed: 'c2VhbGVk',
  ...more,
});

await onBothDatabases((makePlace) => {
  const open = async () => (await (await makePlace()).open()).contents;

  test('content is read back as it was saved, and the first of one generation stays', async () => {
    const place: Place = await makePlace();
    const contents = (await place.open()).contents;
    await contents.save([content('gen-1'), content('gen-2', { sealed: 'x'.repeat(1_000_000) })]);
    await contents.save([content('gen-1', { sealed: 'b3RoZXI=' }), content('gen-3')]);
    const elsewhere = (await place.open()).contents;
    expect(await elsewhere.find('gen-1')).toEqual(content('gen-1'));
    expect((await elsewhere.find('gen-2'))?.sealed.length).toBe(1_000_000);
    const { sealed: _, ...facts } = content('gen-3');
    expect(await elsewhere.facts('gen-3')).toEqual(facts);
    expect([await elsewhere.find('gen-4'), await elsewhere.facts('gen-4')]).toEqual([undefined, undefined]);
  });

  test('totals are of one account and workspace, by key, with the oldest and the newest', async () => {
    const contents = await open();
    expect(await contents.totals(home)).toEqual({ count: 0, bytes: 0, keys: [] });
    await contents.save([
      content('gen-1', { createdAtMs: 3_000 }),
      content('gen-2', { createdAtMs: 2_000, bytes: 4_000_000_000 }),
      content('gen-3', { createdAtMs: 4_000, keyHash: 'key-0', bytes: 7 }),
      content('gen-4', { workspaceId: 'two' }),
      content('gen-5', { accountId: 'stranger' }),
    ]);
    expect(await contents.totals(home)).toEqual({
      count: 3,
      bytes: 4_000_000_017,
      oldestMs: 2_000,
      newestMs: 4_000,
      keys: [
        { keyHash: 'key-0', count: 1, bytes: 7 },
        { keyHash: 'key-1', count: 2, bytes: 4_000_000_010 },
      ],
    });
  });

  test('what has expired is swept away at that very moment, whosever it is', async () => {
    const contents = await open();
    const many = Array.from({ length: 1_100 }, (_, i) =>
      content(`gen-${i}`, { expiresAtMs: i < 1_050 ? 5_000 : 5_001 }),
    );
    await contents.save([...many, content('gen-x', { accountId: 'stranger', expiresAtMs: 4_999 })]);
    expect(await contents.sweep(4_999)).toBe(1);
    expect(await contents.sweep(5_000)).toBe(1_050);
    expect((await contents.totals(home)).count).toBe(50);
  });

  test('removing takes what is asked for: all of a workspace, of one key, from before a time, or of one generation', async () => {
    const contents = await open();
    await contents.save([
      content('gen-1', { createdAtMs: 1_000 }),
      content('gen-2', { createdAtMs: 2_000 }),
      content('gen-3', { keyHash: 'key-2' }),
      content('gen-4', { keyHash: 'key-2' }),
      content('gen-5', { workspaceId: 'two' }),
      content('gen-6', { accountId: 'stranger' }),
    ]);
    expect(await contents.remove(home, { keyHash: 'key-1', beforeMs: 2_000 })).toBe(1);
    expect([await contents.removeOne('gen-3'), await contents.removeOne('gen-3')]).toEqual([true, false]);
    expect(await contents.remove(home, { keyHash: 'key-2' })).toBe(1);
    expect(await contents.remove(home)).toBe(1);
    expect((await contents.totals({ ...home, workspaceId: 'two' })).count).toBe(1);
    expect((await contents.totals({ ...home, accountId: 'stranger' })).count).toBe(1);
  });
});
