import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQL } from 'bun';

/** A PostgreSQL server of its own in a temporary folder, on a free port of loopback. */
export interface TestPostgres {
  /** A fresh, empty database on it. */
  createDatabase(): Promise<string>;
  /** `immediate` is the server's own crash: nothing is flushed, clients are cut off. */
  stop(mode?: 'fast' | 'immediate'): void;
  start(): void;
  remove(): void;
}

/** Starts one, installing it first where this process may. A text says why it can't. */
export async function startPostgres(): Promise<TestPostgres | string> {
  const binaries = findBinaries() ?? install();
  if (!binaries) return 'PostgreSQL is not installed, and only root can install it with apt-get';
  const user = process.getuid?.() === 0 ? unprivilegedUser() : undefined;
  if (process.getuid?.() === 0 && !user) return 'PostgreSQL refuses root, and there is no other user to run it as';
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-postgres-'));
  chmodSync(directory, 0o755);
  if (user) runOrThrow('chown', [user, directory]);
  const server = new TestServer({ binaries, user, directory, port: freePort() });
  try {
    server.initialise();
    server.start();
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    return `PostgreSQL does not start here: ${error instanceof Error ? error.message : error}`;
  }
  return server;
}

class TestServer implements TestPostgres {
  readonly #place: { binaries: string; user: string | undefined; directory: string; port: number };
  #databases = 0;

  constructor(place: { binaries: string; user: string | undefined; directory: string; port: number }) {
    this.#place = place;
  }

  initialise(): void {
    this.#run('initdb', ['-D', this.#data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--no-sync']);
  }

  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    const admin = new SQL(this.#url('postgres'), { max: 1 });
    await admin.unsafe(`CREATE DATABASE ${name}`);
    await admin.close();
    return this.#url(name);
  }

  start(): void {
    const { directory, port } = this.#place;
    const options = `-p ${port} -k ${directory} -c listen_addresses=127.0.0.1 -c max_connections=60`;
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-l', join(directory, 'log'), '-o', options, 'start']);
  }

  stop(mode: 'fast' | 'immediate' = 'fast'): void {
    this.#run('pg_ctl', ['-D', this.#data, '-w', '-m', mode, 'stop']);
  }

  remove(): void {
    try {
      this.stop('immediate');
    } catch {
      // It was stopped already.
    }
    rmSync(this.#place.directory, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#place.directory, 'data');
  }

  #url(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.#place.port}/${database}`;
  }

  #run(program: string, args: readonly string[]): void {
    const path = join(this.#place.binaries, program);
    if (!this.#place.user) runOrThrow(path, args, this.#place.directory);
    else {
      const line = [path, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
      runOrThrow('su', ['-s', '/bin/sh', this.#place.user, '-c', line], this.#place.directory);
    }
  }
}

function findBinaries(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  if (found) return found;
  const initdb = Bun.which('initdb');
  return initdb ? join(initdb, '..') : undefined;
}

function install(): string | undefined {
  if (process.getuid?.() !== 0 || !Bun.which('apt-get')) return undefined;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...words: string[]) => spawnSync('apt-get', words, { env: environment, timeout: 300_000 }).status === 0;
  const packages = ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'];
  if (apt(...packages) || (apt('update', '-qq') && apt(...packages))) return findBinaries();
  return undefined;
}

function unprivilegedUser(): string | undefined {
  return ['postgres', 'nobody'].find((user) => spawnSync('id', ['-u', user]).status === 0);
}

function freePort(): number {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  return port;
}

function runOrThrow(program: string, args: readonly string[], cwd = '/'): void {
  // Its output goes nowhere: a server that inherits a pipe would keep this call waiting for as long as it runs.
  const done = spawnSync(program, [...args], { cwd, stdio: 'ignore', timeout: 120_000 });
  if (done.status !== 0) throw new Error(`${program} ${args.at(-1)} ended with ${done.status ?? done.signal}`);
}
