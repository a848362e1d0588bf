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
  'GET /providers',
  'GET /trunkline/verification/:author/:slug',
];
const MANAGEMENT = [
  'GET /keys',
  'POST /keys',
  'GET /keys/:hash',
  'PATCH /keys/:hash',
  'DELETE /keys/:hash',
  'GET /credits',
];

const nameOf = (route: { method: string; path: string }) => `${route.method} ${route.path.slice('/api/v1'.length)}`;
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
    .slice('/api/v1'.length)
    .replace(':author/:slug', 'thinker/deep')
    .replace(':model', 'thinker%2Fdeep')
    .replace(':hash', 'f'.repeat(64));
  const body = route.method === 'POST' || route.method === 'PATCH' ? { name: 'x' } : undefined;
  const status = async (key?: string) =>
    (await house.call(route.method, path, { ...(key && { key }), ...(body && { body }) })).status;
  if (PUBLIC.includes(name)) {
    expect(await status()).toBe(200);
    return;
  }
  expect(await status()).toBe(401);
  expect(await status('sk-tl-v1-made-up')).toBe(401);
  expect(await status(`${house.keys.management.slice(0, -1)}!`)).toBe(401);
  expect(await status(house.keys.inference)).toBe(
    MANAGEMENT.includes(name) ? 403 : name.includes('generation') ? 400 : 200,
  );
});

test('what belongs to one account may not be kept by a cache', async () => {
  for (const path of ['/key', '/keys', '/credits']) {
    const response = await house.call('GET', path, { key: house.keys.management });
    expect([path, response.status, response.headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
  }
});
