import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withStorage as openedStorage } from '../../test/support/storage-places.ts';
import { silentLog } from '../base/log.ts';
import type { ScoutOrder } from '../cli/cli-tools.ts';
import type { CheckResult, ModelVerification } from '../contract/verification.ts';
import type { Engine } from '../engines/engine.ts';
import { makeFakeLlamaServer } from '../engines/fake-llama-server.test-data.ts';
import { inspectWeights } from '../engines/inspect-weights.ts';
import { changeLocalModels, type LocalModelEntry } from '../engines/local-model.ts';
import {
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
} from '../engines/make-gguf.test-data.ts';
import type { Storage } from '../storage/open-storage.ts';
import {
  type ScriptedScout,
  type ScriptedScoutOptions,
  startScriptedScout,
} from '../verification/scripted-scout.test-data.ts';
import { openVerificationBook } from '../verification/verification-book.ts';
import { runScoutDoctor } from './scout-doctor.ts';
import { serve } from './serve.ts';
import { readSettings, type Settings } from './settings.ts';

const SCOUT = 'meta-llama/llama-4-scout';
const ORDER: ScoutOrder = {
  contextTokens: 16_384,
  slots: 1,
  waitSeconds: 60,
  wholeChecksum: false,
  groups: ['facts', 'pictures'],
};
const installation = join(import.meta.dir, '..', '..');
let home: string;
let engine: ScriptedScout | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trunkline-doctor-'));
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  rmSync(home, { recursive: true });
});

function freePort(): number {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  listener.stop();
  return listener.port;
}

function settingsOf(port: number, environment: Readonly<Record<string, string>> = {}): Settings {
  return readSettings({
    TRUNKLINE_HOME: home,
    TRUNKLINE_PORT: String(port),
    TRUNKLINE_DRAIN_SECONDS: '1',
    ...environment,
  });
}

const withStorage = <T>(use: (storage: Storage) => Promise<T>): Promise<T> => openedStorage(home, use);

function startEngine(options: ScriptedScoutOptions = {}): Engine {
  engine = startScriptedScout(options);
  const facts = {
    contextTokens: 32_768,
    contextTokensMax: 32_768,
    quantization: 'int4',
    vision: true,
    tools: true,
  } as const;
  return {
    ...{ kind: 'llama-server', tag: 'llama-server', name: 'llama-server', baseUrl: engine.baseUrl.replace('/v1', '') },
    models: [{ nativeId: 'Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf', isLoaded: true, ...facts }],
  };
}

async function run(settings: Settings, engines: readonly Engine[], order: Partial<ScoutOrder> = {}) {
  const lines: string[] = [];
  const view = {
    begin: (name: string) => void lines.push(name),
    result: ({ id, outcome }: CheckResult) => void lines.push(`${outcome} ${id}`),
    end: () => undefined,
  };
  const parts = { settings, withStorage, findEngines: async () => engines };
  return { lines, runs: await runScoutDoctor(parts, { ...ORDER, ...order }, view) };
}

test('an engine that was found is asked directly while no gateway runs, and the report is kept', async () => {
  const { runs, lines } = await run(settingsOf(freePort()), [startEngine({ columnOrder: true })]);
  expect(runs.map(({ outcome, engine: { name } }) => [outcome, name])).toEqual([['failed', 'llama-server']]);
  expect(lines[0]).toBe(
    `llama-server at ${engine!.baseUrl.replace('/v1', '')}, Llama-4-Scout-17B-16E-Instruct-Q4_K_M.gguf`,
  );
  expect(lines.filter((line) => line.startsWith('failed'))).toEqual([
    'failed pictures-left-right',
    'failed pictures-above-below',
  ]);
  expect(openVerificationBook(home).list(SCOUT)).toEqual(runs);
});

test('where no engine offers Scout nothing is asked, and nothing is kept', async () => {
  const other = { ...startEngine(), models: [{ ...startEngine().models[0]!, nativeId: 'qwen3-8b' }] };
  for (const engines of [[], [other]]) expect((await run(settingsOf(freePort()), engines)).runs).toEqual([]);
  expect(openVerificationBook(home).list(SCOUT)).toEqual([]);
});

test('an address is asked with the key of a variable, also one of the data folder’s .env', async () => {
  startEngine();
  writeFileSync(join(home, '.env'), 'SCOUT_KEY=hunter2\n');
  const order = { url: engine!.baseUrl, keyName: 'SCOUT_KEY' };
  const { runs } = await run(settingsOf(freePort()), [], order);
  expect([runs[0]?.outcome, runs[0]?.whole]).toEqual(['passed', false]);
  expect(JSON.stringify(runs)).not.toContain('hunter2');
  const missing = run(settingsOf(freePort()), [], { ...order, keyName: 'NO_SUCH_KEY' });
  await expect(missing).rejects.toThrow('the variable NO_SUCH_KEY is not set');
});

test('files alone are looked at, and never make it verified', async () => {
  const file = join(home, 'scout.gguf');
  writeFileSync(file, makeGguf(SCOUT_VALUES));
  const { groups: _, ...rest } = ORDER;
  const parts = { settings: settingsOf(freePort()), withStorage, findEngines: async () => [] };
  const view = { begin: () => undefined, result: () => undefined, end: () => undefined };
  const [verification] = await runScoutDoctor(parts, { ...rest, file }, view);
  expect([verification?.outcome, verification?.whole, verification?.files[0]?.name]).toEqual([
    'file-only',
    false,
    'scout.gguf',
  ]);
});

async function offersScout({ port }: Settings): Promise<boolean> {
  const listing = await fetch(`http://127.0.0.1:${port}/api/v1/models/${SCOUT}/endpoints`);
  return (await listing.text()).includes('"tag":"llama-server');
}

/** A gateway with this data folder that finds the scripted engine, if any. */
async function withServer<T>(found: Engine | undefined, use: (settings: Settings) => Promise<T>): Promise<T> {
  const settings = settingsOf(freePort(), { TRUNKLINE_BUNDLED: 'off' });
  const addresses = found ? [found.baseUrl] : [];
  writeFileSync(join(home, 'trunkline.toml'), `[local_engines]\naddresses = ${JSON.stringify(addresses)}\n`);
  const { promise: stopped, resolve: stop } = Promise.withResolvers<string>();
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const served = serve({ ...{ settings, log: silentLog, installation, stopped }, out: () => isReady() });
  await ready;
  try {
    // On a busy machine the first look for engines may come too early; the next one finds it.
    while (!(await offersScout(settings))) await Promise.resolve();
    return await use(settings);
  } finally {
    stop('the test is over');
    await served;
  }
}

test('where a gateway runs, what its callers would get is asked, and then shown; the key for it is gone afterwards', async () => {
  const found = startEngine();
  await withServer(found, async (settings) => {
    const groups = ['facts', 'tools', 'schema', 'stop', 'streaming', 'seed', 'pictures', 'needles'] as const;
    const { runs, lines } = await run(settings, [found], { groups });
    expect(lines[0]).toEndWith(`through the gateway at http://127.0.0.1:${settings.port}/api/v1`);
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([]);
    expect([runs[0]?.outcome, runs[0]?.here]).toEqual(['passed', true]);
    const address = `http://127.0.0.1:${settings.port}/api/v1/trunkline/verification/${SCOUT}`;
    const { data } = (await (await fetch(address)).json()) as { readonly data: ModelVerification };
    expect([data.runs.length, data.runs[0]?.engine.name]).toEqual([1, 'llama-server']);
    expect((await withStorage((storage) => storage.apiKeys())).map(({ name }) => name)).toEqual(['first key']);
  });
});

/** With an engine of its own that answers as the scripted one does. */
async function addOwnModel(answersFrom = ''): Promise<void> {
  const file = join(home, 'scout.gguf');
  const projector = join(home, 'mmproj.gguf');
  writeFileSync(file, makeGguf(SCOUT_VALUES));
  writeFileSync(projector, makeGguf(SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS));
  const { bytes, shape } = await inspectWeights(file);
  const entry: LocalModelEntry = {
    ...{ id: SCOUT, name: 'Scout', parts: [file], bytes, projector, projectorBytes: 0, architecture: 'llama4', shape },
    ...{ quantization: 'int4', tools: true, contextTokens: 16_384, slots: 1, autoload: false, force: true },
    ...{ engine: makeFakeLlamaServer(home, { answersFrom }).path, addedAt: '2026-11-26T10:00:00Z' },
  };
  changeLocalModels(home, () => [entry]);
}

test('the operator’s own model is asked through the gateway that runs it, with its files in the same report', async () => {
  await addOwnModel(startEngine().baseUrl);
  await withServer(undefined, async (settings) => {
    const { runs, lines } = await run(settings, []);
    expect(lines[0]).toStartWith('llama-server/llama-4-scout, through the gateway at');
    expect(runs.map(({ outcome, here, engine: { name }, files }) => [outcome, here, name, files[0]?.name])).toEqual([
      ['passed', true, 'llama-server (Scout), through a gateway', 'scout.gguf'],
    ]);
  });
});

test('while no gateway runs, only the files of the operator’s own model are looked at', async () => {
  await addOwnModel();
  const { runs, lines } = await run(settingsOf(freePort()), [], { groups: ['header'] });
  expect(runs.map(({ outcome }) => outcome)).toEqual(['file-only']);
  expect(lines[0]).toEndWith('(start `trunkline serve` to have it asked, too)');
});
