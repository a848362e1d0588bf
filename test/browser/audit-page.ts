/** Everything that is asked of a page: axe in each theme, Tab from the top to the end, and narrow windows. One load for all of it. */
import type { CDPSession, Page } from 'playwright-core';
import { findViolations } from './axe.ts';
import { goTo } from './filled-site.ts';
import { installInPage } from './in-page.ts';

/** More stops than any page has: a walk that is longer is caught in a circle. */
const STOPS_MAX = 700;
const KEYS_AT_ONCE = 20;

export const WIDE = { width: 1280, height: 900 } as const;
export const PHONE = { width: 360, height: 760 } as const;

/** 1,280 px at 200 % are 640; 360 is the phone that we draw for; 320 is 1,280 at 400 %. */
const WINDOWS = [
  ['200 %', { width: 640, height: 450 }],
  ['360 px', PHONE],
  ['320 px', { width: 320, height: 640 }],
] as const;

/** Buttons that open on a narrow window what a wide one shows at once. */
const OPENERS = ['Menu', 'Filters', 'Rooms'];

export async function auditPage(page: Page, address: string): Promise<readonly string[]> {
  await page.setViewportSize(WIDE);
  await goTo(page, address);
  await page.evaluate(`(${installInPage})()`);
  const keyboard = await walk(page);
  await page.evaluate(openDetails);
  const axe = await auditThemes(page);
  const offered = await page.evaluate(() => window.inPage.offers());
  const narrow: string[] = [];
  for (const [name, size] of WINDOWS) {
    await page.setViewportSize(size);
    await page.evaluate(nextFrame);
    narrow.push(...(await page.evaluate(() => window.inPage.findLosses())).map((line) => `${name}: ${line}`));
    if (size.width === 360) narrow.push(...(await findGone(page, offered)));
  }
  return [...keyboard.map((line) => `keyboard: ${line}`), ...axe, ...narrow];
}

/** What is closed at first is checked as well; a page of many such parts shows the same with its first ones. */
function openDetails(): void {
  for (const details of [...document.querySelectorAll('main details:not([data-popup])')].slice(0, 8))
    (details as HTMLDetailsElement).open = true;
}

/** The layout of a changed window is there, and what scripts do about it. */
export function nextFrame(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** All rules in light and dark, those of colours in contrast, long tables whole in light. The theme is one attribute of the document, as when it is chosen. */
export async function auditThemes(page: Page, within?: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const theme of ['light', 'dark', 'contrast'] as const) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name;
    }, theme);
    const lines = await findViolations(page, {
      rules: theme === 'contrast' ? 'colours' : 'all',
      rows: theme === 'light' ? 'all' : 'first',
      ...(within !== undefined && { within }),
    });
    found.push(...lines.map((line) => `axe, ${theme}: ${line}`));
  }
  await page.evaluate(() => {
    document.documentElement.dataset.theme = 'light';
  });
  return found;
}

/** Tab from the top until it comes around; the first stop skips to the content. */
async function walk(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  await page.evaluate(() => window.inPage.beginWalk());
  for (let pressed = 0; pressed < STOPS_MAX; pressed += KEYS_AT_ONCE) {
    await pressTab(session, KEYS_AT_ONCE);
    if (await page.evaluate(() => window.inPage.isAround())) break;
  }
  await session.detach();
  const problems = await page.evaluate(() => window.inPage.endWalk());
  return [...problems, ...(await trySkipLink(page))];
}

/** Not one by one: what each stop is like is noted within the page. */
async function pressTab(session: CDPSession, times: number): Promise<void> {
  const key = { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 };
  const sent = Array.from({ length: times }, () => [
    session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key }),
    session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key }),
  ]);
  await Promise.all(sent.flat());
}

async function trySkipLink(page: Page): Promise<readonly string[]> {
  await page.evaluate(() => window.inPage.goToTop());
  await page.keyboard.press('Tab');
  const first = await page.evaluate(() => document.activeElement?.getAttribute('href'));
  if (first !== '#main') return ['the first stop does not skip to the content'];
  await page.keyboard.press('Enter');
  const landed = await page.evaluate(() => document.activeElement?.id);
  return landed === 'main' ? [] : ['the skip link does not go to the content'];
}

const STREAM = /^button (?:Connecting…|Live|Asked every 10 s|Paused)/;

async function findGone(page: Page, offered: readonly string[]): Promise<readonly string[]> {
  const there = new Set(await page.evaluate(() => window.inPage.offers()));
  for (const name of OPENERS) {
    const opener = page.locator(`button:visible:text-is("${name}"), button[aria-label="${name}"]:visible`).first();
    if ((await opener.count()) === 0) continue;
    await opener.press('Enter');
    await page.evaluate(nextFrame);
    for (const offer of await page.evaluate(() => window.inPage.offers())) there.add(offer);
    await opener.press('Enter');
  }
  // The headings that sort are those of the columns on show; the list of orders has them all.
  const hasOrder = [...there].some((offer) => offer.startsWith('select Order'));
  // One button that says how the stream stands, which may change meanwhile.
  const hasStream = [...there].some((offer) => STREAM.test(offer));
  const isCovered = (offer: string) =>
    there.has(offer) || (hasOrder && /^button .*[↑↓]$/.test(offer)) || (hasStream && STREAM.test(offer));
  return [...new Set(offered)].filter((offer) => !isCovered(offer)).map((offer) => `360 px: there is no ${offer}`);
}
