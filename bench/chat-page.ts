/**
 * How long the chat page keeps the browser's main thread: a room of 200 messages, two columns, 300 tokens a second in each.
 *
 *   node bin/bun.mjs bench/chat-page.ts [--seconds 20] [--rate 300] [--messages 200]
 *
 * The gateway is a real one; its provider is scripted here. Needs the built pages and a Chromium. Not a part of the tests: a loaded
 * machine makes every task longer, so both the time on the clock and the processor's time of a task are printed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { openBrowser } from '../test/browser/browser.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '300' },
    messages: { type: 'string', default: '200' },
  },
});
const SECONDS = Number(values.seconds);
const RATE = Number(values.rate);
const MESSAGES = Number(values.messages);
const TICK_MS = 10;
const ROOM = 'bench-room-0001';

/** About four characters each, with all the markup that models write. */
const TOKENS = [
  '## A part of the answer\n\nSome words in a paragraph with **bold** and *slanted* ones, `code`, and [a link](https://a.example/x). ',
  'They go on for a while, so that the last block is a long one when it is read again and again. \n\n',
  '- one thing to do\n- another, with `code`\n  - and one below it\n\n1. first\n2. second\n\n',
  '```ts\nexport function sum(values: readonly number[]): number {\n  return values.reduce((a, b) => a + b, 0);\n}\n```\n\n',
  '| name | tokens | price |\n|---|---:|---:|\n| a | 1,200 | $0.10 |\n| b | 900 | $0.08 |\n\n> A quotation of somebody.\n\n',
]
  .join('')
  .match(/[\s\S]{1,4}/g)!;

function frameOf(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'talker', choices })}\n\n`;
}

/** Streams at the rate for the time; a question "warm" is answered at once. */
function openProvider(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const finish = () => response.end(`${frameOf({ content: '' }, 'stop')}data: [DONE]\n\n`);
      if (/"warm"\}?\]/.test(body)) {
        response.write(frameOf({ role: 'assistant', content: 'warm' }));
        finish();
        return;
      }
      const startedAt = performance.now();
      let sent = 0;
      const timer = setInterval(() => {
        const elapsed = Math.min((performance.now() - startedAt) / 1000, SECONDS);
        let frames = '';
        for (; sent < elapsed * RATE; sent++) frames += frameOf({ content: TOKENS[sent % TOKENS.length] });
        if (frames !== '') response.write(frames);
        if (elapsed < SECONDS) return;
        clearInterval(timer);
        finish();
      }, TICK_MS);
      response.on('close', () => clearInterval(timer));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

interface Gateway {
  readonly process: ChildProcess;
  readonly origin: string;
  readonly key: string;
}

async function startGateway(home: string, provider: Server): Promise<Gateway> {
  const config = [
    '[[providers]]\nid = "bench"\nformat = "openai-chat"\napi_key = "x"\nallow_private_network = true',
    `base_url = "http://127.0.0.1:${portOf(provider)}/v1"`,
    ...['one', 'two'].map((name) => `[[providers.models]]\nmodel = "bench/${name}"`),
  ];
  writeFileSync(join(home, 'trunkline.toml'), config.join('\n'));
  const probe = await openProvider();
  const port = portOf(probe);
  await new Promise((resolve) => probe.close(resolve));
  const env = { PATH: process.env.PATH, HOME: home, TRUNKLINE_HOME: home, TRUNKLINE_PORT: String(port) };
  const gateway = spawn(process.execPath, [join(import.meta.dir, '..', 'src/main.ts'), 'serve'], { env });
  const key = await new Promise<string>((resolve, reject) => {
    let text = '';
    const read = (piece: unknown) => {
      text += piece;
      const found = /sk-tl-v1-\w+/.exec(text);
      if (found) resolve(found[0]);
    };
    gateway.stdout.on('data', read);
    gateway.stderr.on('data', read);
    gateway.on('exit', () => reject(new Error(`the gateway did not start: ${text}`)));
  });
  return { process: gateway, origin: `http://127.0.0.1:${port}`, key };
}

/** A room as the page itself keeps it in the browser. */
function makeRoom() {
  const columns = ['one', 'two'].map((name) => ({ id: `column-${name}`, model: `bench/${name}`, parameters: {} }));
  const text = TOKENS.join('');
  const messages = Array.from({ length: MESSAGES }, (_, at) => {
    const turn = Math.floor(at / 3);
    if (at % 3 === 0)
      return {
        id: `q${turn}`,
        role: 'user',
        columns: columns.map(({ id }) => id),
        parts: [{ type: 'text', text: `Question ${turn}` }],
      };
    const answer = {
      asked: 'bench/one',
      text,
      reasoning: '',
      details: [],
      refusal: '',
      calls: [],
      images: [],
      sources: [],
      state: 'done',
      startedAtMs: 0,
    };
    return { id: `a${at}`, role: 'assistant', column: columns[(at % 3) - 1]!.id, tries: [answer], shown: 0 };
  });
  return { id: ROOM, title: 'Bench', version: 0, place: 'browser', columns, messages, options: {}, updatedAtMs: 1 };
}

async function openRoom(browser: Browser, { origin, key }: Gateway): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(`${origin}/chat`);
  await page.waitForSelector('#question');
  await page.evaluate(
    (room) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('trunkline-chat', 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore('rooms', { keyPath: 'id' });
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const writing = opening.result.transaction('rooms', 'readwrite');
          writing.objectStore('rooms').put(room);
          writing.oncomplete = () => resolve();
        };
      }),
    makeRoom(),
  );
  await page.goto(`${origin}/chat/${ROOM}`);
  await page.waitForSelector('article');
  await page.fill('#question', 'warm');
  await page.press('#question', 'Enter');
  await page.locator('input[aria-label="API key"]').first().fill(key);
  await page.locator('button:text-is("Use it")').first().click();
  await page.waitForSelector('article:has-text("warm") footer >> text=tokens');
  // The other column was refused for want of the key as well.
  const refused = page.locator('article button:text-is("Use it")');
  if ((await refused.count()) > 0) await page.locator('article [role=alert] button:has-text("Retry")').first().click();
  await page.waitForFunction(() => document.querySelector('article [role=alert]') === null);
  await page.waitForTimeout(2_000);
  return page;
}

interface Task {
  readonly clockMs: number;
  readonly processorMs: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The tasks of the page's main thread while something happens. */
async function traceTasks(session: CDPSession, act: () => Promise<void>): Promise<readonly Task[]> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await session.send('Tracing.start', {
    traceConfig: { includedCategories: categories },
    transferMode: 'ReportEvents',
  });
  await act();
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await complete;
  const tasks = events.filter(
    ({ name, ph }) => ph === 'X' && (name === 'RunTask' || name === 'ThreadControllerImpl::RunTask'),
  );
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const isMain = ({ pid, tid }: TraceEvent) => mains.some((main) => main.pid === pid && main.tid === tid);
  return tasks.filter(isMain).map(({ dur = 0, tdur = 0 }) => ({ clockMs: dur / 1000, processorMs: tdur / 1000 }));
}

function report(name: string, durations: readonly number[]): void {
  const sorted = [...durations].sort((a, b) => b - a);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  const over = sorted.filter((ms) => ms > 50).length;
  process.stdout.write(
    `${name}: longest ${at(0)} ms, p99.9 ${at(0.001)} ms, p99 ${at(0.01)} ms, over 50 ms: ${over} of ${sorted.length}\n`,
  );
}

const home = mkdtempSync(join(tmpdir(), 'trunkline-bench-chat-'));
const provider = await openProvider();
const gateway = await startGateway(home, provider);
const browser = await openBrowser();
try {
  const page = await openRoom(browser, gateway);
  const session = await page.context().newCDPSession(page);
  const before = await page.locator('article').count();
  let frames = 0;
  const tasks = await traceTasks(session, async () => {
    await page.evaluate(() => {
      const count = { frames: 0 };
      Object.assign(window, { count });
      const next = () => {
        count.frames++;
        requestAnimationFrame(next);
      };
      next();
    });
    await page.fill('#question', 'Talk');
    await page.press('#question', 'Enter');
    await page.waitForTimeout(SECONDS * 1000);
    await page.waitForFunction((was) => document.querySelectorAll('article footer').length >= was + 2, before, {
      timeout: 60_000,
    });
    frames = await page.evaluate(() => (window as unknown as { count: { frames: number } }).count.frames);
  });
  const [one] = await page
    .locator('article .answer-text')
    .allInnerTexts()
    .then((texts) => texts.slice(-1));
  process.stdout.write(
    `${MESSAGES} messages, 2 columns, ${RATE} tokens/s each for ${SECONDS} s; ${one!.length} characters in the last answer\n`,
  );
  process.stdout.write(`${(frames / SECONDS).toFixed(0)} frames/s; load of the machine ${loadavg()[0]!.toFixed(1)}\n`);
  report(
    'tasks by the clock',
    tasks.map(({ clockMs }) => clockMs),
  );
  report(
    'tasks by the processor',
    tasks.map(({ processorMs }) => processorMs),
  );
} finally {
  await browser.close();
  gateway.process.kill();
  provider.close();
  rmSync(home, { recursive: true, force: true });
}
