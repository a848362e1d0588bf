import { afterEach, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineState } from '../../src/routing/engine-state.ts';
import { openRecipe, type RunningRecipe, recipeToml } from './open-recipe.ts';
import {
  FRONT,
  LLAMA_SERVER,
  OLD_VLLM,
  openEngine,
  type ScriptedEngine,
  SGLANG,
  type Surface,
  VLLM,
} from './scripted-engine.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

const KEY = 'sk-engine-0123456789';
const KEYS = { VLLM_KEY: KEY, SGLANG_KEY: KEY, LLAMA_KEY: KEY, CLUSTER_KEY: KEY };

/** Runs a recipe with a server of this surface at each address that it names. */
async function run(
  recipe: string,
  surface: Surface,
): Promise<RunningRecipe & { readonly engines: readonly ScriptedEngine[] }> {
  let toml = recipeToml(recipe);
  const origins = new Set([...toml.matchAll(/^base_url = "(https?:\/\/[^/"]+)/gm)].map((match) => match[1]!));
  const model = /^upstream_model = "(.*)"/m.exec(toml)![1]!;
  const engines = [...origins].map((origin) => {
    const engine = openEngine(surface, model, KEY);
    toml = toml.replaceAll(origin, engine.origin);
    return engine;
  });
  const running = await openRecipe(toml, KEYS);
  opened.push(...engines, running);
  return { ...running, engines };
}

const system = { role: 'system', content: 'You answer in one line. '.repeat(60) };
const ask = (question: string, more: object = {}) => ({
  ...{ model: 'meta-llama/llama-4-scout', messages: [system, { role: 'user', content: question }], max_tokens: 50 },
  ...more,
});

test('every page of the folder has a test here, or is the list of them', () => {
  const pages = readdirSync(join(import.meta.dir, '../../deploy/recipes')).sort();
  expect(pages).toEqual(['README.md', 'llama-cpp.md', 'llm-d.md', 'sglang.md', 'vllm.md']);
});

describe.each([
  ['vllm.md', VLLM],
  ['vllm.md', OLD_VLLM],
  ['sglang.md', SGLANG],
  ['llama-cpp.md', LLAMA_SERVER],
] as const)('%s', (recipe, surface) => {
  test.each([false, true])('answers, and the engine gets what it understands (stream: %p)', async (stream) => {
    const { ask: send, engines } = await run(recipe, surface);
    const { status, text, record } = await send(ask('Good day?', { stream, session_id: 'mine', seed: 1 }));
    expect([status, text.includes('Good ')]).toEqual([200, true]);
    expect(record).toMatchObject({ outcome: 'settled', modelId: 'meta-llama/llama-4-scout' });
    const [call] = engines.flatMap(({ chats }) => chats);
    expect(call!.path).toBe('/v1/chat/completions');
    expect(call!.headers.get('authorization')).toBe(`Bearer ${KEY}`);
    const { messages: _, ...body } = call!.body;
    const salted = surface.knows.includes('cache_salt');
    expect(body).toMatchObject({ model: 'scout', max_tokens: 50, seed: 1 });
    if (salted) expect(body.cache_salt).toMatch(/^[\w-]{43}$/);
    else expect(body).not.toHaveProperty('cache_salt');
    expect(body).not.toHaveProperty('session_id');
  });
});

describe.each([
  ['vllm.md', VLLM, { kvUse: 0.525, all: 14 }],
  ['vllm.md', OLD_VLLM, { kvUse: 0.31, all: 4 }],
  ['sglang.md', SGLANG, { kvUse: 0.71, all: 15 }],
] as const)('%s, two replicas', (recipe, surface, load) => {
  test('a chat stays with one of them, what it says of its load is read, and cached tokens come through', async () => {
    const { ask: send, engines } = await run(recipe, surface);
    const messages: object[] = [system];
    let state: EngineState | undefined;
    for (let turn = 0; turn < 40 && state === undefined; turn++) {
      messages.push({ role: 'user', content: `Question ${turn}?` });
      const { record } = await send(ask('', { messages }));
      messages.push({ role: 'assistant', content: 'Good day' });
      const known = Object.values(record!.route!.engines!);
      expect(known).toHaveLength(2);
      if (turn > 0 && surface.reportsCache) expect(record!.usage.cachedTokens).toBeGreaterThan(300);
      state = known.find(({ kvUse }) => kvUse !== undefined);
    }
    // One of ours was under way when the page was read: it is in its figures, and over by now.
    expect([load.all - 1, load.all]).toContain(state!.running + state!.waiting);
    expect(state!.kvUse).toBe(load.kvUse);
    expect(engines.map(({ chats }) => chats.length).filter((count) => count > 0)).toHaveLength(1);
    for (const { asked } of engines) expect(asked.get('/metrics')).toBeGreaterThanOrEqual(1);
  });

  test('one that fails is passed over, and the other one has the next turns', async () => {
    const { ask: send, engines } = await run(recipe, surface);
    await send(ask('First?'));
    const first = engines.find(({ chats }) => chats.length === 1)!;
    const other = engines.find((engine) => engine !== first)!;
    first.status = 503;
    for (let turn = 0; turn < 3; turn++) expect((await send(ask(`Next ${turn}?`))).status).toBe(200);
    expect(other.chats).toHaveLength(3);
    // After two failures it is in an outage and no longer asked.
    expect(first.chats.length).toBeLessThanOrEqual(3);
  });

  test('two accounts would be kept apart: the salt is one of the account, and no caller can choose it', async () => {
    const { ask: send, engines } = await run(recipe, surface);
    for (const salt of [undefined, undefined, 'mine'])
      await send(ask('Good day?', { ...(salt && { cache_salt: salt }) }));
    const salts = engines.flatMap(({ chats }) => chats).map(({ body }) => body.cache_salt);
    expect(new Set(salts).size).toBe(2);
    expect(salts).not.toContain('mine');
  });
});

test('vllm.md: a session reaches vLLM as a key that says nothing of it', async () => {
  const { ask: send, engines } = await run('vllm.md', VLLM);
  for (const session of ['mine', 'mine', 'other']) await send(ask('Good day?', { session_id: session }));
  const keys = engines.flatMap(({ chats }) => chats).map(({ headers }) => headers.get('x-session-id'));
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
});

test('README.md: engines that are only listed by address are told apart by what they answer, and treated the same', async () => {
  const open = { ...VLLM, needsKey: /(?!)/ };
  const engines = [openEngine(open, 'scout', KEY), openEngine(open, 'scout', KEY)];
  const running = await openRecipe('', {});
  opened.push(...engines, running);
  await running.find(engines.map(({ origin }) => origin));
  let known: readonly EngineState[] = [];
  for (let turn = 0; turn < 40 && !known.some(({ kvUse }) => kvUse !== undefined); turn++) {
    const { record } = await running.ask(ask('Good day?'));
    expect(record!.modelId).toBe('meta-llama/llama-4-scout');
    known = Object.values(record!.route!.engines!);
  }
  expect(known).toHaveLength(2);
  expect(engines.map(({ chats }) => chats.length).filter((count) => count > 0)).toHaveLength(1);
  const [call] = engines.flatMap(({ chats }) => chats);
  expect(call!.body.cache_salt).toMatch(/^[\w-]{43}$/);
});

describe('llama-cpp.md', () => {
  test('one engine alone is not asked for its load: there is nothing to choose', async () => {
    const { ask: send, engines } = await run('llama-cpp.md', LLAMA_SERVER);
    const { record } = await send(ask('Good day?'));
    expect(record!.route).not.toHaveProperty('engines');
    expect([...engines[0]!.asked.keys()]).toEqual(['/v1/chat/completions']);
  });

  test('no caller picks another one’s slot', async () => {
    const { ask: send, engines } = await run('llama-cpp.md', LLAMA_SERVER);
    expect((await send(ask('Good day?', { id_slot: 1 }))).status).toBe(200);
    expect(engines[0]!.chats[0]!.body).not.toHaveProperty('id_slot');
  });

  test('two of them: both pages are read with the key, and a full one is passed over', async () => {
    const toml = recipeToml('llama-cpp.md');
    const [a, b] = [openEngine(LLAMA_SERVER, 'scout', KEY), openEngine({ ...LLAMA_SERVER, pages: {} }, 'scout', KEY)];
    opened.push(a, b);
    const at = (origin: string, id: string) =>
      toml.replace('http://10.0.0.31:8080', origin).replace('"llama-rpc"', `"${id}"`);
    const running = await openRecipe(at(a.origin, 'llama-a') + at(b.origin, 'llama-b'), KEYS);
    opened.push(running);
    let engines: Readonly<Record<string, { waiting: number; parallel: number }>> = {};
    for (let turn = 0; turn < 40 && !Object.values(engines).some(({ waiting }) => waiting > 0); turn++)
      engines = (await running.ask(ask(`Question ${turn}?`))).record!.route!.engines!;
    const full = engines['meta-llama/llama-4-scout|llama-a/int4']!;
    expect(full.parallel).toBe(2);
    expect([2, 3]).toContain(full.waiting);
    const before = a.chats.length;
    for (let turn = 0; turn < 5; turn++) await running.ask(ask(`After ${turn}?`));
    expect(a.chats.length).toBe(before);
  });
});

describe('llm-d.md', () => {
  test('the front is one endpoint: one path, its session header, the salt, and no look behind it', async () => {
    const { ask: send, engines } = await run('llm-d.md', FRONT);
    const { status, record } = await send(ask('Good day?', { session_id: 'mine' }));
    expect(status).toBe(200);
    expect(record!.route!.steps).toHaveLength(1);
    expect(record!.route!.steps[0]!.reason).toBe('costs nothing');
    const [front] = engines;
    expect([...front!.asked.keys()]).toEqual(['/default/scout/v1/chat/completions']);
    expect(front!.chats[0]!.headers.get('x-session-id')).toMatch(/^[\w-]{43}$/);
    expect(front!.chats[0]!.body.cache_salt).toMatch(/^[\w-]{43}$/);
  });

  test('without a ready pod, or from a full picker, the caller hears that it may come back', async () => {
    const { ask: send, engines } = await run('llm-d.md', FRONT);
    engines[0]!.status = 503;
    expect((await send(ask('Good day?'))).status).toBe(503);
    engines[0]!.status = 429;
    expect((await send(ask('Good day?'))).status).toBe(429);
  });
});
