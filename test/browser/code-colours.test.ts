import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { drawPng } from '../../engine/test-engine.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { claim, openSite, type Site, visit } from './site.ts';

const ROOT = join(import.meta.dir, '..', '..');
/** All kinds of colour. */
const CODE = [
  '```ts\n// a comment\nclass Cat extends Map<string, number> {\n  name = "it\'s a cat"; legs = 4;\n}\nconsole.log(new Cat());\n```',
  '```python\n@decorated\ndef purr(times: int) -> str:\n    return f"purr {times}" * 3  # twice\n```',
  '```diff\n-gone\n+come\n```',
  '```css\n.cat { color: red; }\n```',
  '```html\n<a href="https://evil.example/" onclick="globalThis.canary = 1">x</a>\n```',
].join('\n\n');
const PICTURE = '![a cat](https://pictures.example/cat.png?q=secret)';

let provider: ReturnType<typeof Bun.serve>;
let site: Site;
let browser: Browser;
let state: object;

function openProvider() {
  return Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1' },
    async fetch(request) {
      if (request.method !== 'POST') return new Response('', { status: 404 });
      const { messages } = (await request.json()) as { readonly messages: readonly { readonly content: string }[] };
      const content = messages.at(-1)!.content === 'code' ? CODE : PICTURE;
      const frame = (delta: object, finish: string | null) =>
        `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
      return new Response(`${frame({ content }, null)}${frame({}, 'stop')}data: [DONE]\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      });
    },
  });
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  provider = openProvider();
  site = await openSite({
    config: `[[providers]]\nid = "scripted"\nformat = "openai-chat"\nbase_url = "http://127.0.0.1:${provider.port}/v1"\napi_key = "x"\nallow_private_network = true\n[[providers.models]]\nmodel = "demo/writer"\n`,
  });
  browser = await openBrowser();
  state = await claim(browser, site);
}, 90_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  await provider?.stop(true);
});

async function ask(context: BrowserContext, question: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.address}/chat?model=demo/writer`);
  await page.fill('#question', question);
  return page;
}

/** The least contrast of any coloured word with what it stands on. */
async function leastContrast(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const light = (colour: string): number => {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
    };
    const ground = (element: Element): string => {
      for (let at: Element | null = element; at; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (!/, 0\)$|transparent|\/ 0\)$/.test(backgroundColor)) return backgroundColor;
      }
      return 'white';
    };
    const contrasts = [...document.querySelectorAll('.code-block code span')].map((word) => {
      const [a, b] = [light(getComputedStyle(word).color), light(ground(word))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    });
    return Math.min(...contrasts);
  });
}

describe.skipIf(!hasBrowser)('an answer of the chat', () => {
  for (const theme of ['light', 'dark', 'contrast'] as const) {
    test(`has code in colours that can be read, theme ${theme}`, async () => {
      const { context, problems } = await visit(browser, site, { state, theme });
      const page = await ask(context, 'code');
      const scripts: string[] = await page.evaluate(() =>
        performance.getEntriesByType('resource').flatMap(({ name }) => (name.endsWith('.js') ? [name] : [])),
      );
      expect(scripts.filter((name) => name.includes('paint-code'))).toEqual([]);
      const sizes = scripts.map((name) => statSync(join(ROOT, 'dist/web', `${new URL(name).pathname}.gz`)).size);
      expect(sizes.reduce((all, size) => all + size, 0)).toBeLessThan(200 * 1024);

      await page.press('#question', 'Enter');
      await page.waitForFunction(() => document.querySelectorAll('code[data-painted]').length === 5);
      const kinds = await page.evaluate(() => [
        ...new Set([...document.querySelectorAll('.code-block code span')].map((word) => word.className)),
      ]);
      expect(kinds.sort()).toEqual(
        'added comment keyword meta name number removed string title type'.split(' ').map((kind) => `code-${kind}`),
      );
      expect(await leastContrast(page)).toBeGreaterThanOrEqual(4.5);
      const shown = await page.locator('.code-block code').allTextContents();
      expect(shown.at(-1)!.trim()).toBe('<a href="https://evil.example/" onclick="globalThis.canary = 1">x</a>');
      expect(problems()).toEqual([]);
      await context.close();
    }, 60_000);
  }

  test('loads a picture only when asked, through this server, and shows it from memory', async () => {
    const { context, problems } = await visit(browser, site, { state });
    const asked: unknown[] = [];
    // In place of the fetch from outside, which this test does not do; what the route refuses is its own test.
    await context.route('**/api/x/pictures', async (route) => {
      asked.push(route.request().postDataJSON());
      const body = drawPng(64, [214, 40, 40], [20, 20, 20]);
      await route.fulfill({ status: 200, contentType: 'image/png', body });
    });
    const page = await ask(context, 'picture');
    await page.press('#question', 'Enter');
    const load = page.getByRole('button', { name: 'Load picture' });
    await load.waitFor();
    await page.locator('.image-asked', { hasText: 'Picture “a cat” from pictures.example' }).waitFor();
    expect(await page.locator('article img').count()).toBe(0);
    expect(asked).toEqual([]);
    await load.click();
    const picture = page.getByRole('img', { name: 'a cat' });
    await picture.waitFor();
    expect(asked).toEqual([{ url: 'https://pictures.example/cat.png?q=secret' }]);
    expect(await picture.getAttribute('src')).toMatch(/^blob:/);
    expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64);
    expect(problems()).toEqual([]);
    await context.close();
  }, 60_000);

  test('says why a picture cannot be had', async () => {
    const { context } = await visit(browser, site, { state });
    const page = await ask(context, 'picture');
    await page.press('#question', 'Enter');
    await page.getByRole('button', { name: 'Load picture' }).click();
    // `.example` resolves nowhere.
    await page.getByText('A file given by address').waitFor({ timeout: 30_000 });
    expect(await page.getByRole('button', { name: 'Load picture' }).isEnabled()).toBe(true);
    await context.close();
  }, 60_000);
});
