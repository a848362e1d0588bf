import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import { listen, providerConfig } from './provider-config.ts';
import { claim, openSite, type Site, type Visit, visit } from './site.ts';

const MODEL = 'demo/talker';
const HOSTILE = '<img src=x onerror=alert(1)> Good day.';
let provider: Server;
let site: Site;
let browser: Browser;
let owner: Visit;

async function openProvider(): Promise<number> {
  provider = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: HOSTILE } };
      const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: 'up-1', object: 'chat.completion', created: 1, model: 'x', choices: [choice], usage }),
      );
    });
  });
  return listen(provider);
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const config = providerConfig({ id: 'sound', port: await openProvider(), model: MODEL, price: '0.1' });
  site = await openSite({ config });
  browser = await openBrowser();
  owner = await visit(browser, site, { state: await claim(browser, site) });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  provider?.close();
});

/** Asks, and gives the generation's id. */
async function ask(): Promise<string> {
  return ((await (await fetchChat()).json()) as { id: string }).id;
}

function fetchChat(): Promise<Response> {
  return fetch(`${site.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'my key is sk-abc123def456ghi789jkl' }] }),
  });
}

async function saveDefaults(page: Page): Promise<void> {
  const saved = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok());
  await page.getByRole('button', { name: 'Save for every request' }).click();
  await saved;
  await page.locator('button:disabled', { hasText: 'Save for every request' }).waitFor();
}

describe.skipIf(!hasBrowser)('privacy', () => {
  test('nothing is stored until it is switched on; then a text is shown as text, and deleted on demand', async () => {
    const before = await ask();
    const privacy = await owner.open('/settings/privacy');
    await privacy.getByText('No text is stored').waitFor();
    await privacy.getByLabel('Store the text of').selectOption('all');
    await privacy.getByLabel('For so many days').fill('3');
    await privacy.getByRole('button', { name: 'Save', exact: true }).click();
    await privacy.getByText('It counts from the next request on').waitFor();

    await privacy.getByLabel(/^only endpoints with zero data retention/).check();
    await saveDefaults(privacy);
    expect((await fetchChat()).status).toBe(404);
    await privacy.getByLabel(/^only endpoints with zero data retention/).uncheck();
    await saveDefaults(privacy);

    const log = await owner.open(`/generations/${before}`);
    await log.getByText('No text is stored of this generation').waitFor();
    expect(await log.getByText('it came before storing was switched on').count()).toBe(1);

    const id = await ask();
    const page = await owner.open(`/generations/${id}`);
    await page.getByRole('button', { name: /^Show the text/ }).click();
    const answer = page.getByRole('group', { name: 'Answer', exact: true });
    await answer.waitFor();
    expect(await answer.textContent()).toBe(HOSTILE);
    expect(await page.locator('main img').count()).toBe(0);
    const request = (await page.getByRole('group', { name: 'Request, as it came' }).textContent()) ?? '';
    expect(request).toContain('my key is [redacted]');
    expect(await page.content()).not.toContain('sk-abc123');
    expect(page.url()).toContain('text=1');
    await page.getByRole('button', { name: 'Delete this text now' }).click();
    await page.getByText('No text is stored of this generation').waitFor();

    await ask();
    const again = await owner.open('/settings/privacy');
    await again.getByRole('button', { name: 'Delete everything now' }).click();
    await again.getByRole('dialog').getByText('The text of 1 generation').waitFor();
    await again.getByRole('button', { name: 'Delete now', exact: true }).click();
    await again.getByText('Deleted: the text of 1 generation').waitFor();
    await again.keyboard.press('Escape');
    await again.getByText('No text is stored').waitFor();
    const audit = await owner.open('/admin/audit');
    const entries = (await audit.textContent('main')) ?? '';
    for (const action of ['privacy.change', 'content.read', 'content.delete', 'privacy.delete']) {
      expect(entries).toContain(action);
    }
    expect(owner.problems()).toEqual([]);
  }, 90_000);
});
