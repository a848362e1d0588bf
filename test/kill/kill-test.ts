/**
 * Kills the real process with SIGKILL under load, again and again, and then asks: is every answer whose end a caller saw settled,
 * exactly once, with its exact price? Run by `npm run kill-test`; `--kills 20` for a short one.
 */
import { Database } from 'bun:sqlite';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/base/random.ts';
import { recordFromJson } from '../../src/storage/record-json.ts';

const option = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const kills = option('kills', 200);
const seed = option('seed', 7);
const callers = option('callers', 12);
const random = seededRandom(seed);
const root = join(import.meta.dir, '..', '..');
const home = mkdtempSync(join(tmpdir(), 'trunkline-kill-'));

/** $1 and $2 per million tokens: 10 prompt and 20 completion tokens cost 50 millionths of a dollar. */
const COST_PICO = 50_000_000n;
const provider = startProvider();
writeFileSync(join(home, 'trunkline.toml'), configText(provider.port!));

interface Tally {
  readonly ended: Set<string>;
  readonly begun: Set<string>;
  requests: number;
  broken: number;
}
const tally: Tally = { ended: new Set(), begun: new Set(), requests: 0, broken: 0 };
const port = await freePort();
const key = await createKey();
let readyTotalMs = 0;
for (let kill = 1; kill <= kills; kill++) {
  const server = await startServer();
  const load = new AbortController();
  const running = Array.from({ length: callers }, () => callUntilStopped(load.signal));
  await Bun.sleep(10 + random.next() * 700);
  server.kill('SIGKILL');
  await server.exited;
  load.abort();
  await Promise.all(running);
  if (kill % 20 === 0)
    console.log(`${kill} kills, ${tally.ended.size} answers seen to their end, ${tally.broken} cut by a kill`);
}
const server = await startServer();
const verdict = await check();
server.kill('SIGTERM');
await server.exited;
provider.stop(true);
rmSync(home, { recursive: true, force: true });
console.log(verdict.lines.join('\n'));
process.exit(verdict.isGood ? 0 : 1);

async function check(): Promise<{ lines: string[]; isGood: boolean }> {
  let lost = 0;
  for (const id of tally.ended) if (!(await isSettled(id))) lost++;
  // Answers that a kill cut may be settled by estimate or not at all; they are never counted twice either.
  await Bun.sleep(1_500);
  const database = new Database(join(home, 'trunkline.sqlite'), { readonly: true, safeIntegers: true });
  const rows = database.query('SELECT id, record FROM generation').all() as { id: string; record: string }[];
  let wrongPrice = 0;
  let sumPico = 0n;
  let estimated = 0;
  for (const row of rows) {
    const { charge, outcome } = recordFromJson(row.record);
    const { chargedPico } = charge;
    sumPico += chargedPico;
    if (outcome === 'estimated') estimated++;
    if (tally.ended.has(row.id) && chargedPico !== COST_PICO) wrongPrice++;
  }
  const usage = (await (await api('/key')).json()) as { data: { usage: number } };
  const spentPico = BigInt(Math.round(usage.data.usage * 1e12));
  const doubled = rows.length - new Set(rows.map(({ id }) => id)).size;
  const isBalanced = spentPico === sumPico;
  database.close();
  const lines = [
    `seed ${seed}: ${tally.requests} requests, ${tally.ended.size} answers seen to their end, ${tally.broken} cut`,
    `settled generations ${rows.length}, of them by estimate ${estimated}; start until ready ${Math.round(readyTotalMs / kills)} ms on average`,
    `spent by the books $${Number(spentPico) / 1e12}, sum of all settlements $${Number(sumPico) / 1e12}`,
    `${kills} SIGKILLs: lost ${lost}, doubled ${doubled}, wrong price ${wrongPrice}, books ${isBalanced ? 'balanced' : 'NOT balanced'}`,
  ];
  return { lines, isGood: lost === 0 && doubled === 0 && wrongPrice === 0 && isBalanced && tally.ended.size > kills };
}

async function isSettled(id: string): Promise<boolean> {
  const answer = await api(`/generation?id=${id}`);
  return answer.ok;
}

function api(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
}

/** Plain and streamed requests in turn, until the server dies. */
async function callUntilStopped(signal: AbortSignal): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    tally.requests++;
    try {
      await callOnce(turn % 2 === 0, signal);
    } catch {
      tally.broken++;
      return;
    }
  }
}

async function callOnce(stream: boolean, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
    method: 'POST',
    signal,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'kill/test', stream, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const id = answer.headers.get('x-generation-id') ?? '';
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const text = await answer.text();
  const isWhole = stream ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}');
  if (!isWhole) throw new Error('cut');
  tally.ended.add(id);
}

async function startServer(): Promise<Bun.Subprocess> {
  const startedMs = performance.now();
  const child = Bun.spawn([process.execPath, join(root, 'src', 'main.ts'), 'serve'], {
    env: environment(),
    stdout: 'ignore',
    stderr: 'inherit',
  });
  for (;;) {
    const isReady = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) break;
    if (child.exitCode !== null) throw new Error('the server ended by itself');
    await Bun.sleep(10);
  }
  readyTotalMs += performance.now() - startedMs;
  return child;
}

async function createKey(): Promise<string> {
  const child = Bun.spawn([process.execPath, join(root, 'src', 'main.ts'), 'keys', 'create', '--name', 'kill'], {
    env: environment(),
    stdout: 'pipe',
    stderr: 'inherit',
  });
  return (await new Response(child.stdout).text()).trim();
}

function environment(): Record<string, string> {
  return {
    ...(process.env as Record<string, string>),
    TRUNKLINE_HOME: home,
    TRUNKLINE_PORT: String(port),
    TRUNKLINE_BUNDLED: 'off',
    TRUNKLINE_DISCOVER: 'off',
    TRUNKLINE_LOG: 'error',
    BUN_CONFIG_MAX_HTTP_REQUESTS: '65000',
  };
}

async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, fetch: () => new Response() });
  const found = probe.port!;
  await probe.stop(true);
  return found;
}

function configText(providerPort: number): string {
  return `
[[providers]]
id = "killer"
format = "openai-chat"
base_url = "http://127.0.0.1:${providerPort}/v1"
api_key = "literal"
allow_private_network = true

[[providers.models]]
model = "kill/test"
input_per_million = "1"
output_per_million = "2"
`;
}

/** Answers after a few milliseconds, in pieces when streamed, always with the same usage. */
function startProvider(): Bun.Server<undefined> {
  const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
  const base = { id: 'up', created: 1, model: 'm' };
  const frame = (part: object): string =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...part })}\n\n`;
  return Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const body = (await request.json()) as { stream?: boolean };
      await Bun.sleep(2 + Math.random() * 8);
      if (!body.stream) {
        const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
        return Response.json({ ...base, object: 'chat.completion', choices, usage });
      }
      const pieces = async function* (): AsyncGenerator<string> {
        for (let i = 0; i < 5; i++) {
          yield frame({ choices: [{ index: 0, delta: { content: `word ${i} ` }, finish_reason: null }] });
          await Bun.sleep(Math.random() * 4);
        }
        yield frame({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
        yield `${frame({ choices: [], usage })}data: [DONE]\n\n`;
      };
      return new Response(pieces() as unknown as ReadableStream, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
}
