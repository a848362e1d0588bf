import { afterEach, expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRecord } from '../../test/support/generation-records.ts';
import { systemClock, WoundClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Journal } from '../billing/journal.ts';
import { StorageAway } from './database.ts';
import { type JournalOptions, openJournal } from './journal.ts';
import { openStorage, type Storage } from './open-storage.ts';

const folders: string[] = [];
const storages: Storage[] = [];
afterEach(async () => {
  for (const storage of storages.splice(0)) await storage.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-journal-'));
  folders.push(folder);
  return folder;
}

async function makeStorage(): Promise<Storage> {
  const storage = await openStorage({ directory: ':memory:', clock: systemClock, log: silentLog });
  storages.push(storage);
  return storage;
}

/** Storage that can't be reached. */
const away = { settle: async (): Promise<readonly string[]> => Promise.reject(new StorageAway('away')) };

function open(directory: string, change: Partial<JournalOptions> = {}): Promise<Journal> {
  return openJournal({ directory, store: away, clock: new WoundClock(), log: silentLog, drainEveryMs: 50, ...change });
}

const ids = (records: readonly GenerationRecord[]) => records.map((record) => record.id);
const segments = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('segment-'));
/** A crash: the process is gone, the files stay as they are at this moment. */
function crash(directory: string): string {
  const copy = makeFolder();
  for (const name of segments(directory)) writeFileSync(join(copy, name), readFileSync(join(directory, name)));
  return copy;
}

test('a settled record is pending until storage has it', async () => {
  const storage = await makeStorage();
  const journal = await open(makeFolder(), { store: storage });
  journal.append(makeRecord('gen-1', { chargedPico: 5n }));
  journal.append(makeRecord('gen-2', { chargedPico: 7n, keyHash: 'key-2' }));
  expect(ids(journal.pending())).toEqual(['gen-1', 'gen-2']);
  expect(journal.findPending('gen-2')?.keyHash).toBe('key-2');
  expect([journal.pendingSpending('key-1'), journal.pendingAccountSpending('home')]).toEqual([5n, 12n]);
  await Promise.all([journal.drain(), journal.drain()]);
  expect(journal.pendingCount).toBe(0);
  expect([journal.pendingSpending('key-1'), journal.pendingAccountSpending('home')]).toEqual([0n, 0n]);
  expect((await storage.balance('home')).spentPico).toBe(12n);
  await journal.close();
});

test('while storage is away records wait, later and later tries are made, and none is lost', async () => {
  const clock = new WoundClock();
  const storage = await makeStorage();
  let tries = 0;
  let isAway = true;
  const store = {
    settle: (records: readonly GenerationRecord[], replicaId?: string) => {
      tries++;
      return isAway ? away.settle() : storage.settle(records, replicaId);
    },
  };
  const journal = await open(makeFolder(), { store, clock });
  for (let i = 0; i < 450; i++) journal.append(makeRecord(`gen-${i}`, { chargedPico: 1n }));
  await clock.advance(60_000);
  expect(tries).toBeGreaterThan(5);
  expect(tries).toBeLessThan(15);
  expect(journal.pendingCount).toBe(450);
  isAway = false;
  await clock.advance(11_000);
  await journal.drain();
  expect(journal.pendingCount).toBe(0);
  expect((await storage.balance('home')).spentPico).toBe(450n);
  await journal.close();
});

test('the next process takes up what the last one settled and did not drain', async () => {
  const folder = makeFolder();
  const journal = await open(folder);
  journal.append(makeRecord('gen-1'));
  journal.append(makeRecord('gen-2'));
  const copy = crash(folder);
  await journal.close();
  const storage = await makeStorage();
  const next = await open(copy, { store: storage });
  expect(ids(next.pending())).toEqual(['gen-1', 'gen-2']);
  await next.close();
  expect((await storage.balance('home')).spentPico).toBe(2_400n);
  expect(segments(copy)).toEqual([]);
});

test('what is drained is not taken up again', async () => {
  const folder = makeFolder();
  const storage = await makeStorage();
  const journal = await open(folder, { store: storage });
  journal.append(makeRecord('gen-1'));
  await journal.drain();
  journal.append(makeRecord('gen-2'));
  const next = await open(crash(folder));
  expect(ids(next.pending())).toEqual(['gen-2']);
  await next.close();
  await journal.close();
});

test('a file cut at any byte of its last lines loses only what was not wholly written', async () => {
  const folder = makeFolder();
  const journal = await open(folder);
  for (const id of ['gen-1', 'gen-2']) journal.append(makeRecord(id, { externalUser: 'Zoë' }));
  await journal.close();
  const name = segments(folder)[0]!;
  const bytes = readFileSync(join(folder, name));
  const firstEnd = bytes.indexOf(0x0a, bytes.indexOf(0x0a) + 1) + 1;
  for (let length = firstEnd; length <= bytes.length; length++) {
    const copy = makeFolder();
    writeFileSync(join(copy, name), bytes.subarray(0, length));
    const next = await open(copy);
    expect(ids(next.pending())).toEqual(length === bytes.length ? ['gen-1', 'gen-2'] : ['gen-1']);
    expect(readFileSync(join(copy, name)).length).toBe(length === bytes.length ? length : firstEnd);
    await next.close();
    rmSync(copy, { recursive: true });
  }
  // Opens a journal for each of a thousand bytes.
}, 60_000);

test('a line with a flipped byte is left out, the others stand', async () => {
  const folder = makeFolder();
  const journal = await open(folder);
  for (const id of ['gen-1', 'gen-2', 'gen-3']) journal.append(makeRecord(id));
  await journal.close();
  const path = join(folder, segments(folder)[0]!);
  const bytes = readFileSync(path);
  bytes[bytes.indexOf('"gen-2"') + 2]! ^= 1;
  writeFileSync(path, bytes);
  const next = await open(folder);
  expect(ids(next.pending())).toEqual(['gen-1', 'gen-3']);
  await next.close();
});

test('a generation that was begun and never settled is left open with its newest checkpoint', async () => {
  const folder = makeFolder();
  const journal = await open(folder);
  journal.checkpoint({ record: makeRecord('gen-1', { outcome: 'estimated', chargedPico: 10n }) });
  journal.checkpoint({ record: makeRecord('gen-2', { outcome: 'estimated', chargedPico: 10n }) });
  journal.checkpoint({ record: makeRecord('gen-1', { outcome: 'estimated', chargedPico: 30n }) });
  journal.append(makeRecord('gen-2'));
  const copy = crash(folder);
  await journal.close();

  const storage = await makeStorage();
  const next = await open(copy, { store: storage });
  expect(next.leftOpen().map(({ record }) => [record.id, record.charge.chargedPico])).toEqual([['gen-1', 30n]]);
  for (const { record } of next.leftOpen()) next.append(record);
  await next.close();
  expect((await storage.balance('home')).spentPico).toBe(1_230n);
  const last = await open(copy);
  expect(last.leftOpen()).toEqual([]);
  await last.close();
});

test('files are closed when full and deleted when all in them is in storage', async () => {
  const folder = makeFolder();
  const storage = await makeStorage();
  let isAway = true;
  const store = { settle: (r: readonly GenerationRecord[]) => (isAway ? away.settle() : storage.settle(r)) };
  const journal = await open(folder, { store, segmentBytes: 4_000 });
  journal.checkpoint({ record: makeRecord('gen-open', { outcome: 'estimated' }) });
  for (let i = 0; i < 60; i++) journal.append(makeRecord(`gen-${i}`));
  expect(segments(folder).length).toBeGreaterThan(10);
  isAway = false;
  await journal.drain();
  // The checkpoint was copied forward, so that it keeps only the newest files.
  expect(segments(folder).length).toBeLessThan(8);
  const next = await open(crash(folder));
  expect(next.leftOpen().map(({ record }) => record.id)).toEqual(['gen-open']);
  expect(next.pendingCount).toBe(0);
  await next.close();
  await journal.close();
});

test('beyond the memory bound records are read from the files again', async () => {
  const storage = await makeStorage();
  let isAway = true;
  const store = { settle: (r: readonly GenerationRecord[]) => (isAway ? away.settle() : storage.settle(r)) };
  const journal = await open(makeFolder(), { store, inMemoryMax: 10, segmentBytes: 8_000 });
  for (let i = 0; i < 300; i++) journal.append(makeRecord(`gen-${i}`, { chargedPico: 2n }));
  expect([journal.pending().length, journal.pendingCount]).toEqual([10, 300]);
  expect(journal.findPending('gen-299')).toEqual(makeRecord('gen-299', { chargedPico: 2n }));
  expect(journal.pendingSpending('key-1')).toBe(600n);
  isAway = false;
  await journal.close();
  expect((await storage.balance('home')).spentPico).toBe(600n);
});

test('a record that storage refuses is set aside and does not hold up the others', async () => {
  const folder = makeFolder();
  const storage = await makeStorage();
  const journal = await open(folder, { store: storage });
  for (let i = 0; i < 20; i++) journal.append(makeRecord(`gen-${i}`, { chargedPico: i === 7 ? 10n ** 30n : 1n }));
  await journal.drain();
  expect([journal.pendingCount, (await storage.balance('home')).spentPico]).toEqual([0, 19n]);
  expect(readFileSync(join(folder, 'refused.jsonl'), 'utf8')).toContain('"gen-7"');
  await journal.close();
});

test('the same generation appended twice counts once', async () => {
  const storage = await makeStorage();
  const journal = await open(makeFolder(), { store: storage });
  journal.append(makeRecord('gen-1', { chargedPico: 3n }));
  journal.append(makeRecord('gen-1', { chargedPico: 4n }));
  expect(journal.pendingSpending('key-1')).toBe(3n);
  await journal.close();
  expect((await storage.balance('home')).spentPico).toBe(3n);
});

test('records are settled for the replica that wrote them, also by the next one', async () => {
  const seen: string[] = [];
  const store = {
    settle: async (records: readonly GenerationRecord[], replicaId?: string) => {
      seen.push(...records.map((record) => `${record.id} ${replicaId}`));
      return ids(records);
    },
  };
  const folder = makeFolder();
  const journal = await open(folder, { replicaId: 'east' });
  journal.append(makeRecord('gen-1'));
  const copy = crash(folder);
  await journal.close();
  const next = await open(copy, { replicaId: 'west', store });
  next.append(makeRecord('gen-2'));
  await next.close();
  expect(seen).toEqual(['gen-1 east', 'gen-2 west']);
  const again = await open(folder);
  const { replicaId } = again;
  await again.close();
  const once = await open(folder);
  expect(once.replicaId).toBe(replicaId);
  await once.close();
});

test('a second process is refused, and takes over when the first was killed', async () => {
  const folder = makeFolder();
  const script = `
    import { openJournal } from '${join(import.meta.dir, 'journal.ts')}';
    import { systemClock } from '${join(import.meta.dir, '../base/clock.ts')}';
    import { makeRecord } from '${join(import.meta.dir, '../../test/support/generation-records.ts')}';
    const settle = () => Promise.reject(new Error('away'));
    const journal = await openJournal({ directory: process.argv.at(-1), store: { settle }, clock: systemClock, log: { write() {} }, drainEveryMs: 1000 });
    journal.append(makeRecord('gen-1'));
    process.stdout.write('ready');
    setInterval(() => {}, 1000);`;
  const path = join(folder, 'first.ts');
  writeFileSync(path, script);
  const first = Bun.spawn([process.execPath, path, folder], { stdout: 'pipe', stderr: 'inherit' });
  await first.stdout.getReader().read();
  await expect(open(folder)).rejects.toThrow(`(pid ${first.pid}) is using ${folder}`);
  first.kill('SIGKILL');
  await first.exited;
  const second = await open(folder);
  expect(ids(second.pending())).toEqual(['gen-1']);
  await second.close();
});

test('a disk that takes only part of a line throws, and what was whole stays whole', async () => {
  const folder = makeFolder();
  const script = `
    import { openJournal } from '${join(import.meta.dir, 'journal.ts')}';
    import { WoundClock } from '${join(import.meta.dir, '../base/clock.ts')}';
    import { makeRecord } from '${join(import.meta.dir, '../../test/support/generation-records.ts')}';
    const settle = () => Promise.reject(new Error('away'));
    const journal = await openJournal({ directory: process.argv.at(-1), store: { settle }, clock: new WoundClock(), log: { write() {} }, drainEveryMs: 1000 });
    let written = 0;
    process.on('SIGXFSZ', () => {});
    try { for (;;) { journal.append(makeRecord('gen-' + written)); written++; } } catch (error) { console.log(written + ' ' + error.code); }
    process.kill(process.pid, 'SIGKILL');`;
  const path = join(folder, 'full.ts');
  writeFileSync(path, script);
  // The limit is in blocks of 512 or 1,024 bytes, by shell: a few lines fit, then the system refuses the rest.
  const shell = `ulimit -f 16; exec '${process.execPath}' '${path}' '${folder}'`;
  const done = Bun.spawnSync(['sh', '-c', shell]);
  const [written, code] = done.stdout.toString().trim().split(' ');
  expect(code).toBe('EFBIG');
  const next = await open(folder);
  expect(next.pendingCount).toBe(Number(written));
  expect(Number(written)).toBeGreaterThan(1);
  await next.close();
});

test('a line of another program at the end is cut, and the journal goes on', async () => {
  const folder = makeFolder();
  const journal = await open(folder);
  journal.append(makeRecord('gen-1'));
  await journal.close();
  appendFileSync(join(folder, segments(folder)[0]!), 'not ours\n');
  const next = await open(folder);
  expect(ids(next.pending())).toEqual(['gen-1']);
  next.append(makeRecord('gen-2'));
  await next.close();
});
