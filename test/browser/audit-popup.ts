/** What is asked of a popup: it opens and closes by keys, keeps or passes on the focus, and axe finds nothing in it. */
import type { Locator, Page } from 'playwright-core';
import { auditThemes, nextFrame, PHONE, WIDE } from './audit-page.ts';
import { goTo } from './filled-site.ts';
import { installInPage } from './in-page.ts';
import type { Popup } from './popups.ts';

/** More than any dialog has but the long one. */
const TABS_MAX = 50;

export async function auditPopup(page: Page, address: string, popup: Popup): Promise<readonly string[]> {
  await page.setViewportSize(popup.isPhone ? PHONE : WIDE);
  await goTo(page, address + popup.path);
  await page.evaluate(`(${installInPage})()`);
  const opener = popup.opener(page);
  await opener.focus();
  const before = await page.evaluate(() => window.inPage.tellFocus());
  await page.keyboard.press(popup.key ?? 'Enter');
  const shown = page.locator(popup.shows).first();
  await shown.waitFor();
  await shown
    .getByText(/^Loading /)
    .first()
    .waitFor({ state: 'detached' });
  // A dialog takes the focus a frame after it is there.
  if (popup.isModal) await page.waitForFunction((shows) => document.activeElement?.closest(shows), popup.shows);
  const problems = [...(await auditThemes(page, popup.shows))];
  if (popup.isModal) problems.push(...(await walkWithin(page, popup)));
  if (popup.shows === '[role="menu"]') problems.push(...(await walkMenu(page, shown)));
  if (popup.isPhone) problems.push(...(await page.evaluate(() => window.inPage.findLosses())));
  if (popup.isInline) return problems;
  await page.keyboard.press('Escape');
  await shown.waitFor({ state: 'hidden', timeout: 5_000 }).catch(() => problems.push('Escape does not close it'));
  await page.evaluate(nextFrame);
  const after = await page.evaluate(() => window.inPage.tellFocus());
  if (after !== before) problems.push(`${before} opened it, and ${after} has the focus after it`);
  return problems;
}

/** Every control of a dialog is reached, and nothing outside of it. One key a frame: what passes the focus on waits for one. */
async function walkWithin(page: Page, { shows, isLong }: Popup): Promise<readonly string[]> {
  await page.evaluate((selector) => window.inPage.beginWalk(selector), shows);
  for (let pressed = 0; pressed < TABS_MAX; pressed++) {
    await page.keyboard.press('Tab');
    await page.evaluate(nextFrame);
    if (await page.evaluate(() => window.inPage.isAround())) break;
  }
  const problems = await page.evaluate(() => window.inPage.endWalk());
  return isLong ? problems.filter((line) => !/not reached by Tab|not come around/.test(line)) : problems;
}

/** Arrows go from item to item, End to the last one. */
async function walkMenu(page: Page, menu: Locator): Promise<readonly string[]> {
  const items = menu.locator('[role^="menuitem"]');
  const last = (await items.count()) - 1;
  const focused = () => items.evaluateAll((all) => all.indexOf(document.activeElement as HTMLElement));
  await page.keyboard.press('Home');
  const first = await focused();
  await page.keyboard.press('ArrowDown');
  const second = await focused();
  await page.keyboard.press('End');
  const seen = `${first}, ${second}, ${await focused()}`;
  return seen === `0, 1, ${last}` ? [] : [`Home, down and End went to the items ${seen} of ${last + 1}`];
}
