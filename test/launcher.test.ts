import { afterAll, expect, test } from 'bun:test';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dir, '..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trunkline-launcher-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the child gets the arguments, more connections than the default 256 and the pid of the launcher', async () => {
  const launcher = start(
    "console.log(JSON.stringify([process.argv.slice(2), process.env['BUN_CONFIG_MAX_HTTP_REQUESTS'], process.env['TRUNKLINE_LAUNCHER_PID']]))",
    ['keys', 'list'],
  );
  expect(await new Response(launcher.stdout).text()).toBe(`[["keys","list"],"65000","${launcher.pid}"]\n`);
});

test('a limit of connections that is set already stays', async () => {
  const launcher = start("console.log(process.env['BUN_CONFIG_MAX_HTTP_REQUESTS'])", [], {
    BUN_CONFIG_MAX_HTTP_REQUESTS: '300',
  });
  expect(await new Response(launcher.stdout).text()).toBe('300\n');
});

test("the launcher exits with the child's code", async () => {
  expect(await start('process.exit(3)').exited).toBe(3);
});

test('a child that a signal ended shows as 128 plus its number', async () => {
  expect(await start("process.kill(process.pid, 'SIGKILL')").exited).toBe(137);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the child, which decides how to end',
  async (signal) => {
    const launcher = start(
      `process.on('${signal}', () => process.exit(42)); setTimeout(() => console.log('ready'), 50); setInterval(() => {}, 1000)`,
    );
    const reader = launcher.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('ready\n');
    launcher.kill(signal);
    expect(await launcher.exited).toBe(42);
  },
);

test('it starts through the link that npm makes of it', async () => {
  const place = lay("console.log('linked')");
  symlinkSync(join(place, 'bin/trunkline.mjs'), join(place, 'trunkline'));
  expect(await new Response(spawn(join(place, 'trunkline'), [], {}).stdout).text()).toBe('linked\n');
});

test('without any Bun it says what to do', async () => {
  const place = lay('', { withBun: false });
  const launcher = spawn(join(place, 'bin/trunkline.mjs'), [], {});
  expect(await new Response(launcher.stderr).text()).toContain('npm ci');
  expect(await launcher.exited).toBe(1);
});

test.each([
  [{ os: 'linux', arch: 'x64', isMusl: false }, ['@oven/bun-linux-x64', '@oven/bun-linux-x64-baseline']],
  [{ os: 'linux', arch: 'x64', isMusl: true }, ['@oven/bun-linux-x64-musl', '@oven/bun-linux-x64-musl-baseline']],
  [{ os: 'linux', arch: 'arm64', isMusl: true }, ['@oven/bun-linux-aarch64-musl']],
  [{ os: 'darwin', arch: 'arm64', isMusl: false }, ['@oven/bun-darwin-aarch64']],
  [{ os: 'win32', arch: 'x64', isMusl: false }, ['@oven/bun-windows-x64', '@oven/bun-windows-x64-baseline']],
])('%o asks for the packages that run there', async (platform, packages) => {
  const call = `import { bunPackages } from './bin/trunkline.mjs'; console.log(JSON.stringify(bunPackages(${JSON.stringify(platform)})))`;
  const output = Bun.spawnSync(['node', '--input-type=module', '-e', call], { cwd: root }).stdout.toString();
  expect(JSON.parse(output)).toEqual(packages);
});

test.each(['@oven/bun-linux-x64', 'bun'])('Bun is found where %s holds the real program', (name) => {
  const place = mkdtempSync(join(folder, 'find-'));
  fakePackage(place, '@oven/bun-linux-x64', 'bun', name === 'bun' ? 0 : 2_000_000);
  fakePackage(place, 'bun', 'bun.exe', name === 'bun' ? 2_000_000 : 450);
  writeFileSync(join(place, 'package.json'), '{}');
  const call = `import { findBun } from './bin/trunkline.mjs'; console.log(findBun(process.argv[1], { os: 'linux', arch: 'x64', isMusl: false }))`;
  const output = Bun.spawnSync(['node', '--input-type=module', '-e', call, place], { cwd: root }).stdout.toString();
  expect(output).toBe(`${join(place, 'node_modules', name, 'bin', name === 'bun' ? 'bun.exe' : 'bun')}\n`);
});

function fakePackage(place: string, name: string, program: string, bytes: number): void {
  const path = join(place, 'node_modules', name);
  mkdirSync(join(path, 'bin'), { recursive: true });
  writeFileSync(join(path, 'package.json'), '{}');
  if (bytes > 0) writeFileSync(join(path, 'bin', program), new Uint8Array(bytes));
}

function start(main: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  return spawn(join(lay(main), 'bin/trunkline.mjs'), args, environment);
}

/** An installation around another main file. */
function lay(main: string, { withBun = true } = {}): string {
  const place = mkdtempSync(join(folder, 'place-'));
  cpSync(join(root, 'bin'), join(place, 'bin'), { recursive: true });
  mkdirSync(join(place, 'src'));
  writeFileSync(join(place, 'package.json'), '{}');
  writeFileSync(join(place, 'src/main.ts'), main);
  if (withBun) symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return place;
}

function spawn(launcher: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
  const { BUN_CONFIG_MAX_HTTP_REQUESTS: _, ...inherited } = process.env;
  return Bun.spawn(['node', launcher, ...args], {
    env: { ...inherited, ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
}
