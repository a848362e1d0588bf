/** Who is measured: how each one is made ready, started and asked. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, freePort, root, runToEnd } from './machine.ts';
import type { Door } from './requests.ts';

export const UPSTREAM_MODEL = 'bench-upstream';
export const UPSTREAM_KEY = 'sk-bench-upstream-0123456789abcdef';
const PORTKEY_VERSION = '1.15.2';

/** One start of a candidate. `workFolder` is fresh and empty. */
export interface Place {
  readonly upstreamPort: number;
  readonly workFolder: string;
}

export interface Launch {
  /** Absent for `direct`: there is no process between the callers and the upstream. */
  readonly command?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly door: Door;
  /** Runs once the process listens; may complete the door, with a key for example. */
  open?(): Promise<Door>;
}

export interface Candidate {
  readonly id: string;
  readonly about: string;
  readonly compilesWhileRunning: boolean;
  /** Installs what is missing. Returns why it cannot take part, if it cannot. */
  prepare(): Promise<string | undefined>;
  launch(place: Place): Launch;
}

const upstreamDoor = { path: '/v1/chat/completions', model: UPSTREAM_MODEL };
const upstreamHeaders = { Authorization: `Bearer ${UPSTREAM_KEY}` };

const direct: Candidate = {
  id: 'direct',
  about: 'callers to mock, nothing between: the floor of the latencies',
  compilesWhileRunning: false,
  prepare: async () => undefined,
  launch: (place) => ({ door: { ...upstreamDoor, port: place.upstreamPort, headers: upstreamHeaders } }),
};

const nginx: Candidate = {
  id: 'nginx',
  about: 'plain reverse proxy, keep-alive both ways, no buffering of answers; no auth, routing or metering',
  compilesWhileRunning: false,
  async prepare() {
    if (Bun.which('nginx')) return undefined;
    if (process.getuid?.() !== 0 || !Bun.which('apt-get'))
      return 'nginx is not installed (apt-get install nginx-light)';
    try {
      await runToEnd(['apt-get', 'update', '-qq']);
      // Only the program is wanted: its service must not start and take port 80.
      await runToEnd(['sh', '-c', 'RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nginx-light']);
      return undefined;
    } catch (error) {
      return `nginx could not be installed: ${String(error).slice(0, 200)}`;
    }
  },
  launch(place) {
    const port = freePort();
    const file = join(place.workFolder, 'nginx.conf');
    writeFileSync(file, nginxConfig(port, place));
    const command = ['nginx', '-p', place.workFolder, '-c', file, '-e', join(place.workFolder, 'error.log')];
    return { command, door: { ...upstreamDoor, port, headers: upstreamHeaders } };
  },
};

function nginxConfig(port: number, place: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${place.workFolder}/nginx.pid;
events { worker_connections 9000; }
http {
  access_log off;
  client_max_body_size 16m;
  client_body_buffer_size 1m;
  keepalive_requests 100000000;
  ${temporary.map((name) => `${name}_temp_path ${place.workFolder}/${name};`).join('\n  ')}
  upstream bench { server 127.0.0.1:${place.upstreamPort}; keepalive 512; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}

const trunkline: Candidate = {
  id: 'trunkline',
  about: 'this gateway, as installed: auth, routing, holds, metering, journal and recording on',
  compilesWhileRunning: true,
  async prepare() {
    return existsSync(join(root, 'src', 'main.ts')) ? undefined : 'src/main.ts is not there';
  },
  launch(place) {
    const port = freePort();
    const door = { port, path: '/api/v1/chat/completions', model: 'bench/model', headers: {} };
    writeFileSync(join(place.workFolder, 'trunkline.toml'), trunklineConfig(place));
    const environment = {
      TRUNKLINE_HOME: place.workFolder,
      TRUNKLINE_CONFIG: join(place.workFolder, 'trunkline.toml'),
      TRUNKLINE_HOST: '127.0.0.1',
      TRUNKLINE_PORT: String(port),
      TRUNKLINE_BUNDLED: 'off',
    };
    const program = ['node', join(root, 'bin', 'trunkline.mjs')];
    return {
      command: [...program, 'serve'],
      environment,
      door,
      async open() {
        const output = await runToEnd([...program, 'keys', 'create', '--name', 'bench'], environment);
        return { ...door, headers: { Authorization: `Bearer ${output.trim()}` } };
      },
    };
  },
};

function trunklineConfig(place: Place): string {
  return `
[[providers]]
id = "bench"
name = "Bench"
format = "openai-chat"
base_url = "http://127.0.0.1:${place.upstreamPort}/v1"
api_key = "${UPSTREAM_KEY}"
allow_private_network = true

[[providers.models]]
model = "bench/model"
upstream_model = "${UPSTREAM_MODEL}"
input_per_million = "0.08"
output_per_million = "0.30"
context = 1048576
max_output = 16384
supported_parameters = ["tools", "temperature", "max_tokens"]
`;
}

function portkey(id: string, about: string, runtime: readonly string[]): Candidate {
  const folder = join(cache, `portkey-${PORTKEY_VERSION}`);
  const program = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  return {
    id,
    about,
    compilesWhileRunning: true,
    async prepare() {
      if (existsSync(program)) return undefined;
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const packageName = `@portkey-ai/gateway@${PORTKEY_VERSION}`;
      const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
      try {
        await runToEnd(['npm', 'install', '--save-exact', ...options, packageName]);
        return undefined;
      } catch (error) {
        return `Portkey could not be installed: ${String(error).slice(0, 200)}`;
      }
    },
    launch(place) {
      const port = freePort();
      // The same work as ours: the caller's model is rewritten and the provider's key is put in.
      const config = {
        provider: 'openai',
        custom_host: `http://127.0.0.1:${place.upstreamPort}/v1`,
        api_key: UPSTREAM_KEY,
        override_params: { model: UPSTREAM_MODEL },
      };
      const headers = { 'x-portkey-config': JSON.stringify(config) };
      const door = { port, path: '/v1/chat/completions', model: 'bench/model', headers };
      // Bun's fetch runs 256 requests at a time unless told otherwise, which is not Portkey's doing.
      const environment = { BUN_CONFIG_MAX_HTTP_REQUESTS: '65000' };
      return { command: [...runtime, program, '--headless', `--port=${port}`], environment, door };
    },
  };
}

const preload = join(import.meta.dir, 'portkey-preload.mjs');

export const candidates: readonly Candidate[] = [
  direct,
  nginx,
  trunkline,
  portkey('portkey-bun', `Portkey ${PORTKEY_VERSION} on Bun, where it is cheapest`, [process.execPath]),
  {
    ...portkey('portkey-node', `Portkey ${PORTKEY_VERSION} on Node, with the preload it needs to stream`, [
      'node',
      '--import',
      preload,
    ]),
  },
];
