import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { DEMO_WORKSPACE } from '../../src/billing/demo.ts';
import type { Attempt, GenerationRecord } from '../../src/billing/generation-record.ts';
import type { CatalogFact } from '../../src/statistics/catalog-changes.ts';
import { sampleCount } from '../../src/statistics/histogram.ts';
import { compareLog, matchesLog } from '../../src/statistics/log-filter.ts';
import { LATENCY_METRICS, rollUp } from '../../src/statistics/rollup.ts';
import type { LogQuery, RollupQuery } from '../../src/statistics/statistics-store.ts';
import { HOUR_MS } from '../../src/statistics/windows.ts';
import type { Storage } from '../../src/storage/open-storage.ts';
import { makeRecord } from '../support/generation-records.ts';
import { DAY_MS, deposit, NOON_MS, onBothDatabases, type Place } from '../support/storage-places.ts';

const ALL: RollupQuery<never> = {
  grain: 'day',
  fromMs: NOON_MS - 400 * DAY_MS,
  toMs: NOON_MS + DAY_MS,
  by: [],
  demo: 'include',
};
const demo = (id: string, change: Partial<GenerationRecord> & { chargedPico?: bigint } = {}) =>
  makeRecord(id, { createdAtMs: NOON_MS, workspaceId: DEMO_WORKSPACE, keyHash: 'demo-key', ...change });
const at = (id: string, change: Partial<GenerationRecord> & { chargedPico?: bigint } = {}) =>
  makeRecord(id, { createdAtMs: NOON_MS, ...change });
const attempt = (change: Partial<Attempt>): Attempt => ({ ...makeRecord('x').attempts[0]!, ...change });

await onBothDatabases((makePlace) => {
  sums(makePlace);
  keepsOnce(makePlace);
  lists(makePlace);
  remembers(makePlace);
});

function sums(makePlace: () => Promise<Place>): void {
  test('usage is summed by what is asked for, in hours and in days', async () => {
    const { statistics, settle } = await open(makePlace);
    await settle([
      at('gen-1', { chargedPico: 10n }),
      at('gen-2', { createdAtMs: NOON_MS + HOUR_MS, chargedPico: 20n, app: { categories: [] } }),
      at('gen-3', { createdAtMs: NOON_MS - DAY_MS, chargedPico: 40n, keyHash: 'key-2', accountId: 'other' }),
      at('gen-4', { failure: 'provider-error', chargedPico: 0n }),
      at('gen-5', { failure: 'invalid-request', chargedPico: 0n }),
      at('gen-6', { failure: 'rate-limited', chargedPico: 0n }),
      at('gen-7', { failure: 'caller-left', cancelled: true, chargedPico: 0n }),
    ]);
    const [total] = await statistics.sumUsage(ALL);
    expect(total).toMatchObject({
      ...{ requests: 7, successes: 3, errors: 1, callerErrors: 1, rateLimited: 1, cancelled: 1 },
      ...{ promptTokens: 700, completionTokens: 350, chargedPico: 70n },
    });
    const days = await statistics.sumUsage({ ...ALL, by: ['start'] });
    expect(days.map(({ startMs, requests }) => [startMs, requests]).sort()).toEqual([
      [NOON_MS - 1.5 * DAY_MS, 1],
      [NOON_MS - 0.5 * DAY_MS, 6],
    ]);
    const hours = await statistics.sumUsage({
      ...ALL,
      grain: 'hour',
      by: ['start', 'key'],
      where: { account: ['home'] },
    });
    expect(hours.map(({ startMs, key, chargedPico }) => [startMs, key, chargedPico]).sort()).toEqual([
      [NOON_MS, 'key-1', 10n],
      [NOON_MS + HOUR_MS, 'key-1', 20n],
    ]);
    const unnamed = await statistics.sumUsage({ ...ALL, by: ['model'], where: { app: [''] } });
    expect(unnamed.map(({ model, requests }) => [model, requests])).toEqual([['demo/talker', 1]]);
    expect(await statistics.sumUsage({ ...ALL, by: ['model'], where: { model: [] } })).toEqual([]);
  });

  test('rows by the hour can be forgotten, and the days still say the same', async () => {
    const { statistics, settle } = await open(makePlace);
    await settle([at('gen-1'), at('gen-2', { createdAtMs: NOON_MS - 2 * DAY_MS })]);
    await statistics.forgetHours(NOON_MS - DAY_MS);
    const count = async (grain: 'hour' | 'day') => (await statistics.sumUsage({ ...ALL, grain }))[0]!.requests;
    expect([await count('hour'), await count('day')]).toEqual([1, 2]);
    expect(await statistics.sumAttempts({ ...ALL, grain: 'hour' })).toMatchObject([{ attempts: 1 }]);
  });

  test('each try counts for its own provider, the answer for whoever gave it', async () => {
    const { statistics, settle } = await open(makePlace);
    const failed = { endpointId: 'demo/talker|bad', providerId: 'bad', providerName: 'Bad' };
    await settle([
      at('gen-1', {
        attempts: [attempt({ ...failed, failure: 'provider-error', status: 500 }), attempt({ firstContentMs: 100 })],
      }),
      at('gen-2', { attempts: [attempt({ ...failed, failure: 'provider-rate-limited', status: 429 })] }),
    ]);
    const attempts = await statistics.sumAttempts({ ...ALL, by: ['provider'] });
    expect(attempts.map(({ provider, outcome, attempts, down }) => [provider, outcome, attempts, down]).sort()).toEqual(
      [
        ['acme', 'success', 1, 0],
        ['bad', 'rate-limited', 1, 0],
        ['bad', 'server', 1, 1],
      ],
    );
    const latencies = await statistics.sumLatencies({ ...ALL, by: ['provider'] }, ['first-content', 'throughput']);
    expect(
      latencies.map(({ provider, metric, histogram }) => [provider, metric, sampleCount(histogram)]).sort(),
    ).toEqual([
      ['acme', 'first-content', 1],
      ['acme', 'throughput', 2],
    ]);
  });

  test('apps are named by what they said last, with any text', async () => {
    const { statistics, settle } = await open(makePlace);
    const named = (title: string) => ({ url: 'https://app.example/x', title, categories: ['game'] });
    await settle([
      at('gen-1', { app: named('New') }),
      at('gen-2', { createdAtMs: NOON_MS - DAY_MS, app: named('Old') }),
      at('gen-3', { app: { title: '<img src=x>\0\ud800 \u202e', categories: [] } }),
    ]);
    await settle([at('gen-4', { createdAtMs: NOON_MS - 2 * DAY_MS, app: named('Oldest') })]);
    const rows = await statistics.sumUsage({ ...ALL, by: ['app'] });
    const apps = await statistics.findApps(rows.map(({ app }) => app));
    const [first] = [...apps.values()].filter(({ url }) => url === 'https://app.example/x');
    expect(first).toMatchObject({
      ...{ title: 'New', categories: ['game'] },
      ...{ firstSeenMs: NOON_MS - 2 * DAY_MS, lastSeenMs: NOON_MS },
    });
    for (const slug of apps.keys()) expect(slug).toMatch(/^[a-z0-9-]{1,72}$/);
    expect(apps.size).toBe(2);
    expect((await statistics.findApps(['none', "'; DROP TABLE app;--"])).size).toBe(0);
  });
}

function keepsOnce(makePlace: () => Promise<Place>): void {
  test('whatever batches and repetitions they come in, rollups are those of each generation once', async () => {
    const place = await makePlace();
    const replicas = await Promise.all([place.open(), place.open()]);
    const batches = fc.array(fc.uniqueArray(fc.nat(9), { minLength: 1 }), { minLength: 1, maxLength: 6 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(batches, async (lists) => {
        const accountId = `account-${++run}`;
        const make = (n: number) =>
          at(`${accountId}-${n}`, { accountId, latencyMs: 10 * n, createdAtMs: NOON_MS - n * DAY_MS });
        await Promise.all(lists.map((list, index) => replicas[index % 2]!.settle(list.map(make))));
        const wanted = rollUp([...new Set(lists.flat())].map(make));
        const where = { account: [accountId] };
        const [usage] = await replicas[0]!.statistics.sumUsage({ ...ALL, where });
        const latencies = await replicas[1]!.statistics.sumLatencies({ ...ALL, where }, LATENCY_METRICS);
        const samples = (rows: readonly { grain: string; samples: number }[]) =>
          rows.filter(({ grain }) => grain === 'day').reduce((sum, row) => sum + row.samples, 0);
        expect(usage!.requests).toBe(new Set(lists.flat()).size);
        expect(latencies.reduce((sum, { histogram }) => sum + sampleCount(histogram), 0)).toBe(
          samples(wanted.latencies),
        );
      }),
      { numRuns: 10 },
    );
  });

  test('generations from before there were rollups are counted later, exactly once', async () => {
    const place = await makePlace();
    const storage = await place.open();
    await storage.settle([at('gen-1'), at('gen-2'), at('gen-3')]);
    const database = place.database();
    for (const table of ['usage_rollup', 'attempt_rollup', 'latency_rollup', 'app']) {
      await database.query(`DELETE FROM ${table}`);
    }
    await database.query("UPDATE generation SET rolled = 0, app = NULL WHERE id <> 'gen-3'");
    const counts = await Promise.all([storage.statistics.backfill(), (await place.open()).statistics.backfill()]);
    expect(counts.reduce((a, b) => a + b)).toBe(2);
    expect(await storage.statistics.backfill()).toBe(0);
    const [usage] = await storage.statistics.sumUsage(ALL);
    expect(usage!.requests).toBe(2);
    const listed = await storage.statistics.listGenerations({ ...LOG, app: rollUp([at('x')]).apps[0]!.slug });
    expect(listed.length).toBe(3);
  });

  test('the demonstration is told apart, and is removed as if it had not been', async () => {
    const place = await makePlace();
    const storage = await place.open();
    const { statistics } = storage;
    await storage.deposit(deposit('one', 1_000n));
    await storage.settle([
      at('gen-1', { chargedPico: 5n }),
      demo('gen-2', { chargedPico: 7n, app: { title: 'Demo', categories: [] } }),
      demo('gen-3', { chargedPico: 9n }),
    ]);
    const count = async (choice: 'include' | 'exclude' | 'only') =>
      (await statistics.sumUsage({ ...ALL, demo: choice }))[0]!.requests;
    expect([await count('include'), await count('exclude'), await count('only')]).toEqual([3, 1, 2]);
    expect((await statistics.listGenerations({ ...LOG, demo: 'only' })).length).toBe(2);
    expect([await storage.removeDemo(), await storage.removeDemo()]).toEqual([2, 0]);
    expect([await count('include'), await count('only')]).toEqual([1, 0]);
    expect(await statistics.sumAttempts({ ...ALL, demo: 'only' })).toEqual([]);
    expect((await statistics.listGenerations({ ...LOG, demo: 'include' })).map(({ id }) => id)).toEqual(['gen-1']);
    expect((await storage.balance('home')).spentPico).toBe(5n);
    expect((await storage.keyUsage('demo-key', NOON_MS)).totalPico).toBe(0n);
    expect((await place.database().query('SELECT title FROM app')).map(({ title }) => title)).toEqual(['App']);
  });
}

const LOG: LogQuery = { accountId: 'home', demo: 'include', limit: 100 };

function lists(makePlace: () => Promise<Place>): void {
  test('the log is read page by page, newest first, without a gap or a repetition', async () => {
    const { statistics, settle } = await open(makePlace);
    // Many of one millisecond: the id then decides.
    await settle(Array.from({ length: 25 }, (_, i) => at(`gen-${10 + i}`, { createdAtMs: NOON_MS + (i >> 3) })));
    await settle([at('gen-other', { accountId: 'other' })]);
    const seen: string[] = [];
    let after: LogQuery['after'];
    for (;;) {
      const page = await statistics.listGenerations({ ...LOG, limit: 4, ...(after && { after }) });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)!;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `gen-${34 - i}`));
  });

  const FILTERS: readonly (readonly [Partial<LogQuery>, readonly string[]])[] = [
    [{ model: 'demo/other' }, ['gen-2']],
    [{ provider: 'acme' }, ['gen-4', 'gen-2', 'gen-1']],
    [{ keyHash: 'key-9' }, ['gen-1']],
    [{ status: 'error' }, ['gen-3']],
    [{ status: 'cancelled' }, ['gen-4']],
    [{ status: 'success' }, ['gen-2', 'gen-1']],
    [{ outcome: 'voided' }, ['gen-3']],
    [{ finish: 'length' }, ['gen-1']],
    [{ costMinPico: 50n }, ['gen-2']],
    [{ costMaxPico: 0n }, ['gen-4', 'gen-3']],
    [{ fromMs: NOON_MS + 2, toMs: NOON_MS + 4 }, ['gen-3', 'gen-2']],
    [{ idPart: 'N-2' }, ['gen-2']],
    [{ after: { createdAtMs: NOON_MS + 3, id: 'gen-3' } }, ['gen-2', 'gen-1']],
    [{ demo: 'only' }, []],
    [{ idPart: '%' }, []],
    [{ idPart: "' OR 1=1--" }, []],
    [{ app: '' }, ['gen-4']],
    [{ modelPart: 'oth' }, ['gen-2']],
    [{ modelPart: '%' }, []],
    [{ sessionId: 's-1' }, ['gen-3']],
    [{ ends: { success: true, cancelled: false, failures: ['provider-error'] } }, ['gen-3', 'gen-2', 'gen-1']],
    [{ ends: { success: false, cancelled: true, failures: ['caller-left'] } }, ['gen-4']],
    [{ ends: { success: false, cancelled: false, failures: [] } }, []],
  ];
  test('each filter of the log keeps what it says, in storage as on the way there', async () => {
    const { statistics, settle } = await open(makePlace);
    const records = [
      at('gen-1', { createdAtMs: NOON_MS + 1, keyHash: 'key-9', finishReason: 'length', chargedPico: 1n }),
      at('gen-2', { createdAtMs: NOON_MS + 2, modelId: 'demo/other', chargedPico: 100n }),
      at('gen-3', {
        createdAtMs: NOON_MS + 3,
        failure: 'provider-error',
        outcome: 'voided',
        providerId: 'bad',
        sessionId: 's-1',
        chargedPico: 0n,
      }),
      at('gen-4', {
        createdAtMs: NOON_MS + 4,
        failure: 'caller-left',
        cancelled: true,
        chargedPico: 0n,
        app: { categories: [] },
      }),
    ];
    await settle(records);
    for (const [filter, expected] of FILTERS) {
      const stored = await statistics.listGenerations({ ...LOG, ...filter });
      expect([filter, stored.map(({ id }) => id)]).toEqual([filter, [...expected]]);
      const inMemory = records.filter((record) => matchesLog(record, { ...LOG, ...filter })).sort(compareLog);
      expect([filter, inMemory.map(({ id }) => id)]).toEqual([filter, [...expected]]);
    }
  });

  test('samples of a model are its whole answers since a moment', async () => {
    const { statistics, settle } = await open(makePlace);
    await settle([
      at('gen-1', { latencyMs: 5, generationMs: 6 }),
      at('gen-2', { createdAtMs: NOON_MS - HOUR_MS }),
      at('gen-3', { failure: 'provider-error' }),
      at('gen-4', { modelId: 'demo/other' }),
    ]);
    const query = { model: 'demo/talker', fromMs: NOON_MS - 1, demo: 'include', limit: 9 } as const;
    expect(await statistics.recentSamples(query)).toEqual([
      {
        ...{ atMs: NOON_MS, providerId: 'acme', endpointId: 'demo/talker|acme' },
        ...{ latencyMs: 5, generationMs: 6, completionTokens: 50 },
      },
    ]);
    expect(await statistics.recentSamples({ ...query, endpoint: 'demo/talker|none' })).toEqual([]);
  });
}

function remembers(makePlace: () => Promise<Place>): void {
  test('what changes between versions of the catalogue is kept once, whoever sees it; the first is only remembered', async () => {
    const place = await makePlace();
    const [east, west] = await Promise.all([place.open(), place.open()]);
    const price = { id: 'acme@1', prompt: 9_007_199_254_740_993n, completion: 0n, source: '#x', seenAt: '2026-09-01' };
    const fact: CatalogFact = {
      ...{ endpointId: 'demo/talker|acme', modelId: 'demo/talker', providerId: 'acme', isActive: true, price },
    };
    const after = { ...price, id: 'acme@2', prompt: 1n };
    const next = { version: 'v2', facts: [{ ...fact, price: after }], atMs: 5 };
    expect(await east.statistics.recordCatalog({ version: 'v1', facts: [fact], atMs: 4 })).toBe(0);
    const counts = await Promise.all([east.statistics.recordCatalog(next), west.statistics.recordCatalog(next)]);
    expect(counts.reduce((a, b) => a + b)).toBe(1);
    const { endpointId, modelId, providerId } = fact;
    const change = { atMs: 5, what: 'price', endpointId, modelId, providerId, before: price, after } as const;
    expect(await west.statistics.catalogChanges({ limit: 9 })).toEqual([change]);
    expect(await west.statistics.catalogChanges({ model: 'demo/talker', limit: 9 })).toEqual([change]);
    expect(await west.statistics.catalogChanges({ model: 'demo/other', limit: 9 })).toEqual([]);
  });

  test('switches are read back as they were saved', async () => {
    const { statistics } = await open(makePlace);
    const off = { target: 'demo/talker|acme', atMs: 5, by: 'sk-…', note: "it's broken" };
    await statistics.saveOffSwitch(off);
    await statistics.saveOffSwitch({ ...off, atMs: 6 });
    expect(await statistics.offSwitches()).toEqual([off]);
    expect([await statistics.removeOffSwitch(off.target), await statistics.removeOffSwitch(off.target)]).toEqual([
      true,
      false,
    ]);
    expect(await statistics.offSwitches()).toEqual([]);
  });
}

async function open(makePlace: () => Promise<Place>) {
  const storage: Storage = await (await makePlace()).open();
  return { statistics: storage.statistics, settle: (records: GenerationRecord[]) => storage.settle(records) };
}
