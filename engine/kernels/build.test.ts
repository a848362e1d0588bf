import { expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '..', '..');

test('the committed kernels are what their source compiles to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
  try {
    const script: string = require('../../package.json').scripts['build-kernels'];
    const committed = 'engine/kernels/kernels.wasm';
    expect(script).toContain(committed);
    const fresh = join(folder, 'kernels.wasm');
    const [command, ...options] = script.replace(committed, fresh).split(' ');
    const run = Bun.spawnSync([join(root, 'node_modules', '.bin', command!), ...options], { cwd: root });
    expect(run.stderr.toString()).toBe('');
    expect(readFileSync(fresh).equals(readFileSync(join(root, committed)))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
