/** A real server with a fresh home, and pages of it in a real browser whose every error is kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const ROOT = join(import.meta.dir, '..', '..');

export interface Site {
  /** Scheme, host, port and prefix, without a slash at the end. */
  readonly address: string;
  readonly home: string;
  /** Printed by the first start. */
  readonly apiKey: string;
  readonly claimUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts `trunkline serve`, as somebody would, below a path prefix if there is one. */
export async function openSite(options: { readonly base?: string; readonly config?: string } = {}): Promise<Site> {
  const home = mkdtempSync(join(tmpdir(), 'trunkline-site-'));
  if (options.config !== undefined) writeFileSync(join(home, 'trunkline.toml'), options.config);
  const environment = {
    ...{ PATH: process.env.PATH ?? '', HOME: home, TRUNKLINE_HOME: home, TRUNKLINE_PORT: String(await freePort()) },
    ...{ TRUNKLINE_DISCOVER: 'off', TRUNKLINE_BASE_PATH: options.base ?? '' },
  };
  const server = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'serve'], { env: environment });
  const text = await whenReady(server);
  const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  return {
    ...{ home, environment, address: find(/Address\s+(\S+)/), claimUrl: find(/Admin\s+(\S+)/) },
    apiKey: find(/(sk-tl-v1-\w+)/),
    close() {
      server.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function whenReady(server: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    server.stdout!.on('data', (piece) => {
      text += piece;
      if (text.includes('Models ') && text.includes('API key')) resolve(text);
    });
    server.stderr!.on('data', () => undefined);
    server.on('exit', () => reject(new Error(`it did not start: ${text}`)));
  });
}

/** Runs one command of the CLI on the site's data. */
export function runCli(site: Site, ...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), ...args], { env: site.environment });
  let text = '';
  child.stdout.on('data', (piece) => {
    text += piece;
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => (code === 0 ? resolve(text) : reject(new Error(`${args.join(' ')}: ${code} ${text}`))));
  });
}

export interface Visit {
  readonly context: BrowserContext;
  /** Opens a path of the site and waits until it stands still. */
  open(path: string): Promise<Page>;
  /** What a person would call broken: script errors, refused loads, requests to elsewhere. Read and emptied. */
  problems(): readonly string[];
}

export interface VisitOptions {
  readonly theme?: 'light' | 'dark' | 'contrast';
  readonly width?: number;
  readonly height?: number;
}

/** One visitor: a browser context of its own. With `claim` the owner, signed in by the link that the start printed. */
export async function visit(
  browser: Browser,
  site: Site,
  options: VisitOptions & { readonly state?: object } = {},
): Promise<Visit> {
  const { theme = 'light', width = 1280, height = 900, state } = options;
  const context = await browser.newContext({
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    viewport: { width, height },
    reducedMotion: 'reduce',
    ...(state && { storageState: state as NonNullable<Parameters<Browser['newContext']>[0]>['storageState'] & object }),
  });
  if (theme === 'contrast')
    await context.addCookies([{ name: 'trunkline-theme', value: 'contrast', url: site.address }]);
  const problems: string[] = [];
  context.on('weberror', (error) => problems.push(`script: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!`${url}/`.startsWith(`${site.address}/`) && !/^(?:data|blob):/.test(url)) problems.push(`elsewhere: ${url}`);
  });
  return {
    context,
    async open(path) {
      const page = await context.newPage();
      await page.goto(site.address + path, { waitUntil: 'load' });
      await settle(page);
      return page;
    },
    problems: () => problems.splice(0),
  };
}

/** Links of the page that lead to this server, but out of the installation's prefix. */
export async function linksAstray(page: Page, site: Site): Promise<readonly string[]> {
  const links = await page
    .locator('a[href], form[action]')
    .evaluateAll((elements) =>
      elements.map((element) => ('href' in element ? element.href : (element as HTMLFormElement).action) as string),
    );
  const { origin } = new URL(site.address);
  const isBelow = (link: string) => link === site.address || /^[/?#]/.test(link.split(site.address)[1] ?? '');
  return links.filter((link) => link.startsWith(origin) && !isBelow(link));
}

/** Until the page answers: what is clicked before waits for that. A page without scripts never does. */
export async function answering(page: Page): Promise<void> {
  await page.waitForSelector('html[data-answering]', { state: 'attached', timeout: 20_000 }).catch(() => undefined);
}

/** Until it answers and no request was under way for a moment; live streams do not count. */
export async function settle(page: Page): Promise<void> {
  await answering(page);
  await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => undefined);
}

/** The owner's cookies, once: the link works only once. */
export async function claim(browser: Browser, site: Site): Promise<object> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(site.claimUrl, { waitUntil: 'load' });
  const state = await context.storageState();
  await context.close();
  return state;
}
