/**
 * A program for tests that behaves as llama.cpp's server does where it matters here: it reads the flags, refuses those it does not know,
 * loads, tells its health, asks for the key of its environment, and answers chats. It writes down how it was started.
 */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FakeOptions {
  /** It is loading until this file is there. */
  readonly gate?: string;
  /** Dies with these words while it loads. */
  readonly dies?: string;
  /** Dies so many times, then starts well. */
  readonly diesTimes?: number;
  /** Tokens per slot that it says it has; what it was told unless given. */
  readonly contextTokens?: number;
  readonly version?: string;
  readonly devices?: string;
  /** Prints a dot for each hundredth, as older builds do, before it waits for the gate. */
  readonly dots?: number;
  /** Its first start is not well any more once this file is there. */
  readonly sick?: string;
  /** Whoever has the key is answered by the engine at this address. */
  readonly answersFrom?: string;
}

export interface FakeStart {
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number;
}

export interface FakeLlamaServer {
  readonly path: string;
  /** Each start, in order. */
  starts(): readonly FakeStart[];
}

/** Puts the program into `folder`, under the name that it has everywhere. */
export function makeFakeLlamaServer(folder: string, options: FakeOptions = {}): FakeLlamaServer {
  const path = join(folder, 'llama-server');
  const log = join(folder, 'starts.jsonl');
  const settings = JSON.stringify({ ...options, log });
  writeFileSync(path, `#!${process.execPath}\nconst OPTIONS = ${settings};\n${PROGRAM}`);
  chmodSync(path, 0o755);
  return {
    path,
    starts: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as FakeStart)
        : [],
  };
}

const PROGRAM = `
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const given = process.argv.slice(2);
if (given.includes('--version')) {
  console.error('version: ' + (OPTIONS.version ?? '0.7.0 (build 11669, commit test)') + '\\nbuilt with a test');
  process.exit(0);
}
if (given.includes('--list-devices')) {
  console.log('Available devices:\\n' + (OPTIONS.devices ?? '  (none)'));
  process.exit(0);
}
const WITH_VALUE = ['model', 'mmproj', 'ctx-size', 'parallel', 'threads', 'host', 'port', 'alias'];
const BARE = ['jinja', 'metrics', 'slots'];
const flags = {};
for (let i = 0; i < given.length; i++) {
  const name = given[i].slice(2);
  if (WITH_VALUE.includes(name)) flags[name] = given[++i];
  else if (BARE.includes(name)) flags[name] = true;
  else {
    console.error('error: invalid argument: ' + given[i]);
    process.exit(1);
  }
}
const environment = Object.fromEntries(Object.entries(process.env));
const earlier = existsSync(OPTIONS.log) ? readFileSync(OPTIONS.log, 'utf8').trim().split('\\n').length : 0;
appendFileSync(OPTIONS.log, JSON.stringify({ parameters: given, environment, pid: process.pid }) + '\\n');
for (const path of [flags.model, flags.mmproj]) {
  if (path !== undefined && !(existsSync(path) && readFileSync(path).subarray(0, 4).toString() === 'GGUF')) {
    console.error("error loading model: failed to load '" + path + "'");
    process.exit(1);
  }
}
if (OPTIONS.dies !== undefined && earlier < (OPTIONS.diesTimes ?? Infinity)) {
  console.error(OPTIONS.dies);
  process.exit(1);
}
if (OPTIONS.dots) process.stderr.write('.'.repeat(OPTIONS.dots));
const isLoaded = () => OPTIONS.gate === undefined || existsSync(OPTIONS.gate);
const key = process.env.LLAMA_API_KEY;
const slots = Number(flags.parallel);
const perSlot = OPTIONS.contextTokens ?? Math.floor(Number(flags['ctx-size']) / slots);
const refuse = (status, message) => Response.json({ error: { code: status, message, type: 'error' } }, { status });
const server = Bun.serve({
  hostname: flags.host,
  port: Number(flags.port),
  idleTimeout: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (!isLoaded()) return refuse(503, 'Loading model');
    if (pathname === '/health' && earlier === 0 && OPTIONS.sick && existsSync(OPTIONS.sick)) return refuse(500, 'Deadlock');
    if (pathname === '/health') return Response.json({ status: 'ok' });
    if (key && request.headers.get('authorization') !== 'Bearer ' + key) return refuse(401, 'Invalid API Key');
    if (pathname === '/props') {
      return Response.json({
        total_slots: slots,
        default_generation_settings: { n_ctx: perSlot },
        model_path: flags.model,
        modalities: { vision: flags.mmproj !== undefined },
        chat_template: '{{ tools }}',
      });
    }
    if (OPTIONS.answersFrom !== undefined) {
      const body = request.method === 'POST' ? await request.arrayBuffer() : undefined;
      const answer = await fetch(OPTIONS.answersFrom + pathname, { method: request.method, body, signal: request.signal });
      return new Response(answer.body, { status: answer.status, headers: { 'content-type': answer.headers.get('content-type') } });
    }
    if (pathname === '/metrics' && flags.metrics) return new Response('llamacpp:requests_processing 0\\nllamacpp:requests_deferred 0\\n');
    if (pathname !== '/v1/chat/completions') return refuse(404, 'File Not Found');
    const body = await request.json();
    const said = body.messages.at(-1).content;
    const text = typeof said === 'string' ? said : said.map((part) => part.text ?? '[' + part.type + ']').join('');
    if (text === 'die') process.exit(3);
    if (text.startsWith('wait for ')) while (!existsSync(text.slice(9))) await Bun.sleep(5);
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const head = { id: 'chatcmpl-1', created: 1, model: flags.alias };
    const answer = 'echo: ' + text;
    if (!body.stream) {
      const choices = [{ index: 0, message: { role: 'assistant', content: answer }, finish_reason: 'stop' }];
      return Response.json({ ...head, object: 'chat.completion', choices, usage });
    }
    const frames = [{ delta: { role: 'assistant', content: answer } }, { delta: {}, finish_reason: 'stop' }];
    const lines = frames.map((frame) => ({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, ...frame }] }));
    const all = [...lines, { ...head, object: 'chat.completion.chunk', choices: [], usage }];
    return new Response(all.map((line) => 'data: ' + JSON.stringify(line) + '\\n\\n').join('') + 'data: [DONE]\\n\\n', {
      headers: { 'content-type': 'text/event-stream' },
    });
  },
});
console.log('server is listening on http://' + flags.host + ':' + server.port);
`;
