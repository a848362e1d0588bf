/** The main job of a page, done with keys alone from the top of the page. Each ends in what a person would see. */
import { expect } from 'bun:test';
import type { Locator, Page } from 'playwright-core';
import { auditThemes, nextFrame } from './audit-page.ts';
import type { FilledSite } from './filled-site.ts';

export interface Job {
  readonly name: string;
  readonly path: string;
  readonly who?: 'stranger';
  run(page: Page): Promise<void>;
}

/** More than stand before anything that a job looks for. */
const TABS_MAX = 150;

/** Tab, until this has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.first().waitFor();
  for (let pressed = 0; pressed < TABS_MAX; pressed++) {
    await page.keyboard.press('Tab');
    if (await wanted.first().evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab did not come to ${wanted}`);
}

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

export function jobsOf({ room }: FilledSite): readonly Job[] {
  return [
    {
      ...{ name: 'find a model by a wish', path: '/', who: 'stranger' as const },
      async run(page) {
        await page.keyboard.press('/');
        await page.locator('[data-search]:focus').waitFor();
        await page.keyboard.type('open weights with reasoning');
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/models\?.*open=1/);
      },
    },
    {
      ...{ name: 'filter models, change the view with Space, and open one', path: '/models', who: 'stranger' as const },
      async run(page) {
        await page.keyboard.press('/');
        await page.keyboard.type('llama-4-scout');
        await page.waitForURL(/q=llama-4-scout/);
        await tabTo(page, button(page, 'Cards'));
        await page.keyboard.press(' ');
        await page.waitForURL(/view=cards/);
        await page.keyboard.press('j');
        await page.locator('[data-main]:focus').waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name: /Llama 4 Scout/ }).waitFor();
      },
    },
    {
      ...{ name: 'pick two models and compare them', path: '/models?q=llama-4', who: 'stranger' as const },
      async run(page) {
        for (const key of ['j', 'x', 'j', 'x']) {
          await page.keyboard.press(key);
          await page.evaluate(nextFrame);
        }
        await button(page, /^Take .* out$/)
          .nth(1)
          .waitFor();
        await page.keyboard.press('c');
        await page.waitForURL(/\/compare\?m=.*&m=/);
      },
    },
    {
      ...{ name: 'go through the time windows of the rankings', path: '/rankings', who: 'stranger' as const },
      async run(page) {
        await page.getByRole('heading', { level: 1, name: 'Rankings' }).waitFor();
        for (const [key, window] of [
          ['[', '1d'],
          [']', '7d'],
          [']', '30d'],
          [']', '90d'],
          [']', '90d'],
          ['[', '30d'],
        ]) {
          await page.keyboard.press(key!);
          await page.evaluate(nextFrame);
          await page.waitForURL(new RegExp(`window=${window}`));
        }
      },
    },
    {
      ...{ name: 'open an endpoint and order providers by price', path: '/trunkline/mini', who: 'stranger' as const },
      async run(page) {
        await tabTo(page, page.locator('#providers').getByRole('button', { name: 'Price' }));
        await page.keyboard.press('Enter');
        await page.waitForURL(/sort=price/);
        await tabTo(page, page.locator('#providers a[href^="?endpoint"]'));
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').getByText('Errors').first().waitFor();
      },
    },
    {
      ...{ name: 'join, and be told why not', path: '/invite?token=none', who: 'stranger' as const },
      async run(page) {
        await tabTo(page, page.getByLabel('Your name'));
        await page.keyboard.type('Nobody');
        await page.keyboard.press('Tab');
        await page.keyboard.type('nobody');
        await page.keyboard.press('Enter');
        await page.getByRole('alert').first().waitFor();
      },
    },
    {
      ...{ name: 'go somewhere by letters, and to a model by the palette', path: '/console' },
      async run(page) {
        await page.keyboard.press('g');
        await page.keyboard.press('r');
        await page.waitForURL(/\/rankings$/);
        await page.keyboard.press('Control+k');
        await page.locator('[role="combobox"]:focus').waitFor();
        await page.keyboard.type('trunkline mini');
        await page.getByRole('option', { name: /trunkline\/mini/ }).waitFor();
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/trunkline\/mini$/);
      },
    },
    {
      ...{ name: 'find a provider and the making of a key by the palette', path: '/console' },
      async run(page) {
        const findAnd = async (words: string, kind: string) => {
          await page.keyboard.press('Control+k');
          await page.locator('[role="combobox"]:focus').waitFor();
          await page.keyboard.type(words);
          await page
            .getByRole('option', { name: new RegExp(`${kind}$`) })
            .first()
            .waitFor();
          await page.keyboard.press('Enter');
        };
        await findAnd('deepinfra', 'provider');
        await page.waitForURL(/\/providers\/deepinfra$/);
        await findAnd('create key', 'action');
        await page.waitForURL(/\/keys\?new=1$/);
        await page.getByRole('dialog', { name: 'New key' }).waitFor();
        await page.keyboard.press('Escape');
        await page.waitForURL(/\/keys$/);
      },
    },
    {
      ...{ name: 'walk along a chart', path: '/console' },
      async run(page) {
        const chart = page.getByRole('application').first();
        await tabTo(page, chart);
        const readout = chart.locator('xpath=following-sibling::p');
        const idle = await readout.innerText();
        await page.keyboard.press('Home');
        await page.evaluate(nextFrame);
        const first = await readout.innerText();
        await page.keyboard.press('ArrowRight');
        await page.evaluate(nextFrame);
        expect(await readout.innerText()).not.toBe(first);
        await page.keyboard.press('Escape');
        await page.evaluate(nextFrame);
        expect(await readout.innerText()).toBe(idle);
      },
    },
    {
      ...{ name: 'choose another theme', path: '/status' },
      async run(page) {
        await tabTo(page, button(page, /^Account of/));
        await page.keyboard.press('Enter');
        const dark = page.getByRole('menuitemradio', { name: 'Dark' });
        await dark.waitFor();
        while (!(await dark.evaluate((element) => element === document.activeElement)))
          await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
        await page.context().clearCookies({ name: 'trunkline-theme' });
      },
    },
    {
      ...{ name: 'look into a generation of the log, then open it', path: '/generations' },
      async run(page) {
        await page.locator('[id^="row-gen-"]').first().waitFor();
        await page.keyboard.press('j');
        await page.locator('[id^="row-gen-"]:focus').waitFor();
        await page.keyboard.press(' ');
        await page.getByRole('dialog').getByText('Attempts').waitFor();
        await page.keyboard.press('Escape');
        await page.locator('[id^="row-gen-"]:focus').waitFor();
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'Route', exact: true }).waitFor();
      },
    },
    {
      ...{ name: 'create a key, and leave without having copied it', path: '/keys' },
      async run(page) {
        await tabTo(page, button(page, 'New key'));
        await page.keyboard.press('Enter');
        await tabTo(page, page.getByLabel('Name'));
        await page.keyboard.type('made by keys');
        await page.keyboard.press('Enter');
        await page.locator('[data-secret]').waitFor();
        expect(await auditThemes(page, '[role="dialog"]')).toEqual([]);
        await tabTo(page, button(page, 'Done'));
        await page.keyboard.press('Enter');
        await tabTo(page, button(page, 'Close without it'));
        await page.keyboard.press('Enter');
        await page.getByRole('row').filter({ hasText: 'made by keys' }).waitFor();
        expect(await page.locator('[data-secret]').count()).toBe(0);
      },
    },
    {
      ...{ name: 'add credit', path: '/billing' },
      async run(page) {
        await tabTo(page, button(page, 'Add credit'));
        await page.keyboard.press('Enter');
        await tabTo(page, page.getByLabel(/^Amount/));
        await page.keyboard.type('12.5');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.getByText('$1,012.50').first().waitFor();
      },
    },
    {
      ...{ name: 'ask a second question in a room', path: room },
      async run(page) {
        await page.locator('#question:focus').waitFor();
        await page.locator('article footer').first().waitFor();
        await page.keyboard.type('And who made you?');
        await page.keyboard.press('Enter');
        await page.locator('article footer').nth(1).waitFor();
      },
    },
  ];
}
