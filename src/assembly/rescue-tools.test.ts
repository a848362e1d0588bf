import { Database as Sqlite } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRecord } from '../../test/support/generation-records.ts';
import { withStorage as openedStorage } from '../../test/support/storage-places.ts';
import { openDirectory } from '../accounts/open-directory.ts';
import { Passwords } from '../accounts/passwords.ts';
import { SessionBook } from '../accounts/session-book.ts';
import { systemClock } from '../base/clock.ts';
import type { RescueTools } from '../cli/cli-tools.ts';
import { lockJournal } from '../storage/journal-lock.ts';
import type { Storage } from '../storage/open-storage.ts';
import { makeRescueTools } from './rescue-tools.ts';
import type { Settings } from './settings.ts';

let home: string;
let tools: RescueTools;

const withStorage = <T>(use: (storage: Storage) => Promise<T>): Promise<T> => openedStorage(home, use);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trunkline-rescue-'));
  const settings = { home, environment: {} } as unknown as Settings;
  tools = makeRescueTools({ settings, withStorage, address: () => 'http://house.test' });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error.message,
  );

const withBook = <T>(use: (book: SessionBook) => Promise<T>) =>
  withStorage(async (storage) => {
    const directory = await openDirectory({ store: storage, clock: systemClock });
    const book = new SessionBook(storage.people, directory, systemClock);
    await book.refresh();
    return use(book);
  });

const content = {
  ...{ generationId: 'gen-1', accountId: 'home', workspaceId: 'one', keyHash: 'k', createdAtMs: 1 },
  ...{ expiresAtMs: Number.MAX_SAFE_INTEGER, bytes: 1, sealed: 'text-canary' },
};

test('a backup is made while the database is in use, has everything but texts, and comes back in another folder', async () => {
  const file = join(home, 'copy.sqlite');
  await withStorage(async (storage) => {
    await storage.settle([makeRecord('gen-1', { chargedPico: 7n }), makeRecord('gen-2', { chargedPico: 8n })]);
    await storage.contents.save([content]);
    expect(await tools.backUp(file)).toMatchObject({ generations: 2, users: 0 });
    expect((await storage.contents.find('gen-1'))?.sealed).toBe('text-canary');
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file).includes('text-canary')).toBe(false);
  expect(await messageOf(tools.backUp(file))).toContain('is there already');

  const copy = readFileSync(file);
  rmSync(home, { recursive: true, force: true });
  home = mkdtempSync(join(tmpdir(), 'trunkline-rescue-'));
  const settings = { home, environment: {} } as unknown as Settings;
  writeFileSync(join(home, 'copy.sqlite'), copy);
  tools = makeRescueTools({ settings, withStorage, address: () => '' });
  expect(await tools.restore(join(home, 'copy.sqlite'), false)).toMatchObject({ generations: 2 });
  await withStorage(async (storage) => {
    expect((await storage.balance('home')).spentPico).toBe(15n);
    expect((await storage.audit.entries({ limit: 1 }))[0]).toMatchObject({
      action: 'system.restore',
      actor: { kind: 'operator' },
    });
  });
});

test('restoring replaces nothing unasked, keeps what it replaces, and never works under a running server', async () => {
  const file = join(home, 'copy.sqlite');
  await withStorage((storage) => storage.settle([makeRecord('gen-old')]));
  await tools.backUp(file);
  await withStorage((storage) => storage.settle([makeRecord('gen-new')]));
  const database = join(home, 'trunkline.sqlite');
  expect(await messageOf(tools.restore(file, false))).toContain('There is a database');

  const lock = lockJournal(join(home, 'journal'));
  expect(await messageOf(tools.restore(file, true))).toContain('Another process');
  lock.release();
  expect(await withStorage(async (storage) => (await storage.findGeneration('gen-new'))?.id)).toBe('gen-new');

  const { kept } = await tools.restore(file, true);
  await withStorage(async (storage) => {
    expect((await storage.findGeneration('gen-old'))?.id).toBe('gen-old');
    expect(await storage.findGeneration('gen-new')).toBeUndefined();
  });
  expect(existsSync(database)).toBe(true);
  expect(readFileSync(kept!).includes('gen-new')).toBe(true);
  expect(readdirSync(home).filter((name) => name.includes('incoming'))).toEqual([]);
});

test('what is no whole copy of ours is refused before anything is touched', async () => {
  await withStorage((storage) => storage.settle(Array.from({ length: 200 }, (_, i) => makeRecord(`gen-${i}`))));
  const file = join(home, 'copy.sqlite');
  await tools.backUp(file);
  const bytes = readFileSync(file);
  bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 8_192);
  const broken = {
    'damaged.sqlite': bytes,
    'short.sqlite': readFileSync(file).subarray(0, 30_000),
    'other.sqlite': Buffer.from('not a database at all, but long enough to be one'.repeat(100)),
  };
  for (const [name, content] of Object.entries(broken)) {
    writeFileSync(join(home, name), content);
    expect([name, await messageOf(tools.restore(join(home, name), true))]).not.toEqual([name, 'done']);
  }
  expect(await messageOf(tools.restore(join(home, 'absent.sqlite'), true))).toContain('There is no file');
  expect(existsSync(join(home, 'absent.sqlite'))).toBe(false);
  expect(await withStorage(async (storage) => (await storage.findGeneration('gen-7'))?.id)).toBe('gen-7');
});

test('an owner who is locked out gets a new password, and every session before it ends', async () => {
  const id = await withBook(async (book) => {
    const owner = await book.getOwner();
    await book.open(owner, { way: 'claim' });
    return owner.id;
  });
  expect(await tools.listUsers()).toMatchObject([
    { login: 'owner', role: 'owner', hasPassword: false, passkeys: 0, sessions: 1 },
  ]);
  const password = await tools.resetPassword(' Owner ');
  expect(password).toMatch(/^\w{20}$/);
  await withBook(async (book) => {
    expect(await new Passwords().verify(password, book.findUser(id)?.passwordHash)).toBe(true);
    expect(book.sessionsOf(id)).toEqual([]);
  });
  expect(await messageOf(tools.resetPassword('nobody'))).toContain('nobody signs in by this name');
  const [entry] = await withStorage((storage) => storage.audit.entries({ limit: 1 }));
  expect(entry).toMatchObject({ action: 'user.password', target: id, actor: { kind: 'operator' } });
  expect(JSON.stringify(entry)).not.toContain(password);
});

test('roles change from the command line, a disabled person comes back, and the last owner stays one', async () => {
  await withBook(async (book) => {
    await book.getOwner();
    const ada = await book.create({ name: 'Ada', login: 'ada', role: 'member' });
    await book.update(ada.id, { disabled: true });
  });
  expect(await messageOf(tools.setUserRole('owner', 'admin'))).not.toBe('done');
  await tools.setUserRole('ada', 'owner');
  await tools.setUserRole('owner', 'viewer');
  const users = await tools.listUsers();
  expect(users.map(({ login, role, disabled }) => [login, role, disabled])).toEqual([
    ['owner', 'viewer', false],
    ['ada', 'owner', false],
  ]);
});

test('an invitation is a link with a token of which storage has the digest only', async () => {
  const link = await tools.inviteUser('admin');
  expect(link).toMatch(/^http:\/\/house\.test\/invite\?token=\w{43}$/);
  const [invitation] = await withStorage((storage) => storage.people.invitations());
  expect(invitation).toMatchObject({ role: 'admin', createdBy: 'cli' });
  expect(JSON.stringify(invitation)).not.toContain(link.slice(-43));
});

test('a backup that fails in the middle leaves no file: it would hold what must not be in one', async () => {
  const file = join(home, 'copy.sqlite');
  await withStorage((storage) => storage.contents.save([content]));
  const database = new Sqlite(join(home, 'trunkline.sqlite'));
  database.run("CREATE TRIGGER stop BEFORE DELETE ON generation_content BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  database.close();
  expect(await messageOf(tools.backUp(file))).toContain('disk full');
  expect(readdirSync(home).filter((name) => name.startsWith('copy'))).toEqual([]);
});

test('a database that is broken is put aside too: that is when a copy is needed', async () => {
  const file = join(home, 'copy.sqlite');
  await withStorage((storage) => storage.settle([makeRecord('gen-1', {})]));
  await tools.backUp(file);
  const path = join(home, 'trunkline.sqlite');
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
  writeFileSync(path, 'no database at all'.repeat(1000));
  const { generations, kept } = await tools.restore(file, true);
  expect(generations).toBe(1);
  expect(readFileSync(kept!, 'utf8')).toStartWith('no database at all');
  await withStorage(async (storage) => expect((await storage.findGeneration('gen-1'))?.id).toBe('gen-1'));
});

test('a folder is no copy, and a database that is there is told how to be replaced', async () => {
  const file = join(home, 'copy.sqlite');
  await withStorage(async () => undefined);
  await tools.backUp(file);
  expect(await messageOf(tools.restore(home, true))).toBe(`${home} is a folder, no copy of a Trunkline database`);
  expect(await messageOf(tools.restore(file, false))).toContain('--replace');
});
