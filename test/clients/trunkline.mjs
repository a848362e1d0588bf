/** The real process, in a home of its own, with the scripted provider as its only one. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const LAUNCHER = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url));
const READY_MS_MAX = 20_000;
const LOOK_MS = 25;

/** What each scripted model costs in dollars per million tokens: in, out, and read from the provider's cache. */
const PRICE = { input: '1', output: '4', cacheRead: '0.25' };
const PARAMETERS = ['tools', 'tool_choice', 'parallel_tool_calls', 'response_format', 'structured_outputs'];
const MODELS = ['talker', 'thinker', 'nulls', 'limited', 'broken', 'cut', 'slow'];
/** One for each suite: a 429 keeps everyone else away from its endpoint as well. */
const OWN_MODELS = ['moody-npm', 'moody-sdk', 'moody-ai', 'moody-genai', 'moody-pypi', 'moody-anthropic'];
/** Both providers offer this one, the second one dearer. */
const SHARED_MODEL = 'shared';

/** Starts Trunkline and waits until it answers and knows the keys that its own command line made. */
export async function startTrunkline(providerOrigin) {
  const home = mkdtempSync(join(tmpdir(), 'trunkline-clients-'));
  const port = await findFreePort();
  const config = join(home, 'trunkline.toml');
  writeFileSync(config, configFor(`${providerOrigin}/v1`));
  // Nothing of the caller's environment: a provider key there would turn the case "no endpoint" around.
  const environment = {
    PATH: process.env.PATH,
    HOME: home,
    TRUNKLINE_HOME: home,
    TRUNKLINE_PORT: String(port),
    TRUNKLINE_DISCOVER: 'off',
    ACME_KEY: 'acme-secret',
    NO_COLOR: '1',
  };
  const child = spawn(process.execPath, [LAUNCHER, 'serve'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  // Read so that it never blocks; kept nowhere, since the first key is in it.
  child.stdout.resume();
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      // A second one means: do not wait for streams.
      const impatient = setTimeout(() => child.kill('SIGTERM'), 2_000);
      await gone;
      clearTimeout(impatient);
    }
    rmSync(home, { recursive: true, force: true });
  };
  const baseUrl = `http://127.0.0.1:${port}/api/v1`;
  try {
    const startedAt = performance.now();
    await until('the process to be ready', child, () => isOk(`http://127.0.0.1:${port}/health/ready`));
    const readyMs = performance.now() - startedAt;
    const create = (...options) => createKey(environment, options);
    const key = await create('--name', 'clients');
    const managementKey = await create('--name', 'admin', '--management');
    const poorKey = await create('--name', 'poor', '--limit', '0.000001');
    const madeAt = performance.now();
    for (const text of [key, managementKey, poorKey])
      await until('the keys to be known', child, () => isOk(`${baseUrl}/key`, { authorization: `Bearer ${text}` }));
    const keysMs = performance.now() - madeAt;
    return { baseUrl, key, managementKey, poorKey, readyMs, keysMs, errors: () => errorLines(log), stop };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${log.slice(-4000)}`);
  }
}

/** Lines of its log that tell of a bug, one for each message. */
function errorLines(log) {
  const errors = log.split('\n').filter((line) => line.includes('"level":"error"') || line.startsWith('error: '));
  return [...new Map(errors.map((line) => [line.replace(/"time":"[^"]*"/, ''), line])).values()];
}

function configFor(baseUrl) {
  const provider = (id, name, models, format = 'openai-chat') =>
    [
      '[[providers]]',
      `id = "${id}"`,
      `name = "${name}"`,
      `format = "${format}"`,
      `base_url = "${baseUrl}"`,
      'api_key = "env:ACME_KEY"',
      'allow_private_network = true',
      ...models,
      '',
    ].join('\n');
  const acme = [...MODELS, ...OWN_MODELS, SHARED_MODEL].map((name) => modelFor(name, PRICE.input));
  const claude = provider('claude', 'Claude', [modelFor('native', PRICE.input, 'claude')], 'anthropic-messages');
  return [provider('acme', 'Acme', acme), provider('bravo', 'Bravo', [modelFor(SHARED_MODEL, '9')]), claude].join('\n');
}

function modelFor(name, inputPerMillion, author = 'acme') {
  return [
    '[[providers.models]]',
    `model = "${author}/${name}"`,
    `upstream_model = "${name.split('-')[0]}"`,
    `input_per_million = "${inputPerMillion}"`,
    `output_per_million = "${PRICE.output}"`,
    `cache_read_per_million = "${PRICE.cacheRead}"`,
    'context = 100000',
    'max_output = 4096',
    `supported_parameters = ${JSON.stringify([...PARAMETERS, 'temperature', 'max_tokens', 'reasoning', 'stop'])}`,
    'input_modalities = ["text", "image"]',
  ].join('\n');
}

async function createKey(environment, options) {
  const { stdout } = await promisify(execFile)(process.execPath, [LAUNCHER, 'keys', 'create', ...options], {
    env: environment,
  });
  return stdout.trim();
}

async function until(what, child, isSo) {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (child.exitCode !== null) throw new Error(`Trunkline ended with code ${child.exitCode}`);
    if (performance.now() - startedAt > READY_MS_MAX) throw new Error(`Waited ${READY_MS_MAX} ms for ${what}`);
    await pause(LOOK_MS);
  }
}

async function isOk(url, headers) {
  try {
    const response = await fetch(url, { headers });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
