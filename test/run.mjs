/**
 * What `npm test` runs: the checks, then every test, then one line that counts them. Plain Node, since Bun is one of the
 * things it looks for. `npm test -- src/cli` runs only the tests below that path.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, findBun } from '../bin/trunkline.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What tests of storage (a real PostgreSQL) and of pages (a browser) need on Debian and its kin. */
const DEBIAN_PACKAGES = ['postgresql', 'chromium'];

/** Beside those below `test`. */
const FOLDERS = ['src', 'engine', 'web'];

/** Its tests take as long as all others together: they have a process of their own, and the whole time that a suite may take. */
const BROWSER_FOLDER = 'test/browser';

/** A loaded machine with two cores is slower than Bun's five seconds allow for. */
const TEST_MS_MAX = 60_000;

/** More than chance breaks: then something is wrong. */
const FILES_AGAIN_MAX = 4;

/** A hanging suite must still end in a count. */
const SUITE_MS_MAX = 25 * 60_000;

async function main(paths) {
  installDebianPackages();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  await run(findBun(), [join(root, 'bin', 'build-web.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const checks = await Promise.all([
    check('biome check', ['@biomejs/biome/package.json', 'bin/biome'], ['check', '--error-on-warnings', '.']),
    check('tsc', ['typescript/package.json', 'bin/tsc'], ['--noEmit']),
  ]);
  for (const isGood of checks) counts[isGood ? 'passed' : 'failed']++;
  for (const group of paths.length > 0 ? [paths] : allTests()) {
    const tests = await runTwice(group);
    for (const name of Object.keys(counts)) counts[name] += tests[name];
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

/** Quiet, and never a reason to fail: tests that miss a package say so themselves. */
function installDebianPackages() {
  if (process.getuid?.() !== 0 || !isThere('apt-get') || !isThere('dpkg-query')) return;
  const missing = DEBIAN_PACKAGES.filter((name) => {
    const state = spawnSync('dpkg-query', ['-s', name], { encoding: 'utf8' });
    return !state.stdout.includes('Status: install ok installed');
  });
  if (missing.length === 0) return;
  process.stdout.write(`Installing what tests need: ${missing.join(', ')}\n`);
  if (!apt('install', ...missing) && !(apt('update') && apt('install', ...missing)))
    process.stdout.write('They could not be installed; tests that need them will skip or fail.\n');
}

function apt(...command) {
  const quiet = ['-y', '-qq', '--no-install-recommends', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=20'];
  const done = spawnSync('apt-get', [...quiet, ...command], {
    stdio: 'ignore',
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return done.status === 0;
}

function isThere(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** Runs a tool that is written for Node; prints what it says only when it finds something. */
async function check(name, [manifest, program], args) {
  const path = join(createRequire(import.meta.url).resolve(manifest), '..', program);
  const { code, output } = await run(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  process.stdout.write(code === 0 ? `${name}: clean\n` : `${output}\n${name}: failed\n`);
  return code === 0;
}

/** Two groups, one after the other: at the same time they would take the time from each other that some tests bound. */
function allTests() {
  const rooms = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts') || !name.includes('.'));
  const others = rooms.map((name) => `test/${name}`).filter((path) => path !== BROWSER_FOLDER);
  return [[...FOLDERS, ...others], [BROWSER_FOLDER]];
}

/**
 * Files of which a test failed run once more, alone: on a machine that does much else a browser or a process is late now and
 * then. The first error stays in the output, and what was good only the second time is named.
 */
async function runTwice(paths) {
  const { failedFiles, ...counts } = await runTests(paths);
  if (failedFiles.length === 0 || failedFiles.length > FILES_AGAIN_MAX) return counts;
  process.stdout.write(`Once more, alone: ${failedFiles.join(', ')}\n`);
  const again = await runTests(failedFiles);
  const mended = counts.failed - again.failed;
  if (mended > 0) process.stdout.write(`Good only the second time: ${mended} of ${counts.failed} failures\n`);
  return { ...counts, passed: counts.passed + mended, failed: again.failed };
}

async function runTests(paths) {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-tests-'));
  const report = join(folder, 'junit.xml');
  const options = [`--timeout=${TEST_MS_MAX}`, '--only-failures', '--reporter=junit', `--reporter-outfile=${report}`];
  const { code } = await run(
    findBun(),
    ['test', ...options, ...paths.map((path) => `./${path}`.replace('././', './'))],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: childEnvironment(process.env, process.pid),
      timeout: SUITE_MS_MAX,
    },
  );
  const junit = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const counts = { ...countTests(junit), failedFiles: filesWithFailures(junit) };
  rmSync(folder, { recursive: true, force: true });
  const problem =
    counts.passed + counts.failed === 0
      ? 'no test ran'
      : code !== 0 && counts.failed === 0
        ? `bun test ended with ${code}, though no test failed: a file did not load, or the process died`
        : undefined;
  if (!problem) return counts;
  process.stdout.write(`${problem}\n`);
  // Nothing is run again: it would be no second try of the same.
  return { ...counts, failed: counts.failed + 1, failedFiles: [] };
}

function filesWithFailures(junit) {
  const failures = junit.matchAll(/<testcase\b[^>]*\bfile="([^"]*)"[^>]*>\s*<(?:failure|error)\b/g);
  return [...new Set([...failures].map(([, file]) => file))];
}

/** The totals stand in the attributes of the first element. */
function countTests(junit) {
  const totals = /<testsuites\b([^>]*)>/.exec(junit)?.[1] ?? '';
  const total = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)?.[1] ?? 0);
  const failed = total('failures') + total('errors');
  const skipped = total('skipped');
  return { passed: total('tests') - failed - skipped, failed, skipped };
}

/** Resolves with the exit code (a signal counts as 1) and, for pipes, all output. */
function run(program, args, options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, ...options });
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    child.stderr?.on('data', (text) => {
      output += text;
    });
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

await main(process.argv.slice(2));
