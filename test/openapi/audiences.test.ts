import { afterEach, beforeEach, expect, test } from 'bun:test';
import { routes } from '../../src/http/routes.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

const PUBLIC = [
  'GET /models',
  'GET /models/count',
  'GET /models/:model',
  'GET /model/:author/:slug',
  'GET /models/:author/:slug/endpoints',
  'GET /endpoints/zdr',
  'GET /openapi.json',
  'GET /providers',
  'GET /trunkline/verification/:author/:slug',
  'GET /api/x/models',
  'GET /api/x/providers',
  'GET /api/x/stats/models',
  'GET /api/x/stats/timeseries',
  'GET /api/x/stats/tokens',
  'GET /api/x/stats/uptime',
  'GET /api/x/stats/endpoints',
  'GET /api/x/stats/providers',
  'GET /api/x/stats/providers/:id{.+}',
  'GET /api/x/stats/apps',
  'GET /api/x/apps/:slug',
  'GET /api/x/rankings',
  'GET /api/x/status',
  'GET /api/x/catalogue/sources',
  'GET /api/x/catalogue/disagreements',
  'GET /api/x/catalogue/changes',
  'GET /api/x/catalogue/prices',
];
const MANAGEMENT = [
  'GET /keys',
  'POST /keys',
  'GET /keys/:hash',
  'PATCH /keys/:hash',
  'DELETE /keys/:hash',
  'GET /credits',
  'GET /activity',
  'GET /analytics/meta',
  'POST /analytics/query',
  'GET /api/x/upstreams',
  'POST /api/x/upstreams/:id{.+}/disable',
  'POST /api/x/upstreams/:id{.+}/enable',
  'PATCH /api/x/privacy',
  'PUT /api/x/privacy/keys/:hash',
  'POST /api/x/privacy/delete',
  'PUT /api/x/routing-defaults/:scope',
  'POST /presets/:slug/chat/completions',
  'POST /presets/:slug/messages',
  'POST /presets/:slug/responses',
  'PUT /api/x/presets/:slug',
  'PATCH /api/x/presets/:slug',
  'DELETE /api/x/presets/:slug',
];

const nameOf = (route: { method: string; path: string }) => `${route.method} ${route.path.replace(/^\/api\/v1/, '')}`;
/** Who may ask, but named nothing, or nothing that is there. */
const ASKED_WRONGLY: Readonly<Record<string, number>> = {
  'GET /generation': 400,
  'GET /generation/content': 400,
  'GET /api/x/generations/:id': 404,
  'GET /api/x/generations/:id/content': 404,
  'DELETE /api/x/generations/:id/content': 404,
  'POST /api/x/route/explain': 400,
  'POST /api/x/simulate': 400,
  'POST /api/x/activity/query': 400,
  'GET /presets/:slug': 404,
  'GET /presets/:slug/versions': 404,
  'GET /presets/:slug/versions/:version': 404,
};
/** What a public answer needs to be asked; those that name nothing known say so. */
const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/x/stats/timeseries': '?model=thinker/deep&metric=throughput',
  'GET /api/x/catalogue/prices': '?model=thinker/deep',
  'GET /api/x/stats/uptime': '?model=thinker/deep',
  'GET /api/x/stats/endpoints': '?model=thinker/deep',
};
const all = routes.map((route) => [nameOf(route), route] as const);

test('the public list is this and no longer', () => {
  expect(
    all
      .filter(([, { audience }]) => audience === 'public')
      .map(([name]) => name)
      .sort(),
  ).toEqual([...PUBLIC].sort());
});

test.each(all)('%s keeps out who has no business there', async (name, route) => {
  const path = route.path
    .replace(/^\/api\/v1/, '')
    .replace(':id{.+}', 'acme')
    .replace(':author/:slug', 'thinker/deep')
    .replace(':model', 'thinker%2Fdeep')
    .replace(':hash', 'f'.repeat(64))
    .replace(':scope', 'workspace')
    .replace(/:(slug|version)$|:slug(?=\/)/, 'none');
  const body = route.method === 'POST' || route.method === 'PATCH' ? { name: 'x' } : undefined;
  const status = async (key?: string) =>
    (await house.call(route.method, path + (QUERIES[name] ?? ''), { ...(key && { key }), ...(body && { body }) }))
      .status;
  if (PUBLIC.includes(name)) {
    expect(await status()).toBe(name.endsWith('apps/:slug') ? 404 : 200);
    return;
  }
  expect(await status()).toBe(401);
  expect(await status('sk-tl-v1-made-up')).toBe(401);
  expect(await status(`${house.keys.management.slice(0, -1)}!`)).toBe(401);
  expect(await status(house.keys.inference)).toBe(MANAGEMENT.includes(name) ? 403 : (ASKED_WRONGLY[name] ?? 200));
});

test('what belongs to one account may not be kept by a cache', async () => {
  for (const path of ['/key', '/keys', '/credits']) {
    const response = await house.call('GET', path, { key: house.keys.management });
    expect([path, response.status, response.headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
  }
});
