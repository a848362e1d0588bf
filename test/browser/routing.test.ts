import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createServer, type Server } from 'node:http';
import type { Browser } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import { listen, providerConfig } from './provider-config.ts';
import { claim, openSite, type Site, type Visit, visit } from './site.ts';

const MODEL = 'demo/talker';
const seen: { path: string; body: string }[] = [];
let provider: Server;
let site: Site;
let browser: Browser;
let owner: Visit;

/** Two providers of one model behind one port; what is sent to them is kept. */
async function openProvider(): Promise<number> {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      seen.push({ path: request.url ?? '', body });
      response.writeHead(200, { 'content-type': 'application/json' });
      const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } };
      const usage = { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 };
      response.end(JSON.stringify({ id: 'up', object: 'chat.completion', created: 1, choices: [choice], usage }));
    });
  });
  return listen(provider);
}

async function ask(more: object): Promise<number> {
  const response = await fetch(`${site.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Good day?' }], ...more }),
  });
  await response.text();
  return response.status;
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  const port = await openProvider();
  const configOf = (id: string, price: string) => providerConfig({ id, port, path: `/${id}`, model: MODEL, price });
  site = await openSite({ config: `${configOf('cheap', '1')}\n${configOf('dear', '3')}` });
  browser = await openBrowser();
  owner = await visit(browser, site, { state: await claim(browser, site) });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  provider?.close();
});

describe.skipIf(!hasBrowser)('routing', () => {
  test('defaults are written as a form, tried on the past, saved, and taken back', async () => {
    for (let index = 0; index < 3; index++) expect(await ask({ model: `${MODEL}:floor` })).toBe(200);
    const page = await owner.open('/settings/routing');
    await page.getByLabel('Never these providers').fill('cheap');
    expect(JSON.parse(await page.getByLabel('As JSON').inputValue())).toEqual({ ignore: ['cheap'] });
    await page.getByLabel('As JSON').fill('{"ignore": ["cheap"], "sort": "price"}');
    expect(await page.getByLabel('Sort').inputValue()).toBe('price');

    const dryRun = page.locator('section').filter({ hasText: 'Dry run' });
    // What was settled is in storage a moment later.
    for (let attempt = 0; attempt < 20; attempt++) {
      await dryRun.getByRole('button', { name: 'Try on past requests' }).click();
      await dryRun.getByText(/n = |No request/).waitFor();
      if (await dryRun.getByText('n = 3 requests').isVisible()) break;
    }
    const tried = (await dryRun.textContent()) ?? '';
    expect(tried).toContain('Would go to another provider3 requests');
    // 3,000 tokens at $3 instead of $1 per million.
    expect(tried).toContain('+$0.006');
    await page.getByRole('button', { name: 'Save as version 1' }).click();
    await page.getByRole('heading', { name: 'Version 1' }).waitFor();
    expect(await ask({})).toBe(200);
    expect(seen.at(-1)!.path).toStartWith('/dear/');

    await page.getByLabel('Never these providers').fill('');
    await page.getByRole('button', { name: 'Save as version 2' }).click();
    await page.getByRole('heading', { name: 'Version 2' }).waitFor();
    await page.getByText('Version 1 by').click();
    await page.getByRole('button', { name: 'Take version 1 into the editor' }).click();
    expect(await page.getByLabel('Never these providers').inputValue()).toBe('cheap');
    expect(owner.problems()).toEqual([]);
    await page.close();
  }, 120_000);

  test('a preset is made, used, compared with its next version, and deleted', async () => {
    const page = await owner.open('/presets');
    await page.getByRole('button', { name: 'New preset' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Name').fill('House writer');
    expect(await sheet.getByLabel('Slug').inputValue()).toBe('house-writer');
    await sheet.getByLabel('System prompt').fill('Write <b>well</b>.');
    await sheet.getByLabel('Model', { exact: true }).fill(MODEL);
    await sheet.getByLabel('Temperature').fill('0.5');
    await sheet.getByRole('button', { name: 'Save as version 1' }).click();
    await sheet.waitFor({ state: 'detached' });
    const row = page.getByRole('row').filter({ hasText: '@preset/house-writer' });
    await row.getByText('1 of 1').waitFor();
    expect(await ask({ model: '@preset/house-writer' })).toBe(200);
    expect(JSON.parse(seen.at(-1)!.body)).toMatchObject({
      temperature: 0.5,
      messages: [{ role: 'system', content: 'Write <b>well</b>.' }, { role: 'user' }],
    });

    await row.getByRole('button', { name: 'House writer', exact: true }).click();
    await sheet.getByLabel('Temperature').fill('1');
    await sheet.getByRole('button', { name: 'Save as version 2' }).click();
    await row.getByText('2 of 2').waitFor();
    await row.getByRole('button', { name: 'House writer', exact: true }).click();
    const lines = (await sheet.getByLabel('From version 1 to version 2').textContent()) ?? '';
    expect(lines).toContain('-   "temperature": 0.5');
    expect(lines).toContain('+   "temperature": 1');
    await sheet.getByLabel('with version').selectOption('1');
    await sheet.getByRole('button', { name: 'Let version 1 count' }).click();
    await page.keyboard.press('Escape');
    await row.getByText('1 of 2').waitFor();

    await row.getByRole('link', { name: /^Chat/ }).click();
    await page.getByText('@preset/house-writer').first().waitFor();
    expect(await page.textContent('body')).not.toContain('is not in the catalogue');
    await page.goBack();
    await row.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    // A row behind a dialog is as good as gone: the dialog first.
    await sheet.waitFor({ state: 'detached' });
    await row.waitFor({ state: 'detached' });
    expect(await ask({ model: '@preset/house-writer' })).toBe(404);
    expect(owner.problems()).toEqual([]);
    await page.close();
  }, 120_000);
});
