import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './browser/site.ts';

const main = join(import.meta.dir, '..', 'src', 'main.ts');
const home = mkdtempSync(join(tmpdir(), 'trunkline-output-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs a command whose output is read only after a while. */
function pipeSlowly(command: string, reader: string) {
  return Bun.spawn(
    ['sh', '-c', `{ "$0" "$1" ${command}; echo "code $?" >&2; } | { sleep 1; ${reader}; }`, process.execPath, main],
    {
      env: { PATH: process.env.PATH, TRUNKLINE_HOME: home, TRUNKLINE_LOG: 'error' },
      stdout: 'pipe',
      stderr: 'pipe',
    },
  );
}

test('a slow reader gets all that a command prints', async () => {
  const { stdout, stderr } = pipeSlowly('models --json', 'cat');
  const text = await new Response(stdout).text();
  // More than the 64 KiB of a pipe, or this test shows nothing.
  expect(text.length).toBeGreaterThan(70_000);
  expect(JSON.parse(text)).toBeArray();
  expect(await new Response(stderr).text()).toBe('code 0\n');
});

test('a reader that has seen enough ends the command', async () => {
  const { stdout, stderr } = pipeSlowly('models --json', 'head -c 1');
  expect(await new Response(stdout).text()).toBe('[');
  expect(await new Response(stderr).text()).toMatch(/^code \d+\n$/);
});

test.skipIf(process.platform !== 'linux')(
  'a server whose log nobody reads ends when it is told to',
  async () => {
    const pipe = join(home, 'log');
    // Full already, and held open by whoever does not read it.
    const fill = `mkfifo ${pipe}; exec 3<>${pipe}; head -c 65536 /dev/zero >&3; exec "$0" "$1" serve 2>&3`;
    const server = Bun.spawn(['sh', '-c', fill, process.execPath, main], {
      env: {
        PATH: process.env.PATH,
        TRUNKLINE_HOME: home,
        TRUNKLINE_PORT: `${await freePort()}`,
        TRUNKLINE_DISCOVER: 'off',
      },
      stdout: 'pipe',
      stderr: 'inherit',
    });
    let told = '';
    const reader = server.stdout.getReader();
    while (!told.includes('Models ')) told += new TextDecoder().decode((await reader.read()).value);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  },
  30_000,
);
