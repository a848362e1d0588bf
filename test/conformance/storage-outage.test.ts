import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, WoundClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { StorageAway } from '../../src/storage/database.ts';
import { openJournal } from '../../src/storage/journal.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { makeRecord } from '../support/generation-records.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { failureOf } from '../support/storage-places.ts';

const postgres = await startPostgres();
if (typeof postgres === 'string') test.skip(`PostgreSQL: ${postgres}`, () => {});
else describe('PostgreSQL goes away', () => survivesOutages(postgres));

function survivesOutages(server: TestPostgres): void {
  afterAll(() => server.remove());

  test('stopped under load, it loses and doubles nothing, fails fast and is used again when it returns', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trunkline-outage-'));
    const url = await server.createDatabase();
    const storage = await openStorage({ url, directory, clock: systemClock, log: silentLog });
    const journal = await openJournal({
      directory,
      store: storage,
      clock: systemClock,
      log: silentLog,
      drainEveryMs: 20,
    });
    let appended = 0;
    const load = systemClock.every(5, () => {
      for (let i = 0; i < 10; i++) journal.append(makeRecord(`gen-${++appended}`, { chargedPico: 1n }));
    });
    for (const mode of ['immediate', 'fast'] as const) {
      await until(() => appended > 200 && journal.pendingCount < appended);
      server.stop(mode);
      const before = systemClock.monotonicMs();
      expect(await failureOf(storage.balance('home'))).toBeInstanceOf(StorageAway);
      expect(systemClock.monotonicMs() - before).toBeLessThan(1_000);
      expect(await storage.isReady()).toBe(false);
      const atStop = appended;
      await until(() => appended > atStop + 500);
      expect(journal.pendingCount).toBeGreaterThan(500);
      server.start();
      await until(() => journal.pendingCount < 100);
      expect(await storage.isReady()).toBe(true);
    }
    load();
    await journal.drain();
    expect(journal.pendingCount).toBe(0);
    expect((await storage.balance('home')).spentPico).toBe(BigInt(appended));
    expect((await storage.keyUsage('key-1', 1_795_000_000_000)).totalPico).toBe(BigInt(appended));
    await journal.close();
    await storage.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test('a commit whose answer is lost moves money once, however often it is sent again', async () => {
    const proxy = await openProxy(await server.createDatabase());
    const storage = await openStorage({ url: proxy.url, directory: '/nowhere', clock: systemClock, log: silentLog });
    const records = Array.from({ length: 50 }, (_, i) => makeRecord(`gen-${i}`, { chargedPico: 2n }));
    proxy.cutAfterCommit();
    expect(await failureOf(storage.settle(records))).toBeInstanceOf(StorageAway);
    await until(async () => (await storage.balance('home')).spentPico === 100n);
    expect(await storage.settle(records)).toEqual([]);
    expect((await storage.balance('home')).spentPico).toBe(100n);
    await storage.close();
    proxy.close();
  });

  test('a server that keeps silent is given up and asked anew over fresh connections', async () => {
    const clock = new WoundClock();
    const proxy = await openProxy(await server.createDatabase());
    const storage = await openStorage({ url: proxy.url, directory: '/nowhere', clock, log: silentLog });
    proxy.silence(true);
    const failure = failureOf(storage.settle([makeRecord('gen-1')]));
    await clock.advance(10_000);
    expect(await failure).toBeInstanceOf(StorageAway);
    proxy.silence(false);
    expect(await storage.settle([makeRecord('gen-1')])).toEqual(['gen-1']);
    await storage.close();
    proxy.close();
  });
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => systemClock.after(5, () => resolve(undefined)));
}

/** Stands between us and the server, and misbehaves when asked to. */
async function openProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let isCutting = false;
  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let isDeaf = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        // A lost answer is not a lost commit: the server reads to the end what it was sent.
        server.end();
      });
    }
    client.on('data', (bytes) => {
      if (isSilent) return;
      if (isCutting && /COMMIT(?!TED)/.test(bytes.toString('latin1'))) {
        isCutting = false;
        isDeaf = true;
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isDeaf) client.destroy();
      else if (!isSilent) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  return {
    url: url.href,
    cutAfterCommit: () => {
      isCutting = true;
    },
    silence: (value: boolean) => {
      isSilent = value;
    },
    close: () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
