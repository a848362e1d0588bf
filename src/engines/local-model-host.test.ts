import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import type { FakeOptions } from './fake-llama-server.test-data.ts';
import type { LocalModelEntry } from './local-model.ts';
import { addModelTo, ask, isAlive } from './local-model-host.test-data.ts';
import { LocalModelHost, type LocalModelHostOptions } from './local-model-host.ts';

const GB = 1e9;
const signal = new AbortController().signal;
let folder: string;
const hosts: LocalModelHost[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-host-'));
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  rmSync(folder, { recursive: true });
});

interface Started {
  readonly host: LocalModelHost;
  /** Resolves at the first change after which this holds. */
  until(isTrue: () => boolean): Promise<void>;
}

function start(change: Partial<LocalModelHostOptions> = {}): Started {
  const looks = new Set<() => void>();
  const host = new LocalModelHost({
    clock: systemClock,
    log: silentLog,
    fetch: (url, init) => fetch(url, init),
    environment: {},
    tied: [process.execPath, join(import.meta.dir, 'run-tied.ts')],
    nodeLlama: { door: [process.execPath, join(import.meta.dir, 'node-llama-door.ts')], folders: [folder] },
    idleMinutes: 0,
    waitMaxMs: 60_000,
    readers: {
      ...{ platform: 'linux', totalBytes: 64 * GB, freeBytes: 64 * GB },
      readText: () => undefined,
      run: async () => undefined,
    },
    onChange: () => {
      for (const look of looks) look();
    },
    ...change,
  });
  hosts.push(host);
  const until = (isTrue: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isTrue()) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });
  return { host, until };
}

const addModel = (id: string, options?: FakeOptions, change?: Partial<LocalModelEntry>) =>
  addModelTo(folder, id, options, change);

const stateOf = (host: LocalModelHost, index = 0) => host.models()[index]!.state().type;
const need = (host: LocalModelHost, index = 0) => host.models()[index]!.needBytes;

test('a model is loaded when somebody asks, answers with the key of this start, and is offered with what it has', async () => {
  const { entry, fake } = await addModel('local/poet', { contextTokens: 2048 });
  const { host } = start();
  host.follow([entry]);
  const [asleep] = host.offers();
  expect(stateOf(host)).toBe('asleep');
  expect(asleep!.engine).toMatchObject({ tag: 'llama-server/poet', parallel: 2 });
  expect(asleep!.engine.models[0]).toMatchObject({ modelId: 'local/poet', contextTokens: 4096, isLoaded: false });
  expect(asleep!.awake).toBeUndefined();
  const awake = await asleep!.wake(signal);
  expect(await ask(awake, 'hello')).toBe('echo: hello');
  const [offer] = host.offers();
  expect(offer!.engine.models[0]).toMatchObject({ contextTokens: 2048, isLoaded: true, vision: false, tools: true });
  expect(offer!.awake?.authorization).toBe(`Bearer ${awake.secret.reveal()}`);
  const [first] = fake.starts();
  expect(first!.parameters.join(' ')).not.toContain(awake.secret.reveal());
  expect(first!.environment.LLAMA_API_KEY).toBe(awake.secret.reveal());
  awake.release();
});

test('all who ask while it loads get the one process, and progress is shown meanwhile', async () => {
  const gate = join(folder, 'gate');
  const { entry, fake } = await addModel('local/poet', { gate, dots: 40 });
  const { host, until } = start();
  host.follow([entry]);
  const waking = [1, 2, 3].map(() => host.offers()[0]!.wake(signal));
  await until(() => {
    const state = host.models()[0]!.state();
    return state.type === 'loading' && (state.share ?? 0) >= 0.4;
  });
  writeFileSync(gate, '');
  const awake = await Promise.all(waking);
  expect(new Set(awake.map(({ baseUrl }) => baseUrl)).size).toBe(1);
  expect(fake.starts()).toHaveLength(1);
  expect(host.models()[0]!.users).toBe(3);
});

test('a request that waited long enough is sent on, and the loading goes on only for those who still wait', async () => {
  const gate = join(folder, 'gate');
  const { entry } = await addModel('local/poet', { gate });
  const { host, until } = start({ waitMaxMs: 1 });
  host.follow([entry]);
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow('local/poet is not ready yet');
  writeFileSync(gate, '');
  host.follow([{ ...entry, wish: { to: 'load', atMs: Number.MAX_SAFE_INTEGER } }]);
  await until(() => stateOf(host) === 'ready');
});

test('one that dies while it answers is started again, with another key', async () => {
  const { entry, fake } = await addModel('local/poet');
  const { host, until } = start();
  host.follow([entry]);
  const before = await host.offers()[0]!.wake(signal);
  await ask(before, 'die').catch(() => 'cut off');
  before.release();
  await until(() => stateOf(host) !== 'ready');
  const after = await host.offers()[0]!.wake(signal);
  expect(await ask(after, 'again')).toBe('echo: again');
  expect(fake.starts()).toHaveLength(2);
  expect(after.secret.reveal()).not.toBe(before.secret.reveal());
  after.release();
});

test('one that does not answer any more is ended and started again', async () => {
  const sick = join(folder, 'sick');
  const { entry, fake } = await addModel('local/poet', { sick });
  // Looks at those that are ready come at once.
  const every: Clock['every'] = (ms, call) => systemClock.every(ms === 15_000 ? 5 : ms, call);
  const { host, until } = start({ clock: { ...systemClock, every } });
  host.follow([entry]);
  (await host.offers()[0]!.wake(signal)).release();
  writeFileSync(sick, '');
  await until(() => stateOf(host) !== 'ready');
  const awake = await host.offers()[0]!.wake(signal);
  expect([await ask(awake, 'again'), fake.starts().length]).toEqual(['echo: again', 2]);
  await until(() => !isAlive(fake.starts()[0]!.pid));
});

test('one that cannot start is tried three times, and then whoever asks is told why at once', async () => {
  const { entry, fake } = await addModel('local/poet', { dies: 'ggml: failed to allocate buffer of 9 GB' });
  const { host } = start();
  host.follow([entry]);
  const reason = 'local/poet cannot be loaded: there was not enough memory (ggml: failed to allocate buffer of 9 GB)';
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow(reason);
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow(reason);
  expect(fake.starts()).toHaveLength(3);
  expect(stateOf(host)).toBe('failed');
});

test.each([
  [
    'an engine that is not there',
    (entry: LocalModelEntry) => ({ ...entry, engine: '/nowhere/llama-server' }),
    'there is no program at /nowhere/llama-server',
  ],
  ['no engine on the PATH', ({ engine: _, ...entry }: LocalModelEntry) => entry, 'no llama-server is on the PATH'],
  [
    'a file that is gone',
    (entry: LocalModelEntry) => ({ ...entry, parts: ['/nowhere.gguf'] }),
    '/nowhere.gguf cannot be opened (ENOENT)',
  ],
  [
    'a file that is another one now',
    (entry: LocalModelEntry) => ({ ...entry, bytes: 1 }),
    'is not the file that was added: add it again',
  ],
])('%s is told in one sentence', async (_name, change, reason) => {
  const { entry } = await addModel('local/poet');
  const { host } = start();
  host.follow([change(entry)]);
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow(reason);
});

test('a caller who leaves is not waited for', async () => {
  const { entry } = await addModel('local/poet', { gate: join(folder, 'never') });
  const { host } = start();
  host.follow([entry]);
  const leaving = new AbortController();
  const waking = host.offers()[0]!.wake(leaving.signal);
  leaving.abort();
  await expect(waking).rejects.toThrow('The caller left');
});

describe('memory', () => {
  test('what the machine does not have is refused before anything is started', async () => {
    const { entry, fake } = await addModel('local/poet', {}, { bytes: 65 * GB });
    const { host } = start();
    host.follow([entry]);
    const wake = host.offers()[0]!.wake(signal);
    await expect(wake).rejects.toThrow('local/poet cannot be loaded: it needs 66.6 GB, and there are 64.0 GB');
    expect(fake.starts()).toEqual([]);
  });

  test('the operator may insist', async () => {
    const { entry } = await addModel('local/poet', {}, { force: true });
    const { host } = start({ budgetBytes: 1 });
    host.follow([entry]);
    (await host.offers()[0]!.wake(signal)).release();
  });

  test('the one that was used least recently makes room', async () => {
    const models = [await addModel('local/a'), await addModel('local/b'), await addModel('local/c')];
    const entries = models.map(({ entry }) => entry);
    const probe = start();
    probe.host.follow(entries);
    const { host } = start({ budgetBytes: 2.5 * need(probe.host) });
    host.follow(entries);
    for (const index of [0, 1, 0]) (await host.offers()[index]!.wake(signal)).release();
    (await host.offers()[2]!.wake(signal)).release();
    expect([0, 1, 2].map((index) => stateOf(host, index))).toEqual(['ready', 'asleep', 'ready']);
  });

  test('one that answers keeps its memory; the next waits, and is loaded when it has ended', async () => {
    const models = [await addModel('local/a'), await addModel('local/b')];
    const entries = models.map(({ entry }) => entry);
    const probe = start();
    probe.host.follow(entries);
    const { host, until } = start({ budgetBytes: 1.5 * need(probe.host) });
    host.follow(entries);
    const first = await host.offers()[0]!.wake(signal);
    const second = host.offers()[1]!.wake(signal);
    await until(() => {
      const state = host.models()[1]!.state();
      return state.type === 'queued' && state.reason !== undefined;
    });
    expect(host.models()[1]!.state()).toMatchObject({ reason: expect.stringContaining('which local/a hold') });
    expect([stateOf(host, 0), models[1]!.fake.starts()]).toEqual(['ready', []]);
    first.release();
    (await second).release();
    expect([stateOf(host, 0), stateOf(host, 1)]).toEqual(['asleep', 'ready']);
  });
});

describe('sleep', () => {
  /** Real time, but for waits of whole minutes, which end when the test says so. */
  function patientClock(): { readonly clock: Clock; endWaits(): void; waits(): number } {
    const waits = new Set<() => void>();
    const after: Clock['after'] = (delayMs, callback) => {
      // A start may take five minutes: that one is left alone.
      if (delayMs !== 7 * 60_000) return systemClock.after(delayMs, callback);
      waits.add(callback);
      return () => waits.delete(callback);
    };
    return {
      clock: { ...systemClock, after },
      endWaits: () => {
        for (const callback of [...waits]) callback();
      },
      waits: () => waits.size,
    };
  }

  test('nobody asked for so many minutes, and its process is gone; it wakes up again', async () => {
    const { entry, fake } = await addModel('local/poet', {}, { idleMinutes: 7 });
    const { clock, endWaits, waits } = patientClock();
    const { host, until } = start({ clock });
    host.follow([entry]);
    const awake = await host.offers()[0]!.wake(signal);
    expect(waits()).toBe(0);
    awake.release();
    awake.release();
    expect(waits()).toBe(1);
    endWaits();
    await until(() => stateOf(host) === 'asleep' && !host.models()[0]!.holdsMemory);
    await until(() => !isAlive(fake.starts()[0]!.pid));
    (await host.offers()[0]!.wake(signal)).release();
    expect(fake.starts()).toHaveLength(2);
  });

  test('a model without a limit of its own has the gateway’s, and 0 is never', async () => {
    const models = [await addModel('local/a'), await addModel('local/b', {}, { idleMinutes: 0 })];
    const { clock, waits } = patientClock();
    const { host } = start({ clock, idleMinutes: 7 });
    host.follow(models.map(({ entry }) => entry));
    for (const offer of host.offers()) (await offer.wake(signal)).release();
    expect(waits()).toBe(1);
  });
});

describe('wishes and changes', () => {
  const later = (to: 'load' | 'unload', more: number) => ({ to, atMs: systemClock.nowMs() + more }) as const;

  test('a wish loads and unloads; one from before the start is past', async () => {
    const { entry } = await addModel('local/poet');
    const { host, until } = start();
    host.follow([{ ...entry, wish: { to: 'load', atMs: 1 } }]);
    expect(stateOf(host)).toBe('asleep');
    host.follow([{ ...entry, wish: later('load', 1000) }]);
    await until(() => stateOf(host) === 'ready');
    host.follow([{ ...entry, wish: later('unload', 2000) }]);
    await until(() => stateOf(host) === 'asleep');
  });

  test('one that answers is unloaded when it has answered', async () => {
    const { entry } = await addModel('local/poet');
    const { host, until } = start();
    host.follow([entry]);
    const awake = await host.offers()[0]!.wake(signal);
    host.follow([{ ...entry, wish: later('unload', 1000) }]);
    expect(stateOf(host)).toBe('ready');
    expect(await ask(awake, 'still there')).toBe('echo: still there');
    awake.release();
    await until(() => stateOf(host) === 'asleep');
  });

  test('what is marked so is loaded at the start', async () => {
    const { entry } = await addModel('local/poet', {}, { autoload: true });
    const { host, until } = start();
    host.follow([entry]);
    await until(() => stateOf(host) === 'ready');
  });

  test('a model that is taken away ends its answers first; a changed one is another', async () => {
    const { entry, fake } = await addModel('local/poet');
    const { host, until } = start();
    host.follow([entry]);
    const awake = await host.offers()[0]!.wake(signal);
    host.follow([{ ...entry, contextTokens: 512 }]);
    expect([stateOf(host), host.offers()[0]!.engine.models[0]!.contextTokens]).toEqual(['asleep', 512]);
    expect(await ask(awake, 'old')).toBe('echo: old');
    const { pid } = fake.starts()[0]!;
    awake.release();
    (await host.offers()[0]!.wake(signal)).release();
    host.follow([]);
    expect(host.offers()).toEqual([]);
    await until(() => !isAlive(pid));
  });

  test('two models of one name are told apart, and a name that looks like a port too', async () => {
    const ids = ['a/poet', 'b/poet', 'b/8081'];
    const { host } = start();
    host.follow(await Promise.all(ids.map(async (id) => (await addModel(id)).entry)));
    expect(host.offers().map(({ engine }) => engine.tag)).toEqual([
      ...['llama-server/a-poet', 'llama-server/b-poet', 'llama-server/b-8081'],
    ]);
  });
});

test('nothing survives a stop, and what was promised is taken back', async () => {
  const { entry, fake } = await addModel('local/a');
  const loading = await addModel('local/b', { gate: join(folder, 'never') });
  const words: string[] = [];
  const log: Log = { write: (_level, message) => void words.push(message) };
  const { host, until } = start({ log });
  host.follow([entry, loading.entry]);
  await host.offers()[0]!.wake(signal);
  const waking = host.offers()[1]!.wake(signal);
  const refused = waking.catch((error: Error) => error.message);
  await until(() => existsSync(join(loading.place, 'starts.jsonl')) || stateOf(host, 1) === 'loading');
  await host.stop();
  expect(await refused).toBe('local/b was taken away');
  for (const { pid } of [...fake.starts(), ...loading.fake.starts()]) await until(() => !isAlive(pid));
  expect(words).not.toContain('the engine of local/a died and is started again');
});
