import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { drawPng } from '../../engine/test-engine.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { openSite, type Site } from './site.ts';

/** A machine that does much else is slow; nothing here measures time. */
const MS_MAX = 60_000;

const hasBrowser = findBrowser() !== undefined;

for (const base of ['', '/gw']) {
  describe.skipIf(!hasBrowser)(`pages of models below "${base}/"`, () => {
    let site: Site;
    let browser: Browser;
    let address: string;

    beforeAll(async () => {
      site = await openSite({ base });
      ({ address } = site);
      browser = await openBrowser();
    }, MS_MAX);
    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    /** A page whose every error and every load from elsewhere is a failure of the test. */
    async function openPage(path: string, width = 1200) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${address}/`) && !/^(?:data|blob):/.test(url)) problems.push(url);
      });
      await page.goto(address + path);
      return { page, problems };
    }

    async function askServer(content: unknown): Promise<string> {
      const answer = await fetch(`${address}/api/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${site.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'trunkline/mini', temperature: 0, messages: [{ role: 'user', content }] }),
      });
      const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
      return choices[0]!.message.content;
    }

    async function askPage(page: Page, question: string): Promise<string> {
      await page.fill('#question', question);
      // An answer may come before the next look: the words of the last one are taken away first.
      await page.evaluate(() => {
        document.querySelector('#state')!.textContent = '';
      });
      await page.click('#run button[type=submit]');
      await page.waitForFunction(() => /in this browser\.$/.test(document.querySelector('#state')?.textContent ?? ''));
      return (await page.textContent('#answer')) ?? '';
    }

    test(
      'the bundled model runs in the browser and gives the server’s own answers',
      async () => {
        const { page, problems } = await openPage('/trunkline/mini');
        for (const question of ['What are you?', 'How do I make an API key?', 'What is the capital of France?']) {
          expect([question, await askPage(page, question)]).toEqual([question, await askServer(question)]);
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
      },
      MS_MAX,
    );

    test(
      'the bundled model says what it is and where it fails, on a phone as well',
      async () => {
        const { page, problems } = await openPage('/trunkline/mini', 360);
        await page.waitForSelector('#question');
        const text = (await page.textContent('main')) ?? '';
        expect([
          text.includes('demonstration'),
          text.includes('Not Llama, not Scout'),
          text.includes('86.5 %'),
        ]).toEqual([...[true, true, true]]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
        expect(problems).toEqual([]);
        await page.close();
      },
      MS_MAX,
    );

    test(
      'the page of Llama 4 Scout has each of its sections, whoever draws it',
      async () => {
        const drawn = await (
          await fetch(`${address}/meta-llama/llama-4-scout`, { headers: { accept: 'text/html' } })
        ).text();
        const { page, problems } = await openPage('/meta-llama/llama-4-scout');
        await page.waitForSelector('text=not verified on this machine', { timeout: 10_000 }).catch(() => undefined);
        const text = (await page.textContent('main')) ?? '';
        for (const title of ['Providers', 'Apps', 'Recent activity', 'Uptime', 'Sample code and API', 'DeepInfra']) {
          expect([title, drawn.includes(title), text.includes(title)]).toEqual([title, true, true]);
        }
        expect(text.toLowerCase()).toContain('not verified on this machine');
        expect(text).toContain(`${address}/api/v1/chat/completions`);
        expect(await page.locator('#providers tbody tr').count()).toBeGreaterThan(10);
        expect(problems).toEqual([]);
        await page.close();
      },
      MS_MAX,
    );

    test(
      'an endpoint’s sheet opens by its address and closes by its key',
      async () => {
        const { page, problems } = await openPage('/meta-llama/llama-4-scout?endpoint=deepinfra%2Ffp8');
        await page.waitForSelector('[role=dialog]');
        expect(await page.textContent('[role=dialog]')).toContain('meta-llama/llama-4-scout|deepinfra/fp8');
        await page.keyboard.press('Escape');
        await page.waitForSelector('[role=dialog]', { state: 'detached' });
        expect(page.url()).not.toContain('endpoint=');
        expect(problems).toEqual([]);
        await page.close();
      },
      MS_MAX,
    );

    test(
      'a model that nobody knows is missing, and what is called nearly like it is named',
      async () => {
        const answer = await fetch(`${address}/nobody/lama-4-scout`, { headers: { accept: 'text/html' } });
        expect(answer.status).toBe(404);
        const page = await browser.newPage();
        await page.goto(`${address}/nobody/lama-4-scout`);
        await page.waitForSelector('h1:has-text("No model is called")');
        await page.click('main a:has-text("meta-llama/llama-4-scout")');
        await page.waitForSelector('#providers');
        expect(page.url()).toBe(`${address}/meta-llama/llama-4-scout`);
        await page.close();
      },
      MS_MAX,
    );
  });
}
