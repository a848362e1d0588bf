/** What a page may weigh and how long it may take. The table that `npm run budgets` prints and the tests hold. */
import type { Browser } from 'playwright-core';
import { type Load, SLOWER, sizeOf, sum } from './measure-load.ts';
import type { Site } from './site.ts';

export type Kind = 'public' | 'console' | 'chat';

export interface BudgetPage {
  readonly path: string;
  readonly kind: Kind;
}

const COMPARED = 'm=meta-llama/llama-4-scout&m=meta-llama/llama-4-maverick';

/** One of each kind of page. */
export const PAGES: readonly BudgetPage[] = [
  ...['/', '/models', '/meta-llama/llama-4-scout', `/compare?${COMPARED}`, '/providers', '/rankings', '/apps'].map(
    publicly,
  ),
  ...['/status', '/docs', '/docs/api'].map(publicly),
  ...['/console', '/generations', '/keys'].map((path) => ({ path, kind: 'console' as const })),
  { path: '/chat', kind: 'chat' },
];

function publicly(path: string): BudgetPage {
  return { path, kind: 'public' };
}

/** Thousands of bytes after gzip, milliseconds, and counts. */
export const LIMITS = {
  shellKb: 125,
  scriptKb: { public: 175, console: 205, chat: 200 },
  chunkKb: 90,
  styleKb: 25,
  fontKb: 45,
  requestsBeforeContent: 6,
  phoneContentMs: { public: 1_500, console: 2_300, chat: 2_300 },
  desktopContentMs: 500,
  shift: 0.02,
  blockedMs: 150,
  cachedFirstByteMs: 10,
  drawnFirstByteMs: 60,
  keystrokeMs: 50,
} as const;

export interface Figure {
  readonly subject: string;
  readonly what: string;
  readonly value: number;
  readonly limit: number;
  readonly unit: 'KB' | 'ms' | '';
}

export function isMet({ value, limit }: Figure): boolean {
  return value <= limit;
}

/** What does not depend on the machine. */
export function sizeFigures({ path, kind }: BudgetPage, load: Load): readonly Figure[] {
  const figure = (what: string, bytes: number, limit: number): Figure => ({
    ...{ subject: path, what, value: bytes / 1000, limit, unit: 'KB' },
  });
  return [
    figure('scripts', load.scriptBytes, LIMITS.scriptKb[kind]),
    figure('largest script', load.largestScriptBytes, LIMITS.chunkKb),
    figure('styles', load.styleBytes, LIMITS.styleKb),
    figure('fonts', load.fontBytes, LIMITS.fontKb),
    { ...{ subject: path, what: 'layout shift', value: load.shift, limit: LIMITS.shift, unit: '' } },
  ];
}

/** What public pages fetch before they can be read: the fewest that a load had, since a page painted late overlaps with what follows it. */
export function requestFigures({ path, kind }: BudgetPage, loads: readonly Load[]): readonly Figure[] {
  if (kind !== 'public') return [];
  const before = loads.map(({ requests, contentMs }) => requests.filter(({ atMs }) => atMs < contentMs).length);
  const limit = LIMITS.requestsBeforeContent;
  return [{ ...{ subject: path, what: 'requests before its text', value: Math.min(...before), limit, unit: '' } }];
}

/** When a phone on slow 4G shows what is to be read. */
export function phoneFigure({ path, kind }: BudgetPage, contentMs: number): Figure {
  const limit = LIMITS.phoneContentMs[kind];
  return { ...{ subject: path, what: 'largest paint, phone', value: contentMs, limit, unit: 'ms' } };
}

/**
 * The time of the load as a quiet machine would have it: up to four times the contention is made up for by slowing the
 * page down less; above that even a page at full speed is slower than the phone.
 */
export function quietMs({ contentMs, contention }: Load): number {
  return contentMs / Math.max(1, contention / SLOWER);
}

/** Asks for each public page until the server has drawn and kept it, as it has for all but the first of its visitors. */
export async function warmPages(site: Site): Promise<void> {
  for (const { path } of PAGES.filter(({ kind }) => kind === 'public'))
    for (let asked = 0; asked < WARM_MAX; asked++) {
      const answer = await fetch(site.address + path, { headers: { accept: 'text/html' } });
      if ((await answer.text()).includes('<div id="root"><')) break;
    }
}

const WARM_MAX = 10;

/** What every page loads before its own: the scripts that the head of a drawn page names. */
export async function shellFigure(site: Site): Promise<Figure> {
  const answer = await fetch(`${site.address}/`, { headers: { accept: 'text/html' } });
  const text = await answer.text();
  const names = [...text.matchAll(/(?:src|href)="[^"]*(\/assets\/[\w.-]+\.js)"/g)].map(([, name]) => name!);
  if (names.length === 0) throw new Error('the page names no script');
  return {
    subject: 'every page',
    what: 'shell',
    value: sum(names.map(sizeOf)) / 1000,
    limit: LIMITS.shellKb,
    unit: 'KB',
  };
}

/** From a key in the filter of all models until the rows are painted: the middle of some keys. */
export async function keystrokeFigure(browser: Browser, site: Site): Promise<Figure> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  try {
    const whole = page.waitForResponse((answer) => answer.url().endsWith('/api/x/models'));
    await page.goto(`${site.address}/models`);
    const field = page.getByLabel('Filter models by name');
    await whole;
    await page.waitForTimeout(SETTLE_MS);
    await page.evaluate(watchKeys);
    const times: number[] = [];
    for (const key of ['l', 'l', 'a', 'm', 'a', 'Backspace', 'Backspace', 'Backspace']) {
      await field.press(key);
      await page.waitForTimeout(SETTLE_MS);
      const ms = await page.evaluate(() => (window as unknown as { paintedMs(): number | undefined }).paintedMs());
      if (ms !== undefined) times.push(ms);
    }
    if (times.length < 4) throw new Error(`only ${times.length} keys changed the list`);
    return { subject: '/models', what: 'key to paint', value: median(times), limit: LIMITS.keystrokeMs, unit: 'ms' };
  } finally {
    await page.close();
  }
}

const SETTLE_MS = 600;

/** Runs in the page. Only the first 200 ms after a key count: then the address follows, which paints nothing. */
function watchKeys(): void {
  const seen: { keyMs: number; paintMs: number | undefined } = { keyMs: 0, paintMs: undefined };
  addEventListener('keydown', ({ timeStamp }) => Object.assign(seen, { keyMs: timeStamp, paintMs: undefined }), true);
  const looked = document.getElementById('main')!;
  new MutationObserver(() => {
    if (performance.now() - seen.keyMs > 200) return;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        seen.paintMs = performance.now();
      };
      port2.postMessage(undefined);
    });
  }).observe(looked, { childList: true, characterData: true, subtree: true });
  Object.assign(window, {
    paintedMs: () => (seen.paintMs === undefined ? undefined : seen.paintMs - seen.keyMs),
  });
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}
