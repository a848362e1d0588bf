import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { Boot, DrawnPage, ListedPage, PagePlan, Theme } from '../contract/page.ts';
import type { SessionSummary } from '../contract/session.ts';
import { html } from './html.ts';
import { KEEP_EARLY_INPUT } from './keep-early-input.ts';
import { type CachedPage, LRU_BYTES_MAX, PageCache } from './page-cache.ts';
import type { PageChunks, PageFile, PageFiles, PageRenderer } from './page-renderer.ts';

export interface PageParts {
  readonly renderer: PageRenderer;
  readonly files: PageFiles;
  readonly clock: Clock;
  readonly version: string;
  /** Path prefix of the installation, '' or `/gw`. */
  readonly base: string;
  visitor(request: Request): Promise<SessionSummary>;
  /** Asks our own API, as the visitor who asks for the page would. */
  ask(request: Request): Response | Promise<Response>;
}

const ASSETS = '/assets/';
/** Addresses that programs ask: what is not there is an error of theirs, not a page. */
const NO_PAGES = /^\/(?:api|v1|v1beta|v1alpha|health|metrics|engine|assets)(?:\/|$)/;
/** Behind the address of a page: the same as Markdown. */
const TWIN = '.md';
const PRELOAD_MAX = 8;
/** Public pages may be read by anybody; what belongs to an account has nothing for a crawler. */
const ROBOTS = `User-agent: *
${['api', 'v1', 'console', 'activity', 'generations', 'keys', 'billing', 'settings', 'admin', 'chat', 'login', 'claim']
  .map((name) => `Disallow: /${name}`)
  .join('\n')}
`;
/** A fifth of the bytes for half a millisecond; more effort saves little. */
const GZIP_LEVEL = 3;

/** The site: one page for every address that is none of the API's, and the files they are made of. */
export class Pages {
  readonly #parts: PageParts;
  readonly #cache: PageCache;

  constructor(parts: PageParts) {
    this.#parts = parts;
    this.#cache = new PageCache(parts.clock, LRU_BYTES_MAX);
  }

  /** Undefined when the request asks for no page and no file. */
  async answer(request: Request): Promise<Response | undefined> {
    const { files, base } = this.#parts;
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const url = new URL(request.url);
    const path = withoutBase(url.pathname, base);
    if (path.startsWith(ASSETS)) return sendAsset(files.find(path.slice(ASSETS.length)), request);
    if (path === '/robots.txt')
      return new Response(ROBOTS, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
    if (NO_PAGES.test(path)) return undefined;
    const isTwin = path.endsWith(TWIN) || path.endsWith('/llms.txt');
    if (!isTwin && !wantsPage(request)) return undefined;
    if (files.entry === undefined) return notBuilt();
    if (isTwin) return await this.#tell(request, path, url.search);
    const visitor = await this.#parts.visitor(request);
    return await this.#page(request, { path, search: url.search, visitor, theme: readTheme(request) });
  }

  async #page(request: Request, asked: Asked): Promise<Response> {
    const nonce = randomText(22);
    const key = asked.visitor.signed_in
      ? undefined
      : `${originOf(request)} ${asked.theme} ${asked.visitor.claimed} ${asked.path}${asked.search}`;
    const drawn = await this.#cache.get(key, () => this.#draw(request, asked));
    const bytes = Buffer.from(fill(drawn.text, nonce));
    const headers = pageHeaders(nonce);
    if (!/\bgzip\b/.test(request.headers.get('accept-encoding') ?? ''))
      return new Response(bytes, { status: drawn.status, headers });
    // Each answer has its own number in it, so each is compressed anew: lightly.
    const compressed = Bun.gzipSync(bytes, { level: GZIP_LEVEL });
    return new Response(compressed, { status: drawn.status, headers: { ...headers, 'content-encoding': 'gzip' } });
  }

  /** For programs that read pages, language models above all: a page as Markdown, or the list of those there are. */
  async #tell(request: Request, path: string, search: string): Promise<Response> {
    const { renderer } = this.#parts;
    if (!path.endsWith(TWIN)) return markdown(listTwins(this.#address(request), await renderer.list()));
    const of = path.slice(0, -TWIN.length);
    const plan = await renderer.plan(of, search);
    if (!plan.isPublic || !plan.hasTwin) return markdown('No such page. All there are: /llms.txt', 404);
    const { data, isMissing } = await this.#ask(request, plan);
    const session = await this.#parts.visitor(request);
    const boot = this.#boot(request, { theme: 'system', session, data, nonce: '' });
    const text = isMissing ? undefined : await renderer.tell(boot, of, search);
    return text === undefined ? markdown('There is nothing at this address.', 404) : markdown(text);
  }

  async #draw(request: Request, { path, search, visitor, theme }: Asked): Promise<CachedPage> {
    const { renderer, files } = this.#parts;
    const plan = await renderer.plan(path, search);
    const { data, isMissing } = plan.isPublic || visitor.signed_in ? await this.#ask(request, plan) : NOTHING;
    const boot = this.#boot(request, { theme, session: visitor, data, nonce: NONCE });
    const drawn = plan.isPublic && plan.isKnown ? await renderer.render(boot, path, search) : undefined;
    const text = writePage({
      plan,
      boot,
      drawn: drawn ?? { inside: '' },
      entry: files.entry!,
      own: plan.isPublic || plan.file === undefined ? undefined : files.chunksOf(plan.file),
      url: `${boot.address}${plan.canonical ?? path}`,
    });
    // No file: the plan failed, and what is sent is a shell of whatever stands there.
    const isWhole = drawn !== undefined || (!plan.isPublic && plan.file !== undefined);
    return { text, status: plan.isKnown && !isMissing ? 200 : 404, isWhole };
  }

  #address(request: Request): string {
    return `${originOf(request)}${this.#parts.base}`;
  }

  #boot(request: Request, more: Pick<Boot, 'theme' | 'session' | 'data' | 'nonce'>): Boot {
    const { base, version } = this.#parts;
    return { base, address: this.#address(request), version, ...more };
  }

  /** The answers that the page needs first. One that fails is left out: the page asks again, and says what failed. */
  async #ask(request: Request, plan: PagePlan): Promise<{ data: Record<string, unknown>; isMissing: boolean }> {
    const headers = {
      accept: 'application/json',
      cookie: request.headers.get('cookie') ?? '',
      'sec-fetch-site': 'same-origin',
    };
    const paths = plan.preload.filter((path) => path.startsWith('/api/')).slice(0, PRELOAD_MAX);
    const answers = await Promise.all(
      paths.map(async (path) => {
        const answer = await this.#parts.ask(new Request(new URL(path, originOf(request)), { headers }));
        if (!answer.ok) return { path, status: answer.status, body: undefined };
        const body: unknown = await answer.json();
        return { path, status: answer.status, body };
      }),
    );
    const data = Object.fromEntries(
      answers.filter(({ body }) => body !== undefined).map(({ path, body }) => [path, body]),
    );
    return { data, isMissing: plan.isAboutFirst && answers[0]?.status === 404 };
  }
}

interface Asked {
  readonly path: string;
  readonly search: string;
  readonly visitor: SessionSummary;
  readonly theme: Theme;
}

const NOTHING = { data: {}, isMissing: false } as const;

function markdown(text: string, status = 200): Response {
  const headers = {
    'content-type': 'text/markdown; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    vary: 'cookie',
  };
  return new Response(`${text.trimEnd()}\n`, { status, headers });
}

/** The form of llmstxt.org. */
function listTwins(address: string, pages: readonly ListedPage[]): string {
  const links = pages.map(({ path, title, description }) => `- [${title}](${address}${path}${TWIN}): ${description}`);
  return [
    '# Trunkline',
    '> A model exchange: one OpenAI-compatible API over many models, each request sent to the best provider for it.',
    `Requests go to ${address}/api/v1 with an API key. A model's own page is its id with \`${TWIN}\` behind it, such as ${address}/meta-llama/llama-4-scout${TWIN}.`,
    '## Pages',
    links.join('\n'),
    `- [OpenAPI](${address}/api/v1/openapi.json): every operation with its schemas`,
  ].join('\n\n');
}

/** A path without the installation's prefix: a proxy may have taken it off already, or not. */
export function withoutBase(pathname: string, base: string): string {
  if (base === '' || !(pathname === base || pathname.startsWith(`${base}/`))) return pathname;
  return pathname.slice(base.length) || '/';
}

/** Browsers ask for a document by name; `curl` and clients take anything, and get the API's own error. */
function wantsPage(request: Request): boolean {
  return (request.headers.get('accept') ?? '').includes('text/html');
}

/** As the visitor's browser knows us: a proxy that ends TLS says so. */
function originOf(request: Request): string {
  const { protocol, host } = new URL(request.url);
  const scheme = request.headers.get('x-forwarded-proto') === 'https' ? 'https:' : protocol;
  return `${scheme}//${host}`;
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark', 'contrast'];

function readTheme(request: Request): Theme {
  const value = /(?:^|;\s*)trunkline-theme=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1];
  return THEMES.find((theme) => theme === value) ?? 'system';
}

/** Stands in a drawn page for the number that is new with each answer. Nobody outside knows it, so nobody's words become that number. */
const NONCE = `nonce-${randomText(22)}`;

function fill(text: string, nonce: string): string {
  return text.replaceAll(NONCE, nonce);
}

function pageHeaders(nonce: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      `default-src 'none'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'self' 'nonce-${nonce}'; ` +
      "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self'; media-src 'self' data: blob:; " +
      "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types trunkline",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(self), geolocation=()',
    'cache-control': 'no-store',
    vary: 'cookie, accept, accept-encoding',
  };
}

interface Written {
  readonly plan: PagePlan;
  readonly boot: Boot;
  readonly drawn: DrawnPage;
  readonly entry: NonNullable<PageFiles['entry']>;
  /** What the page itself needs. Only of pages that the browser draws: the others can be read before any script has come. */
  readonly own: PageChunks | undefined;
  readonly url: string;
}

/** `inside` comes from React, which escapes; everything else is escaped here. */
function writePage({ plan, boot, drawn, entry, own, url }: Written): string {
  const at = (name: string) => `${boot.base}/${name}`;
  const styles = [...entry.styles, ...(own?.styles ?? [])];
  const imports = [...entry.imports, ...(own?.imports ?? [])];
  // On a slow line scripts would take the styles' share of it, and the page that came drawn would wait for both.
  const isLow = drawn.inside !== '' && html` fetchpriority="low"`;
  const head = html`<!doctype html>
<html lang="en"${boot.theme !== 'system' && html` data-theme="${boot.theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta property="csp-nonce" nonce="${boot.nonce}">
<title>${plan.title} · Trunkline</title>
${plan.description !== '' && html`<meta name="description" content="${plan.description}">`}
<meta property="og:title" content="${plan.title}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="Trunkline">
${plan.description !== '' && html`<meta property="og:description" content="${plan.description}">`}
${
  plan.isPublic && plan.isKnown
    ? html`<link rel="canonical" href="${url}">
<meta property="og:url" content="${url}">${
        plan.hasTwin &&
        html`
<link rel="alternate" type="text/markdown" href="${url}${TWIN}">`
      }`
    : html`<meta name="robots" content="noindex">`
}
<link rel="icon" type="image/svg+xml" href="${at('assets/sign.svg')}">
${styles.map((name) => html`<link rel="stylesheet" href="${at(name)}">`)}
${imports.map((name) => html`<link rel="modulepreload" href="${at(name)}" nonce="${boot.nonce}"${isLow}>`)}
<script type="module" src="${at(entry.script)}" nonce="${boot.nonce}"${isLow}></script>
</head>
<body>
`;
  // Before what it watches, and nothing that has to be fetched.
  const keeper = drawn.inside === '' ? '' : `<script nonce="${boot.nonce}">${KEEP_EARLY_INPUT}</script>\n`;
  const about = drawn.about
    ? `<script type="application/ld+json" nonce="${boot.nonce}">${jsonForScript(drawn.about)}</script>\n`
    : '';
  return `${head}${keeper}<div id="root">${drawn.inside}</div>\n${about}<script type="application/json" id="boot" nonce="${boot.nonce}">${jsonForScript(boot)}</script>\n${NO_SCRIPT}</body>\n</html>\n`;
}

const NO_SCRIPT = '<noscript><p>Most of this site needs JavaScript. The API does not.</p></noscript>\n';

/** A `<` inside could end the element, whatever the JSON says. */
function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function notBuilt(): Response {
  return new Response(
    'The pages were not built: run `npm ci` (or `node bin/bun.mjs bin/build-web.ts`) in the installation.\n',
    {
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    },
  );
}

/** Names carry a hash of their content, so they never change; the few without one are asked for again. */
function sendAsset(file: PageFile | undefined, request: Request): Response | undefined {
  if (!file) return undefined;
  const accepted = request.headers.get('accept-encoding') ?? '';
  const headers: Record<string, string> = {
    'content-type': file.type,
    etag: `"${file.hash}"`,
    vary: 'accept-encoding',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'public, max-age=31536000, immutable',
  };
  if (request.headers.get('if-none-match') === headers.etag) return new Response(undefined, { status: 304, headers });
  const [encoding, bytes] =
    file.brotli && /\bbr\b/.test(accepted)
      ? (['br', file.brotli] as const)
      : file.gzip && /\bgzip\b/.test(accepted)
        ? (['gzip', file.gzip] as const)
        : ([undefined, file.plain] as const);
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { ...headers, ...(encoding && { 'content-encoding': encoding }) },
  });
}
