/** One load of one page in a fresh browser context: what it fetched, and when it could be read. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Site } from './site.ts';

const FILES = join(import.meta.dir, '..', '..', 'dist', 'web');

/** What a load costs who makes it. Sizes are bytes after gzip, times milliseconds since the navigation began. */
export interface Load {
  readonly scriptBytes: number;
  readonly largestScriptBytes: number;
  readonly styleBytes: number;
  readonly fontBytes: number;
  /** Every request, the page itself first, as path of the site or as whole address elsewhere. */
  readonly requests: readonly { readonly path: string; readonly atMs: number }[];
  /** Largest contentful paint, and the beginning of its text. */
  readonly contentMs: number;
  readonly content: string;
  /** Cumulative layout shift, and what moved. */
  readonly shift: number;
  readonly shifted: readonly string[];
  /** Total blocking time: what tasks after the first paint took above 50 ms each. */
  readonly blockedMs: number;
  /** See `measureContention`. */
  readonly contention: number;
}

/** `phone`: slow 4G and a processor four times slower than this one. `desktop`: a local network. */
export type Profile = 'phone' | 'desktop';

const SLOW_4G = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
} as const;
export const SLOWER = 4;
const CONTENT_MS_MAX = 25_000;
const POLL_MS = 100;
/** A page stands still when it fetched nothing for so long; streams that never end do not count. */
const STILL_MS = 700;
const STILL_MS_MAX = 6_000;

const PROFILES: Readonly<Record<Profile, BrowserContextOptions>> = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 900 } },
};

interface Seen {
  contentMs: number;
  content: string;
  shift: number;
  shifted: string[];
  firstPaintMs: number;
  tasks: { startMs: number; ms: number }[];
}

export interface LoadOptions {
  readonly profile: Profile;
  /** The visitor's cookies, for pages that need a session. */
  readonly state?: object | undefined;
}

export async function measureLoad(browser: Browser, site: Site, path: string, options: LoadOptions): Promise<Load> {
  const { profile, state } = options;
  const context = await browser.newContext({
    ...PROFILES[profile],
    reducedMotion: 'reduce',
    ...(state && { storageState: state as NonNullable<BrowserContextOptions['storageState']> & object }),
  });
  try {
    const page = await context.newPage();
    await page.addInitScript(observe);
    const contention = measureContention();
    if (profile === 'phone') await slowDown(page, Math.max(1, SLOWER / contention));
    await page.goto(site.address + path, { waitUntil: 'load' });
    await page.waitForFunction(isDrawn, undefined, { timeout: CONTENT_MS_MAX, polling: POLL_MS });
    await standStill(page);
    const { seen, entries } = await page.evaluate(() => ({
      seen: (window as unknown as { seen: Seen }).seen,
      entries: [
        { name: location.href, atMs: 0 },
        ...performance.getEntriesByType('resource').map(({ name, startTime }) => ({ name, atMs: startTime })),
      ],
    }));
    return { ...summarise(site, seen, entries), contention };
  } finally {
    await context.close();
  }
}

/** Runs in the page: something is to be read, and the scripts have taken over what the server drew. */
function isDrawn(): boolean {
  const root = document.getElementById('root') ?? {};
  return (
    (window as unknown as { seen: Seen }).seen.contentMs > 0 &&
    Object.keys(root).some((name) => name.startsWith('__reactContainer'))
  );
}

export async function standStill(page: Page): Promise<void> {
  let before = -1;
  let sinceMs = 0;
  for (let ms = 0; ms < STILL_MS_MAX && sinceMs < STILL_MS; ms += POLL_MS) {
    const now = await page.evaluate(() => performance.getEntriesByType('resource').length);
    sinceMs = now === before ? sinceMs + POLL_MS : 0;
    before = now;
    await page.waitForTimeout(POLL_MS);
  }
}

const SPIN_MS = 100;

/** How many times longer than on a quiet machine a computation takes just now, as others compute too. */
export function measureContention(): number {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  while (performance.now() - startedAt < SPIN_MS);
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, ((performance.now() - startedAt) * 1000) / Math.max(1, user + system));
}

async function slowDown(page: Page, rate: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', SLOW_4G);
  await session.send('Emulation.setCPUThrottlingRate', { rate });
}

/** Runs in the page before its own scripts. */
function observe(): void {
  const seen: Seen = {
    ...{ contentMs: 0, content: '', shift: 0, shifted: [], firstPaintMs: Number.POSITIVE_INFINITY, tasks: [] },
  };
  Object.assign(window, { seen });
  const watch = (type: string, each: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  const nameOf = (node?: Node | null) =>
    `${node?.nodeName.toLowerCase() ?? 'gone'} "${(node?.textContent ?? '').slice(0, 40)}"`;
  watch('largest-contentful-paint', (entry) => {
    seen.contentMs = entry.startTime;
    seen.content = nameOf((entry as PerformanceEntry & { readonly element?: Element }).element);
  });
  watch('layout-shift', (entry) => {
    const shift = entry as PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] };
    if (shift.hadRecentInput) return;
    seen.shift += shift.value;
    seen.shifted.push(...shift.sources.map(({ node }) => `${shift.value.toFixed(4)} ${nameOf(node)}`));
  });
  watch('paint', (entry) => {
    if (entry.name === 'first-contentful-paint') seen.firstPaintMs = entry.startTime;
  });
  watch('longtask', ({ startTime, duration }) => seen.tasks.push({ startMs: startTime, ms: duration }));
}

type Entries = readonly { readonly name: string; readonly atMs: number }[];

function summarise(site: Site, seen: Seen, entries: Entries): Omit<Load, 'contention'> {
  const { contentMs, content, shift, shifted, tasks, firstPaintMs } = seen;
  const requests = entries.map(({ name, atMs }) => ({ path: shorten(site, name), atMs }));
  const sizes = (pattern: RegExp) => requests.filter(({ path }) => pattern.test(path)).map(({ path }) => sizeOf(path));
  const scripts = sizes(/\.js$/);
  return {
    ...{ requests, contentMs, content, shift, shifted },
    scriptBytes: sum(scripts),
    largestScriptBytes: Math.max(0, ...scripts),
    styleBytes: sum(sizes(/\.css$/)),
    fontBytes: sum(sizes(/\.woff2?$/)),
    blockedMs: sum(tasks.filter(({ startMs }) => startMs >= firstPaintMs).map(({ ms }) => Math.max(0, ms - 50))),
  };
}

function shorten(site: Site, url: string): string {
  return url.startsWith(`${site.address}/`) ? url.slice(site.address.length) : url;
}

/** As the build left it. Zero for what is none of its files. */
export function sizeOf(path: string): number {
  const file = join(FILES, path);
  if (existsSync(`${file}.gz`)) return statSync(`${file}.gz`).size;
  return existsSync(file) ? gzipSync(readFileSync(file)).length : 0;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
