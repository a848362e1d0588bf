import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { ApiKey } from '../../src/accounts/api-key.ts';
import { WoundClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { DataRefused, StorageAway } from '../../src/storage/database.ts';
import { migrate, SchemaMismatch } from '../../src/storage/migrate.ts';
import { migrations } from '../../src/storage/migrations.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { makeRecord } from '../support/generation-records.ts';
import {
  DAY_MS,
  deposit,
  failureOf,
  NOON_MS,
  onBothDatabases,
  type Place,
  plainKey,
} from '../support/storage-places.ts';

const ids = (records: readonly GenerationRecord[]) => records.map((record) => record.id);
const fullKey: ApiKey = {
  hash: 'a1',
  accountId: 'home',
  name: 'everything',
  label: 'sk-tl-v1-abc...xyz',
  isManagement: true,
  disabled: true,
  limitPico: 9_007_199_254_740_993n,
  limitReset: 'weekly',
  includeByokInLimit: true,
  createdAtMs: 1_795_000_000_001,
  updatedAtMs: 1_795_000_000_002,
  expiresAtMs: 1_795_000_000_003,
  creatorUserId: 'user-1',
  workspaceId: 'workspace-1',
};
await onBothDatabases((makePlace) => {
  keepsAccounts(makePlace);
  settlesOnce(makePlace);
  keepsPolicies(makePlace);
  migrates(makePlace);
});

function keepsPolicies(makePlace: () => Promise<Place>): void {
  test('routing defaults stay in versions, and who saved on top of an older one hears of it', async () => {
    const { policies } = await (await makePlace()).open();
    const scope = { kind: 'workspace', id: 'w' } as const;
    const draft = { scope, provider: { sort: 'price' }, by: 'Ada', atMs: 5 };
    expect(await policies.saveRoutingDefault(draft, 0)).toEqual({ ...draft, version: 1 });
    const both = [1, 1].map((base) => policies.saveRoutingDefault({ ...draft, provider: {} }, base));
    expect((await Promise.all(both)).filter((saved) => saved === 'changed')).toHaveLength(1);
    await policies.saveRoutingDefault({ ...draft, scope: { kind: 'key', id: 'w' } }, 0);
    expect((await policies.routingDefaults()).map(({ scope: { kind }, version }) => [kind, version])).toEqual([
      ['key', 1],
      ['workspace', 2],
    ]);
    expect((await policies.routingDefaultVersions(scope, 5)).map(({ provider }) => provider)).toEqual([
      {},
      { sort: 'price' },
    ]);
  });

  test('presets stay in versions, of which any may be the one that counts', async () => {
    const { policies } = await (await makePlace()).open();
    const facts = { workspaceId: 'w', slug: 'brief', creator: 'ada' };
    const draft = { ...facts, presetId: 'p', versionId: 'v1', config: { temperature: 1 }, nowMs: 5 };
    expect(await policies.savePreset({ ...draft, systemPrompt: 'Be brief.', base: 0 })).toBe('saved');
    const next = { ...draft, presetId: 'q', versionId: 'v2', config: {}, name: 'Brief', nowMs: 6 };
    expect(await policies.savePreset({ ...next, base: 0 })).toBe('changed');
    expect(await policies.savePreset(next)).toBe('saved');
    expect(await policies.changePreset('p', { designated: 1, status: 'disabled' }, 7)).toBe(true);
    expect(await policies.changePreset('p', { designated: 3 }, 8)).toBe(false);
    const first = { id: 'v1', presetId: 'p', version: 1, config: { temperature: 1 }, creator: 'ada', createdAtMs: 5 };
    expect(await policies.presets()).toEqual([
      {
        ...{ ...facts, id: 'p', name: 'Brief', status: 'disabled', statusAtMs: 7, createdAtMs: 5, updatedAtMs: 7 },
        ...{ versions: 2, designated: { ...first, systemPrompt: 'Be brief.' } },
      },
    ]);
    expect((await policies.presetVersions('p', { offset: 1, limit: 5 })).map(({ id }) => id)).toEqual(['v2']);
    expect((await policies.findPresetVersion('p', 2))?.config).toEqual({});
    expect([await policies.deletePreset('p'), await policies.deletePreset('p')]).toEqual([true, false]);
    expect(await policies.findPresetVersion('p', 1)).toBeUndefined();
  });
}

function keepsAccounts(makePlace: () => Promise<Place>): void {
  test('accounts, keys, provider keys and settings are read back as they were saved', async () => {
    const place = await makePlace();
    const storage = await place.open();
    await storage.saveAccount({ id: 'home', name: 'Home', createdAtMs: 5 });
    await storage.saveAccount({ id: 'home', name: 'House', createdAtMs: 5 });
    expect(await storage.accounts()).toEqual([{ id: 'home', name: 'House', createdAtMs: 5 }]);

    await storage.saveApiKey(fullKey);
    await storage.saveApiKey(plainKey);
    expect(await (await place.open()).apiKeys()).toEqual([fullKey, plainKey]);
    const { limitPico: _, limitReset: __, ...unlimited } = fullKey;
    await storage.saveApiKey({ ...unlimited, name: "Robert'); DROP TABLE api_key;--\0" });
    expect((await storage.apiKeys())[0]).toEqual({ ...unlimited, name: "Robert'); DROP TABLE api_key;--\ufffd" });
    expect([await storage.deleteApiKey('a1'), await storage.deleteApiKey('a1')]).toEqual([true, false]);
    expect(await storage.apiKeys()).toEqual([plainKey]);

    const sealed = { providerId: 'acme', sealed: 'c2VhbGVk', label: '...xyz', createdAtMs: 7 };
    await storage.saveProviderKey({ ...sealed, sealed: 'b2xk' });
    await storage.saveProviderKey(sealed);
    expect(await storage.providerKeys()).toEqual([sealed]);
    expect([await storage.deleteProviderKey('acme'), await storage.deleteProviderKey('acme')]).toEqual([true, false]);

    expect(await storage.getSetting('claim')).toBeUndefined();
    await storage.saveSetting('claim', 'one');
    await storage.saveSetting('claim', 'two');
    expect(await storage.getSetting('claim')).toBe('two');
    expect(await storage.isReady()).toBe(true);
  });

  test('the endpoints a plan was made from are kept once per key', async () => {
    const storage = await (await makePlace()).open();
    const endpoint = {
      id: 'demo/talker|acme',
      modelId: 'demo/talker',
      tag: 'acme',
      providerId: 'acme',
      providerName: 'Acme',
      upstreamModel: '#talker',
      quantization: 'fp8',
      contextTokensMax: 8192,
      supportedParameters: ['tools'],
      inputModalities: ['text'],
      outputModalities: ['text'],
      price: { id: 'acme@1', prompt: 80_000n, completion: 0n, source: 'test', seenAt: '2026-09-01' },
      implicitCaching: false,
      isModerated: false,
      status: 'active',
      isLocal: false,
    } as const;
    await storage.saveRouteFacts('key', [endpoint]);
    await storage.saveRouteFacts('key', []);
    expect(await storage.findRouteFacts('key')).toEqual([endpoint]);
    expect(await storage.findRouteFacts('other')).toBeUndefined();
  });

  test('usage of a key is summed by UTC day, week from Monday and month, apart from its own provider keys', async () => {
    const storage = await (await makePlace()).open();
    const at = (id: string, createdAtMs: number, chargedPico: bigint) => makeRecord(id, { createdAtMs, chargedPico });
    const byok = at('gen-5', NOON_MS, 40n);
    await storage.settle([
      at('gen-1', NOON_MS, 1n),
      at('gen-2', NOON_MS - DAY_MS, 2n),
      at('gen-3', NOON_MS - 2 * DAY_MS, 4n),
      at('gen-4', NOON_MS + DAY_MS, 8n),
      { ...byok, isByok: true, charge: { ...byok.charge, chargedPico: 0n } },
    ]);
    expect(await storage.keyUsage('key-1', NOON_MS)).toEqual({
      totalPico: 15n,
      dailyPico: 1n,
      weeklyPico: 11n,
      monthlyPico: 9n,
      byokTotalPico: 40n,
      byokDailyPico: 40n,
      byokWeeklyPico: 40n,
      byokMonthlyPico: 40n,
    });
    expect((await storage.keyUsage('unused', NOON_MS)).totalPico).toBe(0n);
  });
}

function settlesOnce(makePlace: () => Promise<Place>): void {
  test('a generation is kept exactly once, whoever sends it and how often', async () => {
    const place = await makePlace();
    const [east, west] = await Promise.all([place.open(), place.open()]);
    const records = Array.from({ length: 120 }, (_, i) => makeRecord(`gen-${i}`, { chargedPico: 10n }));
    expect((await east.settle([...records.slice(0, 5), records[0]!])).length).toBe(5);
    const news = await Promise.all([east.settle(records), west.settle(records.toReversed()), east.settle(records)]);
    expect(news.flat().length).toBe(115);
    expect(new Set(news.flat()).size).toBe(115);
    expect((await west.balance('home')).spentPico).toBe(1_200n);
    expect((await west.keyUsage('key-1', 1_795_000_000_000)).totalPico).toBe(1_200n);
    const rows = await place
      .database()
      .query("SELECT requests, successes, prompt_tokens FROM usage_rollup WHERE grain = 'day'");
    expect(rows.map((row) => Object.values(row).map(Number))).toEqual([[120, 120, 12_000]]);
  });

  test('any interleaving of overlapping batches on several replicas counts each generation once', async () => {
    const place = await makePlace();
    const replicas = await Promise.all([place.open(), place.open(), place.open()]);
    let run = 0;
    const batches = fc.array(fc.uniqueArray(fc.nat(12), { minLength: 1 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(batches, async (lists) => {
        const accountId = `account-${++run}`;
        const make = (n: number) => makeRecord(`${accountId}-${n}`, { accountId, keyHash: accountId, chargedPico: 1n });
        await Promise.all(lists.map((list, i) => replicas[i % 3]!.settle(list.map(make))));
        const { spentPico } = await replicas[0]!.balance(accountId);
        expect(Number(spentPico)).toBe(new Set(lists.flat()).size);
      }),
      { numRuns: 15 },
    );
  });

  test('records are found again as they were, newest first, whatever text callers sent', async () => {
    const storage = await (await makePlace()).open();
    const odd = makeRecord('gen-odd', {
      createdAtMs: 3,
      chargedPico: 9_007_199_254_740_993n,
      userAgent: 'agent \0 \ud800',
      app: { title: 'a\0b', url: '\udfff', categories: [] },
      externalUser: '#1',
      usage: { ...makeRecord('x').usage, promptTokens: 1.5, cachedTokens: Number.NaN },
      latencyMs: 12.7,
    });
    await storage.settle([makeRecord('gen-1', { createdAtMs: 1 }), makeRecord('gen-2', { createdAtMs: 2 }), odd]);
    await storage.settle([makeRecord('gen-other', { accountId: 'other' })]);
    const found = await storage.findGeneration('gen-odd');
    expect(found?.charge).toEqual(odd.charge);
    expect([found?.userAgent, found?.app, found?.externalUser]).toEqual([odd.userAgent, odd.app, '#1']);
    expect(await storage.findGeneration('gen-none')).toBeUndefined();
    expect(ids(await storage.recentGenerations({ accountId: 'home', limit: 2 }))).toEqual(['gen-odd', 'gen-2']);
    expect(ids(await storage.recentGenerations({ accountId: 'home', limit: 9, beforeMs: 3 }))).toEqual([
      'gen-2',
      'gen-1',
    ]);
  });

  test('a batch with an amount beyond 64 bits is refused whole', async () => {
    const storage = await (await makePlace()).open();
    const batch = [makeRecord('gen-1'), makeRecord('gen-2', { chargedPico: 10n ** 19n })];
    expect(await failureOf(storage.settle(batch))).toBeInstanceOf(DataRefused);
    expect(await storage.findGeneration('gen-1')).toBeUndefined();
    expect((await storage.balance('home')).spentPico).toBe(0n);
  });

  test('a sum beyond 64 bits is refused and leaves the balance as it was', async () => {
    const storage = await (await makePlace()).open();
    await storage.deposit(deposit('one', 2n ** 62n));
    expect(await failureOf(storage.deposit(deposit('two', 2n ** 62n)))).toBeInstanceOf(Error);
    expect((await storage.balance('home')).depositedPico).toBe(2n ** 62n);
  });

  test('a deposit with the same id counts once', async () => {
    const place = await makePlace();
    const replicas = await Promise.all([place.open(), place.open()]);
    await Promise.all([0, 1, 0, 1].map((i) => replicas[i]!.deposit(deposit('opening', 50n))));
    await replicas[0]!.deposit(deposit('refund', -20n));
    expect(await replicas[1]!.balance('home')).toEqual({ depositedPico: 30n, spentPico: 0n, shortfallPico: 0n });
  });
}

function migrates(makePlace: () => Promise<Place>): void {
  test('replicas that start at once on an empty database migrate it once', async () => {
    const place = await makePlace();
    await Promise.all([place.open(), place.open(), place.open(), place.open()]);
    const rows = await place.database().query('SELECT number FROM migration');
    expect(rows.map((row) => Number(row.number))).toEqual(migrations.map((migration) => migration.number));
  });

  test('a step that fails leaves nothing behind, and mended it goes on', async () => {
    const database = (await makePlace()).database();
    const broken = [
      ...migrations,
      { number: 99, name: 'x', statements: ['CREATE TABLE later (a BIGINT)', 'NONSENSE'] },
    ];
    expect(await failureOf(migrate(database, broken, 1))).toBeInstanceOf(Error);
    const mended = [...migrations, { number: 99, name: 'x', statements: ['CREATE TABLE later (a BIGINT)'] }];
    expect(await migrate(database, mended, 1)).toBe(migrations.length + 1);
    expect(await migrate(database, mended, 1)).toBe(0);
  });

  test('a changed step and a database of a newer version are refused', async () => {
    const place = await makePlace();
    await place.open();
    const changed = migrations.map((migration) => ({ ...migration, statements: ['CREATE TABLE other (a BIGINT)'] }));
    expect(await failureOf(migrate(place.database(), changed, 1))).toBeInstanceOf(SchemaMismatch);
    expect(await failureOf(migrate(place.database(), [], 1))).toBeInstanceOf(SchemaMismatch);
  });

  test('after closing, operations fail instead of hanging', async () => {
    const storage = await openStorage({ directory: ':memory:', clock: new WoundClock(), log: silentLog });
    await storage.close();
    expect(await failureOf(storage.apiKeys())).toBeInstanceOf(StorageAway);
    expect(await storage.isReady()).toBe(false);
  });
}
