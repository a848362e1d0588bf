/** One installation with something on every page: a minute's worth of demonstration traffic, a room with an answer. */
import type { Browser, Page } from 'playwright-core';
import { claim, openSite, runCli, type Site, settle, type Visit, visit } from './site.ts';
import { PUBLIC_PATHS, SIGNED_PATHS } from './site-paths.ts';

export interface FilledSite {
  readonly site: Site;
  readonly owner: Visit;
  readonly stranger: Visit;
  /** The owner's cookies. */
  readonly state: object;
  /** Addresses that only exist once something happened. */
  readonly room: string;
  readonly generation: string;
  readonly app: string;
}

export async function openFilledSite(browser: Browser): Promise<FilledSite> {
  const site = await openSite();
  const state = await claim(browser, site);
  const [owner, stranger] = await Promise.all([visit(browser, site, { state }), visit(browser, site)]);
  const [room] = await Promise.all([askInRoom(owner), runCli(site, 'demo', '--minutes', '0.04', '--rate', '40')]);
  const page = await owner.open('/apps');
  const app = await page.locator('main a[href*="/apps/"]').first().getAttribute('href');
  await page.goto(`${site.address}/generations`);
  const generation = await page.locator('main [id^="row-gen-"]').first().getAttribute('id');
  await page.close();
  return {
    ...{ site, owner, stranger, state, room, app: app! },
    generation: `/generations/${generation!.replace('row-', '')}`,
  };
}

/** By keys alone: the question has the focus when the room opens. */
async function askInRoom(owner: Visit): Promise<string> {
  const page = await owner.open('/chat?model=trunkline/mini');
  await page.waitForFunction(() => document.activeElement?.id === 'question');
  await page.keyboard.type('What are you?');
  await page.keyboard.press('Enter');
  await page.locator('article footer').waitFor();
  await page.waitForURL(/\/chat\/[\w-]+$/);
  const { pathname } = new URL(page.url());
  await page.close();
  return pathname;
}

export interface Stop {
  readonly path: string;
  readonly who: 'owner' | 'stranger';
}

/** Every page, what stands only in an address, and what is shown when something is missing or not allowed. */
export function stopsOf({ room, generation, app }: FilledSite): readonly Stop[] {
  const strange = [
    ...PUBLIC_PATHS.map((path) => (path === '/models' ? '/models?q=llama-4' : path)),
    ...['/nothing/here', '/no-such-author', '/providers/no-such-provider', '/keys', '/invite?token=none', app],
  ];
  const owned = [
    // An address that opens a dialog is one of the popups.
    ...SIGNED_PATHS.filter((path) => !path.includes('new=1')),
    ...[generation, '/generations/gen-none', room, '/chat/none', '/'],
    '/models?q=llama-4&pick=meta-llama/llama-4-scout,meta-llama/llama-4-maverick',
  ];
  const all = [
    ...strange.map((path) => ({ path, who: 'stranger' as const })),
    ...owned.map((path) => ({ path, who: 'owner' as const })),
  ];
  return [...new Map(all.map((stop) => [`${stop.who} ${stop.path}`, stop])).values()];
}

export async function goTo(page: Page, address: string): Promise<void> {
  await page.goto(address, { waitUntil: 'load' });
  await settle(page);
  // What the server drew answers to keys only once React has taken it over.
  await page.waitForFunction(() =>
    Object.keys(document.querySelector('header button') ?? {}).some((key) => key.startsWith('__reactProps')),
  );
}
