import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../base/log.ts';
import type { ModelView } from '../cli/model-order.ts';
import { type FakeLlamaServer, type FakeOptions, makeFakeLlamaServer } from '../engines/fake-llama-server.test-data.ts';
import { inspectProjector, inspectWeights } from '../engines/inspect-weights.ts';
import { changeLocalModels, type LocalModelEntry, localModelsPath } from '../engines/local-model.ts';
import { localStatePath, readLocalState } from '../engines/local-state.ts';
import {
  makeGguf,
  SCOUT_PROJECTOR_TENSORS,
  SCOUT_PROJECTOR_VALUES,
  SCOUT_VALUES,
} from '../engines/make-gguf.test-data.ts';
import { listLocalModels } from './list-local-models.ts';
import { serve } from './serve.ts';
import { readSettings } from './settings.ts';
import { wishModel } from './wish-model.ts';

const installation = join(import.meta.dir, '..', '..');
/** One turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

let home: string;
let stop: (() => Promise<unknown>) | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'trunkline-local-'));
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  rmSync(home, { recursive: true });
});

/** A gateway with this data folder, and the key of its first start. */
async function startGateway() {
  const settings = readSettings({
    TRUNKLINE_HOME: home,
    TRUNKLINE_PORT: '0',
    TRUNKLINE_DISCOVER: 'off',
    TRUNKLINE_BUNDLED: 'off',
    TRUNKLINE_DRAIN_SECONDS: '1',
  });
  const welcome = Promise.withResolvers<string>();
  const stopped = Promise.withResolvers<string>();
  const ended = serve({ settings, log: silentLog, installation, out: welcome.resolve, stopped: stopped.promise });
  stop = () => {
    stopped.resolve('test');
    return ended;
  };
  const text = await welcome.promise;
  const api = /API\s+(http\S+)/.exec(text)![1]!;
  const headers = { authorization: `Bearer ${/API key\s+(\S+)/.exec(text)![1]}`, 'content-type': 'application/json' };
  const ask = async (model: string, content: unknown, more: object = {}) => {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content }], ...more });
    const answer = await fetch(`${api}/chat/completions`, { method: 'POST', headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  const endpoints = async (model: string) => {
    const answer = await fetch(`${api}/models/${model}/endpoints`, { headers });
    return ((await answer.json()) as { data: { endpoints: Record<string, unknown>[] } }).data.endpoints;
  };
  return { ask, endpoints };
}

async function makeEntry(
  id: string,
  options: FakeOptions = {},
): Promise<{ entry: LocalModelEntry; fake: FakeLlamaServer }> {
  const file = join(home, 'weights.gguf');
  const mmproj = join(home, 'mmproj.gguf');
  writeFileSync(file, makeGguf({ ...SCOUT_VALUES, 'llama4.block_count': 4 }));
  writeFileSync(mmproj, makeGguf(SCOUT_PROJECTOR_VALUES, SCOUT_PROJECTOR_TENSORS));
  const weights = await inspectWeights(file);
  const { bytes: projectorBytes } = await inspectProjector(mmproj, weights);
  const fake = makeFakeLlamaServer(home, options);
  const entry: LocalModelEntry = {
    ...{ id, name: 'Poet', parts: weights.parts, bytes: weights.bytes, projector: mmproj, projectorBytes },
    ...{
      architecture: 'llama4',
      quantization: 'int4',
      tools: true,
      shape: weights.shape,
      contextTokens: 4096,
      slots: 2,
    },
    ...{ engine: fake.path, autoload: false, force: false, addedAt: '2026-11-26T00:00:00Z' },
  };
  return { entry, fake };
}

test('a model of one’s own is offered at price 0, loaded by the first request, and answers all formats of the gateway', async () => {
  const { entry, fake } = await makeEntry('local/poet');
  changeLocalModels(home, () => [entry]);
  const { ask, endpoints } = await startGateway();
  expect(await endpoints('local/poet')).toMatchObject([
    { provider_name: 'llama-server (Poet)', tag: 'llama-server/poet', context_length: 4096, pricing: { prompt: '0' } },
  ]);
  expect(fake.starts()).toEqual([]);
  const plain = await ask('local/poet', 'hello');
  expect([plain.status, JSON.parse(plain.text).choices[0].message.content]).toEqual([200, 'echo: hello']);
  expect(JSON.parse(plain.text).usage).toMatchObject({ prompt_tokens: 3, cost: 0 });
  const streamed = await ask('local/poet', 'again', { stream: true });
  expect(streamed.text).toContain('echo: again');
  expect(fake.starts()).toHaveLength(1);
  await stop!();
  expect(existsSync(localStatePath(home))).toBe(false);
});

test('pictures go to it where it has a projector', async () => {
  const { entry } = await makeEntry('local/poet');
  const { projector: _, ...blind } = entry;
  changeLocalModels(home, () => [entry, { ...blind, id: 'local/blind' }]);
  const { ask } = await startGateway();
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
  const seen = await ask('local/poet', [{ type: 'text', text: 'what? ' }, picture]);
  expect(JSON.parse(seen.text).choices[0].message.content).toBe('echo: what? [image_url]');
  expect((await ask('local/blind', [picture])).status).toBe(404);
});

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

test('what the commands write is seen while it runs, and what it does is told to them', async () => {
  const { ask, endpoints } = await startGateway();
  expect((await ask('local/poet', 'hello')).status).toBe(400);
  const { entry } = await makeEntry('local/poet');
  changeLocalModels(home, () => [{ ...entry, wish: { to: 'load', atMs: Number.MAX_SAFE_INTEGER } }]);
  while (readLocalState(home)?.models[0]?.state !== 'ready') await turn();
  expect(readLocalState(home)!.models[0]).toMatchObject({
    ...{ id: 'local/poet', users: 0, contextTokens: 4096, slots: 2, vision: true, wishMs: Number.MAX_SAFE_INTEGER },
  });
  // A file that nobody can read changes nothing.
  writeFileSync(localModelsPath(home), '{ "version": 1, "models": [ {');
  expect((await ask('local/poet', 'hello')).status).toBe(200);
  rmSync(localModelsPath(home));
  while ((await endpoints('local/poet').catch(() => [])).length > 0) await turn();
});

test('a command loads and unloads, shows how far it is, and says why it came to nothing', async () => {
  const { entry } = await makeEntry('local/poet', { dots: 50 });
  changeLocalModels(home, () => [entry, { ...entry, id: 'local/broken', engine: '/nowhere/llama-server' }]);
  const told: string[] = [];
  const view: ModelView = {
    tell: (title, text) => void told.push(`${title} ${text}`),
    progress: ({ what, done, total }) => void told.push(`${what} ${done} of ${total}`),
    confirm: async () => false,
  };
  const wish = (id: string, to: 'load' | 'unload') => wishModel(home, id, to, view);
  await expect(wish('local/poet', 'load')).rejects.toThrow('no gateway with this data folder runs: trunkline serve');
  await startGateway();
  await wish('local/poet', 'load');
  expect(told.slice(-2)).toEqual(['Loading 1 of 1', 'Loaded local/poet, 2 x 4,096 tokens']);
  expect(listLocalModels(home).models.map(({ id, state }) => [id, state])).toEqual([
    ['local/poet', 'ready'],
    ['local/broken', 'asleep'],
  ]);
  await wish('local/poet', 'unload');
  expect(told.at(-1)).toBe('Unloaded local/poet');
  const reason = 'local/broken cannot be loaded: there is no program at /nowhere/llama-server';
  await expect(wish('local/broken', 'load')).rejects.toThrow(reason);
  await expect(wish('local/none', 'load')).rejects.toThrow("there is no model of your own called 'local/none'");
});

test('one that cannot be loaded is told to the caller in one sentence', async () => {
  const { entry } = await makeEntry('local/poet');
  changeLocalModels(home, () => [{ ...entry, engine: '/nowhere/llama-server' }]);
  const { ask } = await startGateway();
  const { status, text } = await ask('local/poet', 'hello');
  expect([status, text]).toEqual([503, expect.stringContaining('there is no program at /nowhere/llama-server')]);
});

test('the state of a gateway that is gone is not believed, nor is anything else that may lie there', () => {
  expect(readLocalState(home)).toBeUndefined();
  writeFileSync(localStatePath(home), JSON.stringify({ pid: 4, address: 'http://127.0.0.1:7117', models: [] }));
  expect(readLocalState(home, () => false)).toBeUndefined();
  expect(readLocalState(home, () => true)?.address).toBe('http://127.0.0.1:7117');
  writeFileSync(localStatePath(home), 'rubbish');
  expect(readLocalState(home, () => true)).toBeUndefined();
});
