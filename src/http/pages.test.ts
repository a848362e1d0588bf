import { describe, expect, test } from 'bun:test';
import { systemClock } from '../base/clock.ts';
import type { SessionSummary } from '../contract/session.ts';
import type { PageFiles, PageRenderer } from './page-renderer.ts';
import { Pages } from './pages.ts';

const NOBODY: SessionSummary = {
  ...{ claimed: true, signed_in: false, user: null, key_hash: null, expires_at: null },
  ways: { password: true, passkey: false },
};
const OWNER: SessionSummary = {
  ...{ ...NOBODY, signed_in: true, key_hash: 'h' },
  user: { id: 'u', name: 'U', login: 'u', role: 'owner', has_password: true, passkeys: [] },
};
const files: PageFiles = {
  entry: { script: 'assets/main.js', styles: ['assets/main.css'], imports: [] },
  chunksOf: (file) => ({ styles: [], imports: [`assets/own-of-${file.replace(/\W/g, '-')}.js`] }),
  find: (name) =>
    name === 'main.js'
      ? { type: 'text/javascript', plain: Buffer.from('1'), brotli: Buffer.from('b'), hash: 'h' }
      : undefined,
};

interface Scene {
  readonly base?: string;
  readonly visitor?: SessionSummary;
  readonly answers?: Readonly<Record<string, [number, unknown]>>;
  readonly inside?: string;
  /** So many first drawings take too long. */
  readonly slow?: number;
  /** So many first plans fail, and no page is known. */
  readonly unplanned?: number;
}

function openPages({
  base = '',
  visitor = NOBODY,
  answers = {},
  inside = '<p>drawn</p>',
  slow = 0,
  unplanned = 0,
}: Scene = {}) {
  const drawn: string[] = [];
  let planned = 0;
  const renderer: PageRenderer = {
    plan: async (path) => ({
      ...(++planned > unplanned && { file: `pages${path}.tsx` }),
      ...{
        isKnown: path !== '/nothing',
        isPublic: !path.startsWith('/keys') && planned > unplanned,
        title: 'A <b>',
        description: '',
      },
      ...{ preload: Object.keys(answers), isAboutFirst: true, hasTwin: path !== '/plain' },
    }),
    render: async (_, path) => {
      drawn.push(path);
      if (drawn.length <= slow) return undefined;
      return { inside, about: { name: '</script><b>' } };
    },
    tell: async ({ address, data }, path) => `# ${address} ${path} ${JSON.stringify(data)}`,
    list: async () => [{ path: '/models', title: 'Models', description: 'All.' }],
  };
  const pages = new Pages({
    ...{ renderer, files, clock: systemClock, version: '1', base, visitor: async () => visitor },
    ask: (request) => {
      const [status, body] = answers[new URL(request.url).pathname] ?? [404, {}];
      return Response.json(body, { status });
    },
  });
  const get = (path: string, headers: Record<string, string> = { accept: 'text/html' }) =>
    pages.answer(new Request(`http://host${path}`, { headers }));
  return { get, drawn };
}

describe('pages', () => {
  test('crawlers are told what is not for them, whatever they accept', async () => {
    const answer = await openPages().get('/robots.txt', { accept: '*/*' });
    expect(answer!.headers.get('content-type')).toContain('text/plain');
    const text = await answer!.text();
    expect(text).toContain('Disallow: /keys\n');
    expect(text).not.toContain('Disallow: /models');
  });

  test('that the browser draws name their own files at once; drawn ones let the styles come first', async () => {
    const { get } = openPages();
    const keys = await (await get('/keys'))!.text();
    expect(keys).toMatch(/<link rel="modulepreload" href="\/assets\/own-of-pages-keys-tsx.js" nonce="\w+">/);
    expect(keys).not.toContain('fetchpriority');
    const models = await (await get('/models'))!.text();
    expect(models).not.toContain('own-of');
    expect(models).toMatch(/src="\/assets\/main.js" nonce="\w+" fetchpriority="low">/);
  });

  test('allow only scripts with the number of this very answer', async () => {
    const { get } = openPages();
    const [first, second] = await Promise.all([get('/models'), get('/models')]);
    const nonces = [first, second].map(
      (page) => /'nonce-(\w+)'/.exec(page!.headers.get('content-security-policy')!)![1]!,
    );
    expect(nonces[0]).not.toBe(nonces[1]!);
    const text = await first!.text();
    expect(text).toContain(`<script type="module" src="/assets/main.js" nonce="${nonces[0]}" fetchpriority="low">`);
    expect(text).not.toMatch(/\son\w+=|javascript:/);
  });

  test('carry the answers they need first, and nothing in them ends the element they stand in', async () => {
    const { get } = openPages({
      answers: { '/api/v1/models': [200, { data: ['</script><script>alert(1)</script>'] }] },
    });
    const text = await (await get('/models'))!.text();
    const boot = /<script type="application\/json" id="boot"[^>]*>(.*?)<\/script>/s.exec(text)![1]!;
    expect(JSON.parse(boot).data).toEqual({ '/api/v1/models': { data: ['</script><script>alert(1)</script>'] } });
    expect(text.match(/<script/g)).toHaveLength(4);
    expect(text).toContain('<title>A &lt;b&gt; · Trunkline</title>');
  });

  test('are not there for an address nobody knows, nor for one whose subject is not there', async () => {
    expect((await openPages().get('/nothing'))!.status).toBe(404);
    expect((await openPages({ answers: { '/api/v1/model/a/b': [404, {}] } }).get('/a/b'))!.status).toBe(404);
  });

  test('are drawn once for all strangers, and for each who is signed in', async () => {
    const strangers = openPages();
    for (let i = 0; i < 3; i++) await strangers.get('/models');
    expect(strangers.drawn).toHaveLength(1);
    const own = openPages({ visitor: OWNER });
    for (let i = 0; i < 3; i++) await own.get('/models');
    expect(own.drawn).toHaveLength(3);
  });

  test('of the console are drawn by the browser alone, and say nothing to strangers', async () => {
    const { get, drawn } = openPages({ answers: { '/api/v1/keys': [200, { secret: 1 }] } });
    const text = await (await get('/keys'))!.text();
    expect(drawn).toEqual([]);
    expect(text).not.toContain('secret');
  });

  test('work below a prefix, whether the proxy takes it off or not', async () => {
    const { get } = openPages({ base: '/gw' });
    for (const path of ['/gw/models', '/models', '/gw']) {
      expect(await (await get(path))!.text()).toContain('src="/gw/assets/main.js"');
    }
    expect((await get('/gw/assets/main.js', {}))!.status).toBe(200);
  });

  test('leave the API its own errors, and files that are not there', async () => {
    const { get } = openPages();
    for (const path of ['/api/v1/nothing', '/v1/models', '/health/x', '/assets/none.js'])
      expect(await get(path)).toBeUndefined();
    expect(await get('/models', { accept: '*/*' })).toBeUndefined();
  });
});

test('a page that could not be drawn in time is drawn for the next visitor, and then kept', async () => {
  const { get, drawn } = openPages({ slow: 1 });
  expect(await (await get('/models'))!.text()).not.toContain('<p>drawn</p>');
  for (let visit = 0; visit < 3; visit++) expect(await (await get('/models'))!.text()).toContain('<p>drawn</p>');
  expect(drawn).toHaveLength(2);
});

test('an empty page that was sent because none could be planned is not kept', async () => {
  const { get, drawn } = openPages({ unplanned: 1 });
  for (let visit = 0; visit < 3; visit++) await get('/models');
  expect(drawn).toHaveLength(1);
  expect(await (await get('/models'))!.text()).toContain('<p>drawn</p>');
});

describe('for programs that read pages', () => {
  test('a page is Markdown at its address with .md behind it, below the prefix, and the page names it', async () => {
    const { get } = openPages({ base: '/gw', answers: { '/api/v1/model/a/b': [200, { data: 1 }] } });
    const twin = await get('/gw/a/b.md', { accept: '*/*' });
    expect([twin!.status, twin!.headers.get('content-type')]).toEqual([200, 'text/markdown; charset=utf-8']);
    expect(await twin!.text()).toBe('# http://host/gw /a/b {"/api/v1/model/a/b":{"data":1}}\n');
    expect(await (await get('/gw/a/b'))!.text()).toContain(
      '<link rel="alternate" type="text/markdown" href="http://host/gw/a/b.md">',
    );
  });

  test('what is missing, private or has no twin is an error', async () => {
    const { get } = openPages({ answers: { '/api/v1/model/a/b': [404, {}] } });
    for (const path of ['/a/b.md', '/plain.md', '/keys.md']) expect((await get(path, {}))!.status).toBe(404);
    expect(await get('/api/v1/models.md', {})).toBeUndefined();
  });

  test('llms.txt lists the pages, also below the docs', async () => {
    const { get } = openPages();
    for (const path of ['/llms.txt', '/docs/llms.txt'])
      expect(await (await get(path, {}))!.text()).toContain('- [Models](http://host/models.md): All.\n');
  });

  test('what a page is about cannot end its element', async () => {
    const text = await (await openPages().get('/models'))!.text();
    const [, about] = /<script type="application\/ld\+json"[^>]*>([^<]*)<\/script>/.exec(text)!;
    expect(JSON.parse(about!)).toEqual({ name: '</script><b>' });
  });
});

test('files are sent compressed to those who take that, and not again to those who have them', async () => {
  const { get } = openPages();
  expect((await get('/assets/main.js', { 'accept-encoding': 'gzip, br' }))!.headers.get('content-encoding')).toBe('br');
  expect((await get('/assets/main.js', {}))!.headers.get('content-encoding')).toBeNull();
  expect((await get('/assets/main.js', { 'if-none-match': '"h"' }))!.status).toBe(304);
});
