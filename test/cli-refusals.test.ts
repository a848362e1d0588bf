import { afterAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dir, '..', 'src', 'main.ts');
const folder = mkdtempSync(join(tmpdir(), 'trunkline-refusals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BROKEN = write('broken.toml', 'this is no = = configuration');
const TWO_FAULTS = write('faults.toml', '[server]\nport = "x"\nsurprise = 1\n');
mkdirSync(join(folder, 'folder.toml'));

async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, main, ...args], {
    env: { PATH: process.env.PATH, TRUNKLINE_HOME: join(folder, 'home'), TRUNKLINE_LOG: 'error', ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a setting that cannot be meant is told in a sentence, without a stack', () => {
  test.each([
    ['TRUNKLINE_PORT', 'abc', 'TRUNKLINE_PORT must be a port number, from 0 to 65535'],
    ['TRUNKLINE_PORT', '65536', 'TRUNKLINE_PORT must be a port number, from 0 to 65535'],
    ['TRUNKLINE_BASE_PATH', '/../x', 'TRUNKLINE_BASE_PATH must be a path such as /gw'],
  ])('%s=%s', async (name, value, sentence) => {
    expect(await run(['keys', 'list'], { [name]: value })).toEqual({
      code: 2,
      out: '',
      err: `trunkline: ${sentence}\n`,
    });
  });
});

describe('a configuration that cannot be used is named', () => {
  test.each([
    [BROKEN, `${BROKEN}: Not valid TOML: `],
    [TWO_FAULTS, `${TWO_FAULTS}: server.port: `],
    [join(folder, 'folder.toml'), `${join(folder, 'folder.toml')}: is a folder, not a file\n`],
  ])('%s', async (path, words) => {
    for (const command of ['serve', 'models']) {
      const { code, out, err } = await run([command], { TRUNKLINE_CONFIG: path });
      expect([code, out]).toEqual([1, '']);
      expect(err).toStartWith(`trunkline: ${words}`);
    }
  });
});

describe('an address that cannot be listened at is named', () => {
  test('because something listens there already', async () => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response() });
    const port = String(other.port);
    const { code, out, err } = await run(['serve'], { TRUNKLINE_PORT: port, TRUNKLINE_BUNDLED: 'off' });
    await other.stop(true);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      `trunkline: something else listens at 127.0.0.1:${port} already: stop it, or set TRUNKLINE_PORT.\n`,
    );
  });

  test('because it is none of this machine', async () => {
    const { code, err } = await run(['serve'], { TRUNKLINE_HOST: '192.0.2.1', TRUNKLINE_BUNDLED: 'off' });
    expect(code).toBe(1);
    expect(err).toMatch(/^trunkline: cannot listen at 192\.0\.2\.1:7117 \(EADDRNOTAVAIL\): .*TRUNKLINE_HOST.*\n$/);
  });
});

describe('doctor', () => {
  const doctorOf = (home: string, environment = {}) =>
    run(['doctor'], { TRUNKLINE_HOME: home, TRUNKLINE_PORT: '1', ...environment });

  test('says nothing of providers that it could not look up', async () => {
    const home = homeWith('trunkline.sqlite', 'no database at all'.repeat(100));
    const { code, out } = await doctorOf(home, { GROQ_API_KEY: 'k' });
    expect(code).toBe(1);
    expect(out).toContain('problem  storage: SQLite: file is not a database');
    expect(out).not.toContain('no provider has a key');
  });

  test('finds that the list of own models cannot be read', async () => {
    const { code, out } = await doctorOf(homeWith('models.json', '{broken'));
    expect(code).toBe(1);
    expect(out).toContain('problem  own models: models.json is not valid JSON');
  });

  test('sees a data folder that is a file', async () => {
    const { code, out } = await doctorOf(BROKEN);
    expect(code).toBe(1);
    expect(out).toStartWith(`problem  data folder: ${BROKEN} is no folder\n`);
    expect(out).not.toContain('chmod');
  });

  test('keeps the faults of a configuration apart', async () => {
    const { out } = await doctorOf(join(folder, 'fresh'), { TRUNKLINE_CONFIG: TWO_FAULTS });
    expect(out).toContain('received string; server: Unrecognized key');
  });

  test('names the file that would be the configuration', async () => {
    const { code, out } = await doctorOf(join(folder, 'fresh'));
    expect(code).toBe(0);
    expect(out).toContain(`configuration: none at ${join(folder, 'fresh', 'trunkline.toml')}: the defaults hold`);
    expect(out).toContain('Trunkline (1 model)');
  });
});

function homeWith(name: string, text: string): string {
  const home = mkdtempSync(join(folder, 'home-'));
  writeFileSync(join(home, name), text);
  return home;
}

test('a key that is typed on a terminal is asked for and not shown', async () => {
  let shown = '';
  let isTyped = false;
  const child = Bun.spawn([process.execPath, main, 'providers', 'connect', 'groq'], {
    env: { PATH: process.env.PATH, TRUNKLINE_HOME: join(folder, 'typed'), TRUNKLINE_DISCOVER: 'off' },
    terminal: {
      data(terminal, bytes) {
        shown += new TextDecoder().decode(bytes);
        if (isTyped || !shown.includes('Key (not shown): ')) return;
        isTyped = true;
        terminal.write('secret-of-groq\r');
      },
    },
  });
  expect(await child.exited).toBe(0);
  child.terminal?.close();
  expect(shown).not.toContain('secret');
  expect(isTyped).toBe(true);
});
