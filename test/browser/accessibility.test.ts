import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { auditPage, WIDE } from './audit-page.ts';
import { auditPopup } from './audit-popup.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { type FilledSite, goTo, openFilledSite, stopsOf } from './filled-site.ts';
import { jobsOf } from './keyboard-jobs.ts';
import { popupsOf } from './popups.ts';
import { visit } from './site.ts';

/** A machine that does much else is slow; nothing here measures time. */
const MS_MAX = 600_000;
const WAIT_MS_MAX = 60_000;
/** Pages that are looked at at a time: while one loads, the other is audited. */
const AT_ONCE = 2;

const hasBrowser = findBrowser() !== undefined;
let browser: Browser;
let filled: FilledSite;

beforeAll(async () => {
  if (!hasBrowser) return;
  browser = await openBrowser();
  filled = await openFilledSite(browser);
}, MS_MAX);
afterAll(async () => {
  await browser?.close();
  filled?.site.close();
});

interface Task {
  readonly name: string;
  readonly who: 'owner' | 'stranger';
  /** What is wrong; nothing when all is well. */
  look(page: Page): Promise<readonly string[]>;
}

/**
 * All of it, each on a page of its visitor that is used again; what is wrong, by what was looked at. Whoever works has
 * contexts of its own: a context is a window, and Chromium draws what lies behind in it once a second.
 */
async function lookAtAll(tasks: readonly Task[]): Promise<Record<string, readonly string[]>> {
  const waiting = [...tasks];
  const found: Record<string, readonly string[]> = {};
  const work = async () => {
    const { site, state } = filled;
    const visits = { owner: await visit(browser, site, { state }), stranger: await visit(browser, site) };
    const pages = { owner: await visits.owner.context.newPage(), stranger: await visits.stranger.context.newPage() };
    for (const page of Object.values(pages)) page.setDefaultTimeout(WAIT_MS_MAX);
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const lines = await task.look(pages[task.who]).catch((error) => [`could not be done: ${error}`]);
      if (lines.length > 0) found[task.name] = lines;
    }
    await Promise.all(Object.values(visits).map(({ context }) => context.close()));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

describe.skipIf(!hasBrowser)('for everybody', () => {
  test(
    'on every page: axe finds nothing, Tab reaches all, and a phone and 200 % lose nothing',
    async () => {
      const stops = stopsOf(filled);
      expect(stops.length).toBeGreaterThan(40);
      const found = await lookAtAll(
        stops.map(({ path, who }) => ({
          ...{ name: `${path} (${who})`, who },
          look: (page) => auditPage(page, filled.site.address + path),
        })),
      );
      expect(found).toEqual({});
    },
    MS_MAX,
  );

  test(
    'in every popup: axe finds nothing, keys stay in it, and Escape gives the focus back',
    async () => {
      const found = await lookAtAll(
        popupsOf(filled).map((popup) => ({
          ...{ name: popup.name, who: popup.who ?? 'owner' },
          look: (page) => auditPopup(page, filled.site.address, popup),
        })),
      );
      expect(found).toEqual({});
    },
    MS_MAX,
  );

  test(
    'the main job of each page is done with keys alone',
    async () => {
      const found = await lookAtAll(
        jobsOf(filled).map((job) => ({
          ...{ name: job.name, who: job.who ?? 'owner' },
          async look(page) {
            await page.setViewportSize(WIDE);
            await goTo(page, filled.site.address + job.path);
            await job.run(page);
            return [];
          },
        })),
      );
      expect(found).toEqual({});
    },
    MS_MAX,
  );
});
