/**
 * `npm run screenshots`: a fresh installation, a minute of demonstration traffic, then every page in light and dark, wide and narrow, into
 * `screenshots/` (not kept by git). Prints what was wrong on the way; look at each.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { claim, openSite, runCli, type Site, visit } from './site.ts';
import { nameOf, PUBLIC_PATHS, SIGNED_PATHS } from './site-paths.ts';

const OUT = join(import.meta.dir, '..', '..', 'screenshots');
const LOOKS = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
  ['dark', 360],
] as const;

async function main(wanted: readonly string[]): Promise<void> {
  const minutes = process.env.DEMO_MINUTES ?? '1';
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const site = await openSite();
  const browser = await openBrowser();
  try {
    const state = await claim(browser, site);
    if (minutes !== '0') process.stdout.write(await runCli(site, 'demo', '--minutes', minutes, '--rate', '12'));
    const paths = [...PUBLIC_PATHS, ...SIGNED_PATHS, await lastGeneration(site)].filter(
      (path) => wanted.length === 0 || wanted.includes(path),
    );
    for (const [theme, width] of LOOKS) await shoot(browser, site, { theme, width, state, paths });
  } finally {
    await browser.close();
    site.close();
  }
}

interface Shoot {
  readonly theme: 'light' | 'dark';
  readonly width: number;
  readonly state: object;
  readonly paths: readonly string[];
}

async function shoot(browser: Browser, site: Site, { theme, width, state, paths }: Shoot): Promise<void> {
  const visitor = await visit(browser, site, { theme, width, state });
  for (const path of paths) {
    const page = await visitor.open(path);
    const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    const name = `${nameOf(path)}-${theme}-${width}.png`;
    await page.screenshot({ path: join(OUT, name), fullPage: true });
    const problems = [...visitor.problems(), ...(isTooWide ? ['wider than the window'] : [])];
    process.stdout.write(`${name}  ${problems.join(' | ') || 'fine'}\n`);
    await page.close();
  }
  await visitor.context.close();
}

async function lastGeneration(site: Site): Promise<string> {
  const answer = await fetch(`${site.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.apiKey}`, 'content-type': 'application/json', 'x-title': 'Screenshots' },
    body: JSON.stringify({ model: 'trunkline/mini', messages: [{ role: 'user', content: 'What are you?' }] }),
  });
  return `/generations/${answer.headers.get('x-generation-id')}`;
}

await main(process.argv.slice(2));
