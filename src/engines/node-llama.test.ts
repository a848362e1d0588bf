import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { makeFakeNodeLlama } from './fake-node-llama.test-data.ts';
import { inspectWeights } from './inspect-weights.ts';
import type { LocalModelEntry } from './local-model.ts';
import { LocalModelHost } from './local-model-host.ts';
import { makeGguf } from './make-gguf.test-data.ts';
import { findNodeLlama, NODE_LLAMA } from './node-llama.ts';

const signal = new AbortController().signal;
let folder: string;
let host: LocalModelHost;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-node-llama-'));
  host = new LocalModelHost({
    ...{ clock: systemClock, log: silentLog, environment: {}, idleMinutes: 0, waitMaxMs: 60_000 },
    fetch: (url, init) => fetch(url, init),
    tied: [process.execPath, join(import.meta.dir, 'run-tied.ts')],
    nodeLlama: { door: [process.execPath, join(import.meta.dir, 'node-llama-door.ts')], folders: [folder] },
    readers: {
      ...{ platform: 'linux', totalBytes: 64e9, freeBytes: 64e9, readText: () => undefined },
      run: async () => undefined,
    },
    onChange: () => undefined,
  });
});
afterEach(async () => {
  await host.stop();
  rmSync(folder, { recursive: true });
});

async function entryOf(change: Partial<LocalModelEntry> = {}, name = 'poet.gguf'): Promise<LocalModelEntry> {
  const file = join(folder, name);
  writeFileSync(file, makeGguf({ 'general.architecture': 'llama', 'llama.block_count': 2 }));
  const { bytes, shape } = await inspectWeights(file);
  return {
    ...{ id: 'local/poet', name: 'Poet', parts: [file], bytes, projectorBytes: 0, architecture: 'llama', shape },
    ...{ quantization: 'int4', tools: false, contextTokens: 512, slots: 2, engine: NODE_LLAMA },
    ...{ autoload: false, force: false, addedAt: '2026-11-26T00:00:00Z' },
    ...change,
  };
}

async function wake() {
  const awake = await host.offers()[0]!.wake(signal);
  const ask = async (content: unknown, more: object = {}, init: RequestInit = {}) => {
    const body = JSON.stringify({ messages: [{ role: 'user', content }], ...more });
    const headers = { authorization: `Bearer ${awake.secret.reveal()}` };
    const answer = await fetch(`${awake.baseUrl}/chat/completions`, { method: 'POST', headers, body, ...init });
    return { status: answer.status, text: await answer.text() };
  };
  const say = async (content: unknown, more: object = {}) => JSON.parse((await ask(content, more)).text);
  return { awake, ask, say };
}

test('it answers with its counts, and is offered for what it can do', async () => {
  makeFakeNodeLlama(folder);
  host.follow([await entryOf()]);
  const { ask, say } = await wake();
  expect(await say('hello there')).toMatchObject({
    model: 'local/poet',
    choices: [{ message: { role: 'assistant', content: 'echo: hello there' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5, prompt_tokens_details: { cached_tokens: 0 } },
  });
  expect((await say('hello there')).usage.prompt_tokens_details.cached_tokens).toBe(2);
  const streamed = await ask('hello there', { stream: true });
  const pieces = [...streamed.text.matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]);
  expect(pieces).toEqual(['', 'echo: ', 'hello ', 'there']);
  expect(streamed.text).toContain('"finish_reason":"stop"');
  expect(streamed.text).toContain('"total_tokens":5');
  expect(streamed.text).toEndWith('data: [DONE]\n\n');
  const { engine } = host.offers()[0]!;
  expect(engine).toMatchObject({
    ...{ tag: 'node-llama-cpp/poet', name: 'node-llama-cpp (Poet)', parallel: 2, continuesNothing: true },
    lacks: ['logit_bias', 'logprobs', 'top_logprobs'],
    models: [{ contextTokens: 512, vision: false, tools: false }],
  });
});

test('what the caller sets reaches it', async () => {
  makeFakeNodeLlama(folder);
  host.follow([await entryOf()]);
  const { say } = await wake();
  const more = {
    temperature: 0,
    top_k: 3,
    top_p: 0.5,
    min_p: 0.1,
    seed: 7,
    max_tokens: 99,
    stop: 'x',
    repeat_penalty: 1.1,
  };
  expect(JSON.parse((await say('options', more)).choices[0].message.content)).toEqual({
    ...{ temperature: 0, topK: 3, topP: 0.5, minP: 0.1, seed: 7, maxTokens: 99, customStopTriggers: ['x'] },
    repeatPenalty: { penalty: 1.1 },
  });
  expect(JSON.parse((await say('options')).choices[0].message.content)).toEqual({
    ...{ temperature: 1, maxTokens: 511, repeatPenalty: false },
  });
  const cut = await say('one two three', { max_tokens: 2 });
  expect(cut.choices[0]).toMatchObject({ message: { content: 'echo: one ' }, finish_reason: 'length' });
  const format = { type: 'json_schema', json_schema: { name: 'a', schema: { type: 'object' } } };
  expect((await say('x', { response_format: format })).choices[0].message.content).toBe('{"type":"object"}');
  for (const format of [{ type: 'json_object' }, { type: 'json_schema', json_schema: { name: 'any' } }]) {
    expect((await say('x', { response_format: format })).choices[0].message.content).toBe('json');
  }
});

test('what it cannot do is refused, and the next answer is well', async () => {
  makeFakeNodeLlama(folder);
  host.follow([await entryOf({ slots: 1 })]);
  const { awake, ask, say } = await wake();
  const long = await ask('word '.repeat(600));
  expect([long.status, JSON.parse(long.text).error.type]).toEqual([400, 'exceed_context_size_error']);
  expect((await ask([{ type: 'image_url', image_url: { url: 'data:,' } }])).status).toBe(400);
  expect(await ask('fail')).toEqual({ status: 500, text: expect.stringContaining('could not be computed') });
  expect((await ask('fail', { stream: true })).text).toContain('could not be computed');
  expect((await fetch(`${awake.baseUrl}/chat/completions`, { method: 'POST', body: '{}' })).status).toBe(401);
  // One slot: the second waits for the first, and a caller who leaves frees it.
  const gate = join(folder, 'gate');
  const leaving = new AbortController();
  const left = ask(`wait for ${gate}`, {}, { signal: leaving.signal }).catch(() => 'left');
  const next = say('next');
  leaving.abort();
  expect(await left).toBe('left');
  expect((await next).choices[0].message.content).toBe('echo: next');
});

test('without the package, or with weights that it does not know, one sentence says so', async () => {
  host.follow([await entryOf()]);
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow(`node-llama-cpp is not installed in ${folder}`);
  makeFakeNodeLlama(folder);
  host.follow([await entryOf({}, 'broken.gguf')]);
  await expect(host.offers()[0]!.wake(signal)).rejects.toThrow('this engine is too old for the model');
});

test('the first folder that has the package counts, and half of one is none', () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  mkdirSync(join(a, 'node_modules', 'node-llama-cpp'), { recursive: true });
  writeFileSync(join(a, 'node_modules', 'node-llama-cpp', 'package.json'), '{');
  expect(findNodeLlama([a, b])).toBeUndefined();
  makeFakeNodeLlama(b);
  expect(findNodeLlama([a, b])).toEqual({ folder: join(b, 'node_modules', 'node-llama-cpp'), version: '3.22.1' });
});
