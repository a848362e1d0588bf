import { afterEach, expect, test } from 'bun:test';
import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, WoundClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { type BundledEngine, type BundledEngineOptions, bundledWeights, startBundledEngine } from './bundled.ts';
import { bundledEndpoint, bundledModel } from './bundled-model.ts';

const installation = join(import.meta.dir, '..', '..');
const weights = bundledWeights(installation);
const command = [process.execPath, join(installation, 'engine', 'serve.ts')] as const;
const opened: BundledEngine[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.stop()));
});

function start(changes: Partial<BundledEngineOptions> = {}): BundledEngine {
  const engine = startBundledEngine({
    clock: systemClock,
    log: silentLog,
    command,
    environment: {},
    weights,
    ...changes,
  });
  opened.push(engine);
  return engine;
}

/** Resolves on the first change to the state; the test's own limit ends a wait that is in vain. */
function reach(engine: BundledEngine, type: string): Promise<void> {
  return new Promise((resolve) => {
    if (engine.state().type === type) return resolve();
    const stop = engine.onChange(() => {
      if (engine.state().type !== type) return;
      stop();
      resolve();
    });
  });
}

async function ask(engine: BundledEngine, question: string): Promise<unknown> {
  const info = engine.endpointInfo();
  const response = await fetch(`${info?.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${info?.secret.reveal()}` },
    body: JSON.stringify({
      model: bundledEndpoint.upstreamModel,
      messages: [{ role: 'user', content: question }],
      temperature: 0,
    }),
  });
  const body = (await response.json()) as { choices: [{ message: { content: string } }] };
  return body.choices[0].message.content;
}

test('the bundled engine is ready in under two seconds and answers', async () => {
  const startMs = systemClock.monotonicMs();
  const engine = start();
  expect(engine.state()).toEqual({ type: 'starting' });
  expect(engine.endpointInfo()).toBeUndefined();
  await reach(engine, 'ready');
  expect(await ask(engine, 'What is the base URL?')).toBe(
    'The base URL for clients is http://127.0.0.1:7117/api/v1. Every path also answers below /v1.',
  );
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(2000);
});

test('a killed engine is gone from the list at once and back soon, with another key', async () => {
  let pid = 0;
  const log = {
    write: (_level: string, _message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (typeof fields.pid === 'number') pid = fields.pid;
    },
  };
  const engine = start({ log });
  await reach(engine, 'ready');
  const before = engine.endpointInfo();
  expect(pid).toBeGreaterThan(1);
  process.kill(pid, 'SIGKILL');
  await reach(engine, 'waiting');
  expect(engine.endpointInfo()).toBeUndefined();
  await reach(engine, 'ready');
  expect(await ask(engine, 'Bye')).toBe('Goodbye.');
  expect(engine.endpointInfo()?.secret.reveal()).not.toBe(before?.secret.reveal() ?? '');
});

test('it stops within a second, and what was ready is no longer offered', async () => {
  const engine = start();
  await reach(engine, 'ready');
  const { baseUrl } = engine.endpointInfo() ?? { baseUrl: '' };
  const startMs = systemClock.monotonicMs();
  await engine.stop();
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(1000);
  expect([engine.state(), engine.endpointInfo()]).toEqual([{ type: 'stopped' }, undefined]);
  expect(
    await fetch(baseUrl).then(
      () => 'answers',
      () => 'gone',
    ),
  ).toBe('gone');
});

test('stopping while it starts leaves no process behind', async () => {
  const engine = start();
  await engine.stop();
  expect(engine.state()).toEqual({ type: 'stopped' });
});

test('damaged weights make it unavailable with the reason, and nothing crashes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-weights-'));
  try {
    const model = join(folder, 'mini-q8_0.gguf');
    await copyFile(weights.model, model);
    await truncate(model, 1_000_000);
    expect(await reasonFor({ ...weights, model })).toBe(
      `${model} is truncated: it has 1000000 bytes and should have 4263552`,
    );
    await writeFile(model, 'hello');
    expect(await reasonFor({ ...weights, model })).toBe(`${model} is not a GGUF file`);
    expect(await reasonFor({ ...weights, model: join(folder, 'none') })).toBe(
      `${join(folder, 'none')} cannot be opened (ENOENT)`,
    );
    expect(await reasonFor({ ...weights, model: weights.projector })).toContain('instead of "llama4"');
    const bytes = await readFile(weights.model);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(model, bytes);
    expect(await reasonFor({ ...weights, model })).toBe(`${model} is damaged: its checksum is wrong`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('without the projector it answers in text, and a picture is refused in words', async () => {
  const engine = start({ weights: { ...weights, projector: join(installation, 'no-such-file') } });
  await reach(engine, 'ready');
  expect(await ask(engine, 'Bye')).toBe('Goodbye.');
  const info = engine.endpointInfo();
  const content = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }];
  const response = await fetch(`${info?.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${info?.secret.reveal()}` },
    body: JSON.stringify({ messages: [{ role: 'user', content }] }),
  });
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('its projector is not there'),
  ]);
});

test('a program that cannot be started is tried again, not thrown', async () => {
  const lines: string[] = [];
  const log = { write: (_: string, message: string) => void lines.push(message) };
  const engine = start({ command: [join(installation, 'no-such-program')], log });
  await reach(engine, 'waiting');
  expect(lines).toEqual(['the bundled engine died and is started again']);
});

test('the pauses between starts double up to half a minute', async () => {
  const pauses: unknown[] = [];
  const log = {
    write: (_level: string, _message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      pauses.push(fields.pauseMs);
    },
  };
  const clock = new WoundClock();
  const engine = start({ command: [join(installation, 'no-such-program')], clock, log });
  for (let time = 0; time < 8; time++) {
    await reach(engine, 'waiting');
    await clock.advance(Number(pauses.at(-1)) - 1);
    expect(engine.state()).toEqual({ type: 'waiting' });
    await clock.advance(1);
  }
  await reach(engine, 'waiting');
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('an engine that says it cannot run here is not started again', async () => {
  const program = `process.stdout.write('half a line\\n{"engine":"trunkline","unavailable":"no libgomp"}\\n')`;
  const engine = start({ command: [process.execPath, '-e', program] });
  await reach(engine, 'unavailable');
  expect(engine.state()).toEqual({ type: 'unavailable', reason: 'no libgomp' });
});

test('the gateway’s secrets do not reach the engine', async () => {
  const program = `process.stdout.write('{"engine":"trunkline","unavailable":"' + Object.keys(process.env).join() + '"}\\n')`;
  const environment = { PATH: '/bin', GROQ_API_KEY: 'secret' };
  const engine = start({ command: [process.execPath, '-e', program], environment });
  await reach(engine, 'unavailable');
  const state = engine.state();
  expect(state.type === 'unavailable' && state.reason).not.toContain('GROQ');
});

test('the endpoint belongs to the model, is free and local', () => {
  expect(bundledEndpoint.modelId).toBe(bundledModel.id);
  expect([bundledEndpoint.price.prompt, bundledEndpoint.price.completion]).toEqual([0n, 0n]);
  expect([bundledEndpoint.isLocal, bundledModel.isBundled]).toEqual([true, true]);
  expect(bundledEndpoint.supportedParameters).toEqual(expect.arrayContaining(['seed', 'logprobs', 'logit_bias']));
});

async function reasonFor(broken: BundledEngineOptions['weights']): Promise<string | undefined> {
  const engine = start({ weights: broken });
  await reach(engine, 'unavailable');
  const state = engine.state();
  return state.type === 'unavailable' ? state.reason : undefined;
}
