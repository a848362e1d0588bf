import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Browser, Locator, Page } from 'playwright-core';
import { drawPng } from '../../engine/test-engine.ts';
import { HOSTILE_TEXTS } from '../../web/chat/markdown/hostile-texts.test-data.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { listen } from './provider-config.ts';
import { openSite, type Site } from './site.ts';

const CHUNK = 80;
let site: Site;
let provider: Server;
let browser: Browser;
/** Answers of the scripted provider that were left open. */
const open = new Set<ServerResponse>();

interface Asked {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** `hostile` answers with a part of the corpus, `slow` never ends, `cut` ends without an end, `caller` calls a tool. */
async function openProvider(): Promise<number> {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(404).end();
        return;
      }
      const { model, messages } = JSON.parse(body) as Asked;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (delta: object, finish: string | null = null) => {
        const choices = [{ index: 0, delta, finish_reason: finish }];
        response.write(
          `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model, choices })}\n\n`,
        );
      };
      const last = messages.at(-1)!;
      send({ role: 'assistant', content: '' });
      if (model === 'caller' && last.role !== 'tool') {
        send({
          tool_calls: [
            { index: 0, id: 'call-1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } },
          ],
        });
        send({}, 'tool_calls');
      } else if (model === 'caller') {
        send({ content: `It gave ${last.content}` });
        send({}, 'stop');
      } else if (model === 'hostile') {
        const from = Number(last.content) * CHUNK;
        for (const text of HOSTILE_TEXTS.slice(from, from + CHUNK)) send({ content: `${text}\n\n` });
        send({ content: 'END' });
        send({}, 'stop');
      } else send({ content: last.role === 'assistant' ? ' and the rest' : 'Only the beginning' });
      if (model === 'slow') {
        open.add(response);
        return;
      }
      if (model === 'cut' && last.role !== 'assistant') {
        response.end();
        return;
      }
      if (model === 'cut') send({}, 'stop');
      response.end('data: [DONE]\n\n');
    });
  });
  return listen(provider);
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const models = ['hostile', 'slow', 'cut', 'caller'].map(
    (name) => `[[providers.models]]\nmodel = "demo/${name}"\nupstream_model = "${name}"\n`,
  );
  const address = `http://127.0.0.1:${await openProvider()}/v1`;
  site = await openSite({
    config: `[[providers]]\nid = "scripted"\nname = "Scripted"\nformat = "openai-chat"\nbase_url = "${address}"\napi_key = "x"\nallow_private_network = true\n${models.join('')}`,
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  for (const response of open) response.destroy();
  provider?.close();
  site?.close();
});

/** A room whose every script error, dialog, refused load and request to elsewhere is a failure of the test. */
async function openChat(models: readonly string[], width = 1200): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  // The browser itself reports the answer 401 to the question that was asked without a key.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(site.address) && !/^(?:data|blob):/.test(request.url())) problems.push(request.url());
  });
  await page.goto(`${site.address}/chat?${models.map((model) => `model=${model}`).join('&')}`);
  await page.waitForSelector('#question');
  return { page, problems };
}

async function ask(page: Page, question: string): Promise<void> {
  await page.fill('#question', question);
  await page.press('#question', 'Enter');
}

/** The first question is refused; a key pasted there answers it, and all that follow. */
async function pasteKey(page: Page): Promise<void> {
  await page.locator('input[aria-label="API key"]').first().fill(site.apiKey);
  await page.locator('button:text-is("Use it")').first().click();
}

async function answers(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => document.querySelectorAll('article footer').length >= wanted, count);
}

/** Also of what the browser does not draw yet (`content-visibility`), whose inner text is empty. */
async function wordsOf(part: Locator): Promise<string> {
  return (await part.textContent()) ?? '';
}

describe.skipIf(!hasBrowser)('the chat', () => {
  test('asks for a key when nobody is signed in, keeps it in memory only, and answers with the model’s words', async () => {
    const { page, problems } = await openChat(['trunkline/mini']);
    await ask(page, 'What are you?');
    await pasteKey(page);
    const retried = page.locator('article .answer-text');
    await retried.waitFor();
    await page.waitForSelector('article footer >> text=tokens');
    expect(await wordsOf(retried)).toContain('trunkline/mini');
    expect(await wordsOf(page.locator('article'))).toContain('Trunkline');
    const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    expect(stored).not.toContain('sk-tl');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('sends a pasted picture, and the model sees it', async () => {
    const { page, problems } = await openChat(['trunkline/mini']);
    const png = drawPng(64, [214, 40, 40], [20, 20, 20]).toString('base64');
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], 'a.png', { type: 'image/png' }));
      document.querySelector('#question')!.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, png);
    await page.waitForSelector('form img');
    await ask(page, 'What do you see?');
    await pasteKey(page);
    await page.waitForSelector('article footer >> text=tokens');
    expect((await wordsOf(page.locator('article .answer-text'))).toLowerCase()).toContain('red');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('asks two models side by side, and one of them alone by its name', async () => {
    const { page, problems } = await openChat(['trunkline/mini', 'demo/caller']);
    await ask(page, '@trunkline/mini What are you?');
    await pasteKey(page);
    await page.waitForSelector('article footer >> text=tokens');
    expect(await page.locator('article').count()).toBe(1);
    await ask(page, 'What are you?');
    await answers(page, 3);
    expect(await page.locator('section[aria-label^="Model 1"] article').count()).toBe(2);
    expect(await page.locator('section[aria-label^="Model 2"] article').count()).toBe(1);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('stops an answer at Esc and says that it is a part', async () => {
    const { page, problems } = await openChat(['demo/slow']);
    await ask(page, 'Go on');
    await pasteKey(page);
    await page.waitForSelector('text=Only the beginning');
    await page.keyboard.press('Escape');
    await page.waitForSelector('text=Stopped by you');
    expect(await wordsOf(page.locator('article'))).toContain('only a part');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a stream that breaks never looks finished, and can be resumed where it broke', async () => {
    const { page, problems } = await openChat(['demo/cut']);
    await ask(page, 'Go on');
    await pasteKey(page);
    await page.waitForSelector('article [role=alert]:has-text("Resume")');
    expect(await wordsOf(page.locator('article'))).toContain('Only the beginning');
    await page.click('button:text-is("Resume")');
    await page.waitForSelector('text=Only the beginning and the rest');
    await page.waitForFunction(() => document.querySelector('article [role=alert]') === null);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('shows a call of a tool and sends what the reader says it gave', async () => {
    const { page, problems } = await openChat(['demo/caller']);
    await ask(page, 'Look');
    await pasteKey(page);
    await page.waitForSelector('text=look');
    await page.fill('article textarea', 'blue');
    await page.click('button:text-is("Send the result")');
    await page.waitForSelector('text=It gave blue');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('hostile output runs nothing, asks nothing of anybody, and leaves the page as wide as it was', async () => {
    const { page, problems } = await openChat(['demo/hostile'], 360);
    const parts = Math.ceil(HOSTILE_TEXTS.length / CHUNK);
    for (let part = 0; part < parts; part++) {
      await ask(page, String(part));
      if (part === 0) await pasteKey(page);
      await page.waitForFunction(
        (wanted) =>
          document.querySelectorAll('article footer').length === wanted && !document.querySelector('article .waiting'),
        part + 1,
      );
      await page.waitForSelector(`article >> nth=${part} >> text=tokens`);
    }
    const found = await page.evaluate(() => ({
      pictures: document.querySelectorAll(
        '.answer-text :is(img, svg:not(figcaption svg), iframe, script, style, form, input)',
      ).length,
      links: [...document.querySelectorAll<HTMLAnchorElement>('.answer-text a')].map(({ protocol }) => protocol),
      width: document.documentElement.scrollWidth,
    }));
    expect(found.pictures).toBe(0);
    expect(found.links.length).toBeGreaterThan(20);
    expect(new Set(found.links).difference(new Set(['http:', 'https:', 'mailto:']))).toEqual(new Set());
    expect(found.width).toBeLessThanOrEqual(360);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a room is there again after the page was loaded anew, and can be renamed and deleted', async () => {
    const { page, problems } = await openChat(['trunkline/mini']);
    await ask(page, 'What are you?');
    await pasteKey(page);
    await page.waitForSelector('article footer >> text=tokens');
    await page.click('h1 button');
    await page.fill('input[aria-label="Name of the room"]', 'About you');
    await page.keyboard.press('Enter');
    await page.waitForSelector('nav[aria-label=Rooms] >> text=About you');
    await page.reload();
    await page.waitForSelector('article .answer-text');
    expect(await page.locator('h1').innerText()).toBe('About you');
    await page.hover('nav[aria-label=Rooms] li');
    page.removeAllListeners('dialog');
    page.on('dialog', (dialog) => void dialog.accept());
    await page.click('button[aria-label="Delete About you"]');
    await page.waitForSelector('text=A room is kept with its first question.');
    expect(problems).toEqual([]);
    await page.close();
  });
});
