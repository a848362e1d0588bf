import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import { openScriptedProviders, type ScriptedProviders } from './failing-provider.ts';
import { claim, openSite, type Site, type Visit, visit } from './site.ts';

const MODEL = 'demo/talker';
let providers: ScriptedProviders;
let site: Site;
let browser: Browser;
let owner: Visit;

async function ask(key: string): Promise<Response> {
  return fetch(`${site.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-title': 'Browser <b>test</b>' },
    body: JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: 'Good day?' }],
      provider: { order: ['broken', 'sound'] },
    }),
  });
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  providers = await openScriptedProviders();
  site = await openSite({ config: providers.config(MODEL) });
  browser = await openBrowser();
  owner = await visit(browser, site, { state: await claim(browser, site) });
}, 90_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  providers?.close();
});

async function makeKey(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Limit in dollars').fill('5');
  await page.getByLabel('Limit starts anew').selectOption('monthly');
  await page.getByRole('button', { name: 'Create key' }).click();
  return (await page.locator('[data-secret]').textContent()) ?? '';
}

describe.skipIf(!hasBrowser)('the console', () => {
  test('makes a key, shows how its request was routed, and takes the key away', async () => {
    const keys = await owner.open('/keys');
    const secret = await makeKey(keys, 'browser key');
    expect(secret).toMatch(/^sk-tl-v1-\w+$/);
    // Nobody has taken it yet: closing asks first.
    await keys.getByRole('button', { name: 'Done' }).click();
    await keys.getByRole('button', { name: 'Close without it' }).click();
    expect(await keys.locator('[data-secret]').count()).toBe(0);
    const row = keys.getByRole('row').filter({ hasText: 'browser key' });
    expect(await row.textContent()).toContain('$5.00 left of $5.00 this month');
    expect(await keys.content()).not.toContain(secret);

    const log = await owner.open('/generations');
    await log.getByRole('button', { name: /^Live/ }).waitFor();
    const answer = await ask(secret);
    expect(answer.status).toBe(200);
    const { id } = (await answer.json()) as { id: string };
    // It came by itself, without the page being asked again.
    const link = log.locator(`#row-${id}`);
    await link.waitFor();
    await log.getByLabel('Filter of the log').fill('key:"browser key" cost>0.00009');
    await log.waitForURL(/q=key/);
    await link.waitFor();
    await link.press(' ');
    await log.getByRole('dialog').getByText('Attempts').waitFor();
    await log.getByRole('link', { name: 'Open its page' }).click();

    await log.getByRole('heading', { name: 'Route', exact: true }).waitFor();
    const text = (await log.textContent('main')) ?? '';
    expect(text).toContain('tried and failed');
    expect(text).toContain('chosen');
    expect(text).toContain('failed with status 500');
    // 1,200 tokens at $0.08 and 3 at $0.30 per million, to the last digit.
    expect(text).toContain('$0.0000969');
    expect(await log.locator('main ol > li').count()).toBeGreaterThanOrEqual(4);
    expect(await log.locator('main img').count()).toBe(0);
    await log.getByRole('button', { name: 'Replay now' }).click();
    await log.getByText('is not kept').waitFor();
    // The answer that there is no stored text is the one refusal that this path meets.
    expect(owner.problems().filter((problem) => !problem.includes('404'))).toEqual([]);
    await log.close();

    await row.getByRole('button', { name: /^Disable/ }).click();
    await keys.getByRole('button', { name: 'Undo' }).waitFor();
    expect((await ask(secret)).status).toBe(401);
    await keys.getByRole('button', { name: 'Undo' }).click();
    await row.getByRole('button', { name: /^Disable/ }).waitFor();
    await row.getByText('active').waitFor();
    expect((await ask(secret)).status).toBe(200);

    await row.getByRole('button', { name: /^Delete/ }).click();
    const sure = keys.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true });
    expect(await sure.isDisabled()).toBe(true);
    await keys.getByLabel(/^Type its name/).fill('browser key');
    await sure.click();
    // The page below an open sheet is hidden from those who read by roles: the row is gone only after it.
    await keys.getByRole('dialog').waitFor({ state: 'detached' });
    await row.waitFor({ state: 'detached' });
    expect((await ask(secret)).status).toBe(401);
    expect(owner.problems()).toEqual([]);
    await keys.close();
  }, 180_000);

  test('asks who is not signed in to sign in, and shows nothing', async () => {
    const stranger = await visit(browser, site);
    for (const path of ['/keys', '/generations', '/console', '/activity', '/billing']) {
      const page = await stranger.open(path);
      expect([path, await page.textContent('h1')]).toEqual([path, 'Sign in to see this page']);
      await page.close();
    }
    await stranger.context.close();
  }, 120_000);
});
