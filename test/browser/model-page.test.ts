import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { drawPng } from '../../engine/test-engine.ts';
import { findBrowser, openBrowser } from './browser.ts';

const ROOT = join(import.meta.dir, '..', '..');
const home = mkdtempSync(join(tmpdir(), 'trunkline-browser-'));
let server: ChildProcess;
let browser: Browser;
let origin: string;
let key: string;

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const environment = { PATH: process.env.PATH, HOME: home, TRUNKLINE_HOME: home, TRUNKLINE_PORT: String(port) };
  server = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'serve'], { env: environment });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    server.stdout!.on('data', (piece) => {
      text += piece;
      if (/sk-tl-v1-\w+/.test(text)) resolve();
    });
    server.on('exit', () => reject(new Error(`it did not start: ${text}`)));
  });
  key = /sk-tl-v1-\w+/.exec(text)![0];
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server?.kill();
  rmSync(home, { recursive: true, force: true });
});

/** A page whose every error and refused load is a failure of the test. */
async function openPage(
  path: string,
  options: { readonly colorScheme?: 'dark' | 'light'; readonly width?: number } = {},
) {
  const page = await browser.newPage({
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: options.width ?? 1200, height: 900 },
  });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on(
    'request',
    (request) =>
      !request.url().startsWith(origin) && !/^(?:data|blob):/.test(request.url()) && problems.push(request.url()),
  );
  await page.goto(origin + path);
  return { page, problems };
}

async function askServer(content: unknown): Promise<string> {
  const answer = await fetch(`${origin}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'trunkline/mini', temperature: 0, messages: [{ role: 'user', content }] }),
  });
  const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
  return choices[0]!.message.content;
}

async function askPage(page: Page, question: string): Promise<string> {
  await page.fill('#question', question);
  await page.click('button[type=submit]');
  await page.waitForFunction(() => /in this browser\.$/.test(document.querySelector('#state')?.textContent ?? ''));
  return (await page.textContent('#answer')) ?? '';
}

describe.skipIf(!hasBrowser)('the page of the bundled model', () => {
  test('runs the model in the browser and gives the server’s own answers', async () => {
    const { page, problems } = await openPage('/trunkline/mini');
    for (const question of ['What are you?', 'How do I make an API key?', 'What is the capital of France?']) {
      expect([question, await askPage(page, question)]).toEqual([question, await askServer(question)]);
      await page.evaluate(() => {
        document.querySelector('#state')!.textContent = '';
      });
    }
    const png = drawPng(64, [214, 40, 40], [20, 20, 20]);
    await page.setInputFiles('#picture', { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(png) });
    const url = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    const seen = await askServer([
      { type: 'image_url', image_url: { url } },
      { type: 'text', text: 'What do you see?' },
    ]);
    expect(await askPage(page, 'What do you see?')).toBe(seen);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('says what it is and where it would run, on a phone as well', async () => {
    const { page, problems } = await openPage('/trunkline/mini', { width: 360, colorScheme: 'dark' });
    expect(await page.textContent('main')).toContain('demonstration');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe.skipIf(!hasBrowser)('the page of Llama 4 Scout', () => {
  test('names its providers with prices, says that it was not verified here, and runs no script', async () => {
    const { page, problems } = await openPage('/meta-llama/llama-4-scout');
    const text = (await page.textContent('main')) ?? '';
    expect(text).toContain('not verified on this machine');
    expect(text).toContain('DeepInfra');
    expect(await page.locator('script').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('is not there for a model that nobody knows, nor for a path of the API', async () => {
    for (const [path, status] of [
      ['/nobody/nothing', 404],
      ['/v1/nothing', 404],
      ['/v1/responses', 405],
    ] as const) {
      const answer = await fetch(origin + path);
      expect([path, answer.status]).toEqual([path, status]);
    }
  });
});
