/** Finds the engines that are installed here beside ours, and runs each one's script in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Measurement } from './measurement.ts';

export interface OtherMeasurement {
  readonly name: string;
  readonly measured: Measurement;
  /** Why nothing was measured. */
  readonly note?: string | undefined;
}

interface Other {
  readonly name: string;
  readonly script: string;
  /** What its script is given: a path. */
  readonly path: string | undefined;
}

const RUN_MS_MAX = 10 * 60_000;
const root = join(import.meta.dir, '..', '..');

export async function measureOthers(): Promise<readonly OtherMeasurement[]> {
  const others: readonly Other[] = [
    {
      name: 'llama.node',
      script: 'measure-llama-node.ts',
      path: findPackage(`@fugood/node-llama-${process.platform}-${process.arch}`),
    },
    { name: 'node-llama-cpp', script: 'measure-node-llama-cpp.ts', path: findPackage('node-llama-cpp') },
    { name: 'llama-server', script: 'measure-llama-server.ts', path: findProgram('llama-server') },
  ];
  const found: OtherMeasurement[] = [];
  for (const other of others) found.push(await measure(other));
  return found;
}

async function measure({ name, script, path }: Other): Promise<OtherMeasurement> {
  if (!path) return { name, measured: {}, note: 'not installed' };
  const child = spawn(process.execPath, [join(import.meta.dir, script), path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ending = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  const last = output.trim().split('\n').at(-1) ?? '';
  // Our own script wrote it.
  if (last.startsWith('{')) return { name, measured: JSON.parse(last) as Measurement };
  console.error(`${name} ended with ${ending}: ${complaint.trim().split('\n').slice(-6).join('\n')}`);
  return { name, measured: {}, note: `failed (${ending})` };
}

/** Installed for the product, for the benchmark that compares engines, or where the command was started. */
function findPackage(name: string): string | undefined {
  for (const place of [root, join(root, 'bench', 'engine'), process.cwd()]) {
    try {
      return createRequire(join(place, 'package.json')).resolve(name);
    } catch {
      // Not there; the next place.
    }
  }
  return undefined;
}

function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(':');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
