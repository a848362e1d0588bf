import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import {
  type BudgetPage,
  type Figure,
  isMet,
  PAGES,
  phoneFigure,
  quietMs,
  requestFigures,
  shellFigure,
  sizeFigures,
  warmPages,
} from './budgets.ts';
import { openBusySite } from './busy-site.ts';
import { type Load, measureLoad, standStill } from './measure-load.ts';
import { claim, type Site, type Visit, visit } from './site.ts';

/** A time counts as kept when one of so many loads keeps it: others use the machine too. */
const LOADS_MAX = 5;
const GENERATIONS = 60;
/** So many rows of these lists are in the page at once. A request for each would show. */
const ROWS_MIN: Readonly<Record<string, number>> = { '/models': 30, '/generations': 20, '/providers': 30 };
const API_REQUESTS_MAX = 8;

const hasBrowser = findBrowser() !== undefined;
let site: Site;
let browser: Browser;
let state: object;
beforeAll(async () => {
  if (!hasBrowser) return;
  [site, browser] = await Promise.all([openBusySite(GENERATIONS), openBrowser()]);
  state = await claim(browser, site);
  await warmPages(site);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
});

const missed = (figures: readonly Figure[]) => figures.filter((figure) => !isMet(figure));
const stateOf = ({ kind }: BudgetPage) => (kind === 'public' ? undefined : state);

/** Loads until one kept to what depends on time, and says what it saw. */
async function loadAsPhone(page: BudgetPage): Promise<{ first: Load; best: readonly Figure[] }> {
  const loads: Load[] = [];
  const paint = () => phoneFigure(page, Math.min(...loads.map(quietMs)));
  // What the browser draws alone hangs on the machine's speed all the way: `npm run budgets` tells it.
  const best = () => [...(page.kind === 'public' ? [paint()] : []), ...requestFigures(page, loads)];
  do loads.push(await measureLoad(browser, site, page.path, { profile: 'phone', state: stateOf(page) }));
  while (!best().every(isMet) && loads.length < LOADS_MAX);
  const times = loads.map(
    ({ contentMs, contention }) =>
      `${contentMs.toFixed(0)} ms${contention > 1.5 ? ` (${contention.toFixed(1)}×)` : ''}`,
  );
  const { limit } = paint();
  process.stdout.write(`  largest paint of ${page.path.slice(0, 28)}: ${times.join(', ')}; limit ${limit} ms\n`);
  return { first: loads[0]!, best: best() };
}

describe.skipIf(!hasBrowser)('budgets', () => {
  test('the shell is light', async () => {
    expect(missed([await shellFigure(site)])).toEqual([]);
  });

  for (const page of PAGES)
    test(`${page.path} is light, stands still, and if it is public, a phone on a slow line shows it soon`, async () => {
      const { first, best } = await loadAsPhone(page);
      expect(first.scriptBytes).toBeGreaterThan(50_000);
      expect(first.styleBytes).toBeGreaterThan(1_000);
      expect({ missed: missed(sizeFigures(page, first)), shifted: first.shift > 0.02 ? first.shifted : [] }).toEqual({
        ...{ missed: [], shifted: [] },
      });
      expect(missed(best)).toEqual([]);
    });

  describe('with the network cut', () => {
    let visitor: Visit;
    const asked: string[] = [];
    beforeAll(async () => {
      visitor = await visit(browser, site, { state });
      await visitor.context.route('**/*', (route) => {
        const url = route.request().url();
        if (!url.startsWith(`${site.address}/`)) return route.abort('internetdisconnected');
        if (url.startsWith(`${site.address}/api/`)) asked.push(url.slice(site.address.length));
        return route.continue();
      });
    });
    afterAll(() => visitor.context.close());

    for (const { path } of PAGES)
      test(`${path} works, and asks the API a few things instead of one for each row`, async () => {
        asked.length = 0;
        const page = await visitor.context.newPage();
        await page.goto(site.address + path, { waitUntil: 'load' });
        await page.waitForFunction(() => (document.getElementById('main')?.innerText.length ?? 0) > 100);
        const rows = ROWS_MIN[path];
        if (rows !== undefined) await page.getByRole('row').nth(rows).waitFor({ state: 'attached' });
        await standStill(page);
        await page.close();
        expect(visitor.problems()).toEqual([]);
        expect(asked.length > API_REQUESTS_MAX ? asked : []).toEqual([]);
      });
  });
});
