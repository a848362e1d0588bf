/**
 * What `npm run clients` runs: the official SDKs, each in a process of its own, against the real Trunkline, with only the
 * base URL and the key changed. Installs the SDKs beside this file first; `npm test` does not depend on it.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBun } from '../../bin/trunkline.mjs';
import { CASES } from './cases.mjs';
import { startProvider } from './provider.mjs';
import { RED_SQUARE } from './report.mjs';
import { layResults } from './table.mjs';
import { startTrunkline } from './trunkline.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const PYPI_PACKAGE = 'openai==3.54.0';
const INSTALL_MS_MAX = 120_000;
const SUITE_MS_MAX = 90_000;
const LAW_MS_MAX = 300_000;
/** What the SDKs from npm ask for today. An older Node hands them to the Bun that Trunkline brings along. */
const NODE_MAJOR_MIN = 22;

async function main() {
  const startedAt = performance.now();
  const temporary = mkdtempSync(join(tmpdir(), 'trunkline-sdks-'));
  const [npmProblem, python] = await Promise.all([installNpm(), installPython(temporary)]);
  const provider = await startProvider();
  let trunkline;
  try {
    trunkline = await startTrunkline(provider.origin);
    const { baseUrl, key, managementKey, poorKey, readyMs, keysMs } = trunkline;
    print(
      `Trunkline at ${baseUrl}: ready after ${Math.round(readyMs)} ms, new keys known after ${Math.round(keysMs)} ms.\n`,
    );
    const setting = { baseUrl, key, managementKey, poorKey, providerOrigin: provider.origin, redSquare: RED_SQUARE };
    const suites = await Promise.all([
      ...['openai', 'openrouter', 'ai', 'genai', 'anthropic'].map((name) => runNpmSuite(name, setting, npmProblem)),
      runSuite('openai (PyPI)', python.command, [join(folder, 'openai_suite.py')], setting, python.problem),
    ]);
    const errors = trunkline.errors();
    print(`Everything took ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    print(`\n${layResults(suites, errors, process.stdout.isTTY === true && process.env.NO_COLOR === undefined)}`);
    const hasFailed = suites.some(({ results }) => [...results.values()].some(({ result }) => result === 'fail'));
    const law =
      npmProblem === undefined ? await checkLaw() : { isKept: true, words: `The law was not checked: ${npmProblem}` };
    print(`\n${law.words}`);
    process.exitCode = hasFailed || errors.length > 0 || !law.isKept ? 1 : 0;
  } finally {
    await trunkline?.stop();
    provider.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The streaming law of `npm run law`: it needs our decoders, and so Bun. */
async function checkLaw() {
  const done = await runTool(findBun(), [join(folder, 'law.mjs')], LAW_MS_MAX);
  return { isKept: done.code === 0, words: done.output.trim() };
}

/** Resolves with the reason why the SDKs cannot be had, if any. A run without them is not a failure of ours. */
async function installNpm() {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'node_modules', '.package-lock.json');
  if (existsSync(stamp) && isInstalled(JSON.parse(lock), JSON.parse(readFileSync(stamp, 'utf8')))) return undefined;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = await runTool('npm', ['ci', '--prefix', folder, ...options], INSTALL_MS_MAX);
  return done.code === 0 ? undefined : `npm ci failed: ${firstLine(done.output)}`;
}

/** npm keeps what it installed in a lock file of the same form. */
function isInstalled(lock, installed) {
  return Object.entries(lock.packages).every(
    ([path, { version }]) => path === '' || installed.packages[path]?.version === version,
  );
}

/** A virtual environment that is gone after the run. */
async function installPython(temporary) {
  const python = await findPython();
  if (python === undefined) return { problem: 'no python3 on this machine' };
  const home = join(temporary, 'venv');
  const made = await runTool(python, ['-m', 'venv', home], INSTALL_MS_MAX);
  if (made.code !== 0) return { problem: `python3 makes no virtual environment: ${lastLine(made.output)}` };
  const command = join(home, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const options = ['-q', '--disable-pip-version-check', '--retries', '1', '--only-binary', ':all:'];
  const done = await runTool(command, ['-m', 'pip', 'install', ...options, PYPI_PACKAGE], INSTALL_MS_MAX);
  return done.code === 0 ? { command } : { problem: `pip cannot install ${PYPI_PACKAGE}: ${lastLine(done.output)}` };
}

async function findPython() {
  for (const name of ['python3', 'python']) {
    const { code } = await runTool(name, ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 9))'], 20_000);
    if (code === 0) return name;
  }
  return undefined;
}

const PACKAGES = {
  openai: 'openai',
  openrouter: '@openrouter/sdk',
  ai: '@openrouter/ai-sdk-provider',
  genai: '@google/genai',
  anthropic: '@anthropic-ai/sdk',
};

async function runNpmSuite(name, setting, problem) {
  const packageName = PACKAGES[name];
  const isOldNode = Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN;
  const command = isOldNode ? findBun() : process.execPath;
  const title = `${packageName}${packageName === 'openai' ? ' (npm)' : ''}`;
  const suite = await runSuite(title, command, [join(folder, `${name}.suite.mjs`)], setting, problem);
  if (problem === undefined)
    print(`${title} ${versionOf(packageName)}, in ${isOldNode ? 'Bun' : `Node ${process.versions.node}`}`);
  return suite;
}

function versionOf(packageName) {
  return JSON.parse(readFileSync(join(folder, 'node_modules', packageName, 'package.json'), 'utf8')).version;
}

/** Runs one suite; a case that it never reports has failed. */
async function runSuite(title, command, args, setting, problem) {
  const results = new Map();
  const names = Object.keys(CASES);
  if (problem !== undefined) {
    for (const name of names) results.set(name, { result: 'skip', detail: problem });
    return { title, results };
  }
  const env = {
    ...process.env,
    TRUNKLINE_CLIENTS: JSON.stringify(setting),
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
  const { code, output } = await runTool(command, args, SUITE_MS_MAX, env);
  const reported = new Map(output.split('\n').flatMap(readReport));
  const silence = `not reported; the suite ended with code ${code}: ${lastLine(output)}`;
  for (const name of names) results.set(name, reported.get(name) ?? { result: 'fail', detail: silence });
  return { title, results };
}

function readReport(line) {
  if (!line.startsWith('{"name"')) return [];
  const { name, ...rest } = JSON.parse(line);
  return [[name, rest]];
}

function runTool(command, args, limitMs, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}

/** npm names the cause first and its log file last. */
function firstLine(output) {
  return output.trim().split('\n')[0].slice(0, 300);
}

function lastLine(output) {
  return output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

await main();
