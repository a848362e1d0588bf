#!/usr/bin/env node
/** Starts Trunkline: finds the Bun that npm installed, sets what must be set before Bun starts, and stands in for it. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** npm may skip install scripts; Bun's own command is then a placeholder of a few hundred bytes. */
const PLACEHOLDER_BYTES_MAX = 1_000_000;

/** Path of a working Bun below `from`: the platform's package, or where Bun's install script moved it. */
export function findBun(from = root, platform = currentPlatform()) {
  const require = createRequire(pathToFileURL(join(from, 'package.json')));
  const candidates = [
    ...bunPackages(platform).map((name) => inPackage(require, name, 'bin', executable(platform))),
    inPackage(require, 'bun', 'bin', 'bun.exe'),
    join(from, 'node_modules', '.bin', executable(platform)),
  ];
  return candidates.find((path) => path !== undefined && isProgram(path));
}

/** Names of Bun's platform packages, best first. Only those of the right C library run at all. */
export function bunPackages({ os, arch, isMusl }) {
  const system = os === 'win32' ? 'windows' : os === 'android' ? 'linux' : os;
  const name = `@oven/bun-${system}-${arch === 'arm64' ? 'aarch64' : arch}`;
  if (os === 'android') return [`${name}-android`];
  const full = isMusl ? `${name}-musl` : name;
  return arch === 'x64' ? [full, `${full}-baseline`] : [full];
}

function currentPlatform() {
  return { os: process.platform, arch: process.arch, isMusl: process.platform === 'linux' && runsOnMusl() };
}

/** The loader that Node itself asks for stands in the first bytes of its file; a report of Node's takes 100 times longer. */
function runsOnMusl() {
  const head = Buffer.alloc(4096);
  try {
    const file = openSync(process.execPath, 'r');
    readSync(file, head, 0, head.length, 0);
    closeSync(file);
  } catch {
    return false;
  }
  return head.includes('/ld-musl-');
}

function executable({ os }) {
  return os === 'win32' ? 'bun.exe' : 'bun';
}

function inPackage(require, name, ...path) {
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), ...path);
  } catch {
    return undefined;
  }
}

function isProgram(path) {
  try {
    return statSync(path).size > PLACEHOLDER_BYTES_MAX;
  } catch {
    return false;
  }
}

/** What the child sees. Bun reads the first one only at its start; the second lets it stop when the launcher is killed. */
export function childEnvironment(environment, launcherPid) {
  return { BUN_CONFIG_MAX_HTTP_REQUESTS: '65000', ...environment, TRUNKLINE_LAUNCHER_PID: String(launcherPid) };
}

function launch() {
  const bun = process.versions.bun ? process.execPath : findBun();
  if (!bun) {
    process.stderr.write(
      `trunkline: Bun is not installed for ${process.platform} ${process.arch}.\n` +
        'Run `npm ci` again without `--omit=optional`: Bun comes as an optional package of this platform.\n',
    );
    process.exit(1);
  }
  const child = spawn(bun, [join(root, 'src', 'main.ts'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: childEnvironment(process.env, process.pid),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well: forwarding it would look like a second, impatient one.
      if (signal !== 'SIGINT' || !isatty(0)) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`trunkline: ${bun} does not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === 'SIGILL')
      process.stderr.write('trunkline: this processor lacks instructions that Bun needs (AVX2).\n');
    process.exit(code ?? 128 + constants.signals[signal]);
  });
}

if (isStartedAs(process.argv[1])) launch();

/** npm and npx start this file by a link to it. */
function isStartedAs(path) {
  try {
    return path !== undefined && realpathSync(path) === realpathSync(fileURLToPath(import.meta.url));
  } catch {
    return false;
  }
}
