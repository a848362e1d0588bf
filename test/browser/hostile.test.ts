import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import type { Boot } from '../../src/contract/page.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { findDrawnHarm, findHarm, watchHarm } from './find-harm.ts';
import { hostileConfig, openHostileProvider } from './hostile-provider.ts';
import { poison, SHORT_WORDS } from './hostile-words.ts';
import { claim, openSite, type Site, type Visit, visit } from './site.ts';
import { PUBLIC_PATHS, SIGNED_PATHS } from './site-paths.ts';

const WIDTHS = [1280, 360] as const;
/** Pages that are looked at side by side. */
const LOOKERS = 4;
let provider: ReturnType<typeof openHostileProvider>;
let site: Site;
let browser: Browser;
let state: object;
/** Of what was made below. */
let paths: readonly string[] = [];

/** Calls the API as the owner. */
async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const { cookies } = state as { readonly cookies: readonly { readonly name: string; readonly value: string }[] };
  const response = await fetch(site.address + path, {
    method,
    headers: {
      cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
      origin: new URL(site.address).origin,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, text };
}

/** Names that a header of HTTP carries: UTF-8 read as Latin-1, as browsers and SDKs send it. */
function headerText(text: string): string {
  return Buffer.from(text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').toWellFormed()).toString('latin1');
}

/** Callers, people and providers that name everything to do harm. */
async function fillSite(): Promise<void> {
  const asked = SHORT_WORDS.map(async (word, at) => {
    const answer = await fetch(`${site.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${site.apiKey}`,
        'content-type': 'application/json',
        'x-title': headerText(word),
        'http-referer': `https://app${at}.example/${encodeURIComponent(word)}`,
      },
      body: JSON.stringify({
        model: `demo/${['talker', 'caller', 'failing', 'page', 'breaking'][at % 5]}`,
        stream: at % 2 === 0,
        user: word.slice(0, 60),
        session_id: word.slice(0, 60),
        messages: [{ role: 'user', content: word }],
      }),
    });
    await answer.text();
  });
  await Promise.all(asked);
  for (const word of SHORT_WORDS) {
    const name = word.replace(/\p{Cc}/gu, '');
    expect((await send('POST', '/api/v1/keys', { name })).status).toBe(201);
    // People's names take no marks of direction: what the door lets in.
    const person = name.replace(/\p{Bidi_Control}/gu, '').slice(0, 90);
    await send('POST', '/api/x/invitations', { role: 'viewer', note: person });
  }
  for (const [at, word] of SHORT_WORDS.slice(0, 8).entries())
    expect(
      (
        await send('POST', '/api/x/users', {
          name: word,
          login: `user${at}`,
          role: 'viewer',
          password: 'long enough 1',
        })
      ).status,
    ).toBe(201);
  const log = JSON.parse((await ask('/api/x/generations')).text) as {
    readonly data: readonly { readonly id: string }[];
  };
  const apps = JSON.parse((await ask('/api/x/stats/apps')).text) as {
    readonly data: readonly { readonly slug: string }[];
  };
  expect(log.data.length).toBeGreaterThanOrEqual(SHORT_WORDS.length);
  expect(apps.data.length).toBeGreaterThan(10);
  paths = [
    ...log.data.slice(0, 6).map(({ id }) => `/generations/${id}`),
    ...apps.data.slice(0, 2).map(({ slug }) => `/apps/${encodeURIComponent(slug)}`),
    ...['/demo/talker', '/demo', '/providers/p0', '/providers/p20', '/compare?m=demo/talker&m=demo/caller'],
    '/chat?model=demo/talker',
  ];
}

async function ask(path: string): Promise<{ readonly text: string }> {
  const { cookies } = state as { readonly cookies: readonly { readonly name: string; readonly value: string }[] };
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return { text: await (await fetch(site.address + path, { headers: { cookie } })).text() };
}

const hasBrowser = findBrowser() !== undefined;
beforeAll(async () => {
  if (!hasBrowser) return;
  provider = openHostileProvider();
  site = await openSite({ config: hostileConfig(provider.port!) });
  browser = await openBrowser();
  state = await claim(browser, site);
  await fillSite();
}, 90_000);
afterAll(async () => {
  await browser?.close();
  site?.close();
  await provider?.stop(true);
});

/** Answers of the API, and those that came with the page, with a hostile word in every text. */
async function poisonAnswers(context: BrowserContext): Promise<void> {
  await context.route(/./, async (route: Route) => {
    const request = route.request();
    const isPage = request.resourceType() === 'document';
    const isAnswer = request.method() === 'GET' && /\/api\/(?:x|v1)\/(?!events|x\/events)/.test(request.url());
    if (!isPage && !isAnswer) return await route.continue();
    try {
      const response = await route.fetch();
      const text = await response.text();
      await route.fulfill({ response, body: isPage ? poisonPage(text) : poisonText(text) });
    } catch {
      // The page was closed while it asked.
      await route.abort().catch(() => undefined);
    }
  });
}

const BOOT = /(<script type="application\/json" id="boot"[^>]*>)(.*?)(<\/script>)/s;

function poisonPage(page: string): string {
  return page.replace(BOOT, (_, start: string, json: string, end: string) => {
    const boot = JSON.parse(json) as Boot;
    const poisoned = JSON.stringify({ ...boot, data: poison(boot.data) }).replaceAll('<', '\\u003c');
    return start + poisoned + end;
  });
}

function poisonText(text: string): string {
  try {
    return JSON.stringify(poison(JSON.parse(text)));
  } catch {
    return text;
  }
}

interface Watched extends Visit {
  readonly harm: string[];
}

async function openVisit(isPoisoned: boolean, isOwner: boolean): Promise<Watched> {
  const opened = await visit(browser, site, isOwner ? { state } : {});
  const harm = await watchHarm(opened.context);
  if (isPoisoned) await poisonAnswers(opened.context);
  return { ...opened, harm };
}

/** Not until every stream and question is at rest: there is always one. */
async function openQuickly(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(site.address + path, { waitUntil: 'load' });
  await page.waitForSelector('header', { timeout: 20_000 }).catch(() => undefined);
  await page.waitForLoadState('networkidle', { timeout: 1_500 }).catch(() => undefined);
  return page;
}

/**
 * Every harm of these pages, each at both widths, with the page's path in front. Whoever looks has a context, and so a
 * window, of its own: Chromium draws what lies behind in one once a second.
 */
async function lookAt(isPoisoned: boolean, all: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const rest = [...all];
  const look = async () => {
    const owner = await openVisit(isPoisoned, true);
    for (let path = rest.shift(); path !== undefined; path = rest.shift()) {
      const page = await openQuickly(owner.context, path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        found.push(...(await findHarm(page)).map((harm) => `${path} at ${width}: ${harm}`));
      }
      await page.close();
    }
    await owner.context.close();
    // An answer that is no success is not what is tried here; the browser reports it.
    const problems = owner.problems().filter((problem) => !/status of (?:401|404)/.test(problem));
    found.push(...owner.harm, ...problems);
  };
  await Promise.all(Array.from({ length: LOOKERS }, look));
  return found;
}

describe.skipIf(!hasBrowser)('words of outsiders', () => {
  test('are text on every page, wherever callers, people and providers can put them', async () => {
    expect(
      await lookAt(false, [...SIGNED_PATHS, ...paths, '/', '/models', '/apps', '/rankings', '/status', '/providers']),
    ).toEqual([]);
  }, 600_000);

  test('are text on every page, whatever field of whatever answer holds them', async () => {
    expect(await lookAt(true, [...PUBLIC_PATHS, ...SIGNED_PATHS, ...paths])).toEqual([]);
  }, 600_000);

  test('are text in what the server draws, before any script runs', async () => {
    const stranger = await visit(browser, site);
    const blank = await stranger.context.newPage();
    expect(await findDrawnHarm(blank, '<p onclick=x>a</p><iframe></iframe>')).toHaveLength(2);
    expect(await findDrawnHarm(blank, '<script nonce="a">x()</script>')).toEqual(['script: ']);
    const found: string[] = [];
    for (const path of [...PUBLIC_PATHS, ...paths.filter((path) => !path.startsWith('/generations/'))]) {
      const response = await fetch(site.address + path, { headers: { accept: 'text/html' } });
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const html = await response.text();
      // A page that took too long is left to the browser: then there is nothing to look at but its data.
      found.push(...(await findDrawnHarm(blank, html)).map((harm) => `${path}: ${harm}`));
      const nonce = /nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')![1]!;
      const outside = html.replace(/ nonce="[^"]*"|"nonce":"[^"]*"/g, '');
      if (outside.includes(nonce)) found.push(`${path}: its nonce stands where no nonce belongs`);
    }
    expect(found).toEqual([]);
    await stranger.context.close();
  }, 300_000);

  test('are text where they are searched for', async () => {
    const owner = await openVisit(true, true);
    const page = await openQuickly(owner.context, '/');
    await page.keyboard.press('Control+k');
    for (const words of ['canary', 'img', 'עולם', 'WWWW']) {
      await page.getByRole('combobox', { name: /^Search/ }).fill(words);
      await page.getByRole('option').first().waitFor();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect(await findHarm(page, true)).toEqual([]);
      }
    }
    expect(owner.harm).toEqual([]);
    await owner.context.close();
  }, 120_000);

  test('are text in the chat, as they stream in, as errors and calls, and after the room was loaded again', async () => {
    const owner = await openVisit(false, true);
    const page = await openQuickly(owner.context, '/chat?model=demo/talker&model=demo/caller&model=demo/failing');
    await page.setInputFiles('input[type=file]', {
      ...{ name: `${SHORT_WORDS[1]}\u202Etxt.md`, mimeType: 'text/markdown' },
      buffer: Buffer.from('# words'),
    });
    await page.fill('#question', SHORT_WORDS.join('\n'));
    await page.press('#question', 'Enter');
    const shown = async () => {
      await page.waitForFunction(() => document.querySelectorAll('article footer').length === 3);
      await page.waitForFunction(() => document.querySelectorAll('article .waiting').length === 0);
      await page.locator('article').filter({ hasText: 'Calls' }).first().waitFor();
      await page.locator('article [role=alert]').first().waitFor();
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect(await findHarm(page)).toEqual([]);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    };
    await shown();
    expect(await page.locator('article img').count()).toBe(0);
    await page.waitForURL(/\/chat\/\w+/);
    await page.waitForFunction(async (id) => {
      const room = await (await fetch(`/api/x/rooms/${id}`)).text();
      return room.split('"state":"done"').length === 3 && room.includes('"state":"broken"');
    }, new URL(page.url()).pathname.split('/').at(-1)!);
    await page.reload();
    await shown();
    expect([...owner.harm, ...owner.problems().filter((problem) => !/status of 4/.test(problem))]).toEqual([]);
    await owner.context.close();
  }, 120_000);
});
