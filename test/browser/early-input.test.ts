import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import { answering, openSite, type Site, type Visit, visit } from './site.ts';

/** A machine that does much else is slow; nothing here measures time. */
const MS_MAX = 60_000;
const hasBrowser = findBrowser() !== undefined;

describe.skipIf(!hasBrowser)('a page that the server drew, before its scripts have come', () => {
  let site: Site;
  let browser: Browser;
  let visitor: Visit;
  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(), openBrowser()]);
    visitor = await visit(browser, site);
  }, MS_MAX);
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  /** The page as it stands without scripts; the returned function lets them come. */
  async function openEarly(path: string): Promise<{ readonly page: Page; readonly arrive: () => Promise<void> }> {
    // The first visitor gets one that the browser draws.
    const drawn = async () => await (await fetch(site.address + path, { headers: { accept: 'text/html' } })).text();
    while (!(await drawn()).includes('<div id="root"><')) await Bun.sleep(50);
    const page = await visitor.context.newPage();
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    await page.route('**/assets/*.js', async (route) => {
      await arrived;
      await route.continue();
    });
    await page.goto(site.address + path, { waitUntil: 'commit' });
    return {
      page,
      async arrive() {
        expect(await page.evaluate(() => 'answering' in document.documentElement.dataset)).toBe(false);
        resolve();
        await answering(page);
      },
    };
  }

  async function leave(page: Page): Promise<void> {
    expect(visitor.problems()).toEqual([]);
    await page.close();
  }

  test(
    'what was typed and chosen counts, and the cursor stays',
    async () => {
      const { page, arrive } = await openEarly('/models');
      await page.locator('select').first().selectOption({ label: 'Cheapest' });
      await page.getByRole('searchbox').first().pressSequentially('scout');
      await arrive();
      await page.waitForURL((url) => url.searchParams.get('q') === 'scout' && url.searchParams.get('sort') === 'price');
      expect(await page.getByRole('searchbox').first().inputValue()).toBe('scout');
      expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
      await leave(page);
    },
    MS_MAX,
  );

  test(
    'what was clicked is done: buttons, boxes, menus and what unfolds',
    async () => {
      const { page, arrive } = await openEarly('/meta-llama/llama-4-scout');
      await page.getByRole('button', { name: 'Python (openai)' }).click();
      await page.getByText('Price history with sources').click();
      await page.getByRole('checkbox', { name: 'A picture' }).check();
      await page.getByRole('button', { name: 'Theme' }).click();
      await arrive();
      await page.getByRole('button', { name: 'Python (openai)', pressed: true }).waitFor();
      await page.locator('details[open] > summary', { hasText: 'Price history' }).waitFor();
      expect(await page.getByRole('checkbox', { name: 'A picture' }).isChecked()).toBe(true);
      await page.getByRole('menu').waitFor();
      await leave(page);
    },
    MS_MAX,
  );

  test(
    'links and the keyboard work as ever',
    async () => {
      const { page, arrive } = await openEarly('/rankings');
      await page.getByRole('button', { name: 'Providers', exact: true }).focus();
      await page.keyboard.press('Enter');
      await arrive();
      await page.waitForURL(/by=provider/);
      await page.waitForFunction(() => document.activeElement?.textContent === 'Providers');
      await leave(page);
      const early = await openEarly('/rankings');
      await early.page.getByRole('link', { name: 'Models', exact: true }).first().click();
      await early.page.waitForURL(/\/models/, { waitUntil: 'commit' });
      await early.arrive();
      await early.page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
      await leave(early.page);
    },
    MS_MAX,
  );
});
