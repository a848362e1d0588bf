import { afterEach, beforeEach, expect, test } from 'bun:test';
import { makeClaim } from '../../src/http/claim.ts';
import { homeRoutes } from '../../src/http/home-page.ts';
import { openTestExchange, type TestExchange } from './open-test-exchange.ts';

let house: TestExchange;
beforeEach(async () => {
  house = await openTestExchange();
});
afterEach(() => house.close());

async function open(path: string, headers: Record<string, string> = {}): Promise<Response> {
  const signIn = { store: house.storage, clock: house.clock };
  const routes = homeRoutes({ signIn, exchange: house.exchange, engineState: () => ({ type: 'ready' }) });
  const url = new URL(path, 'http://127.0.0.1:7117');
  const route = routes.find((candidate) => candidate.path === url.pathname)!;
  const request = new Request(url, { headers });
  return await route.answer({ request, params: {}, query: url.searchParams, exchange: house.exchange });
}

test('a visitor sees models, providers and how to call, and neither keys nor credit', async () => {
  const page = await open('/');
  const text = await page.text();
  expect(page.status).toBe(200);
  expect(text).toContain('http://127.0.0.1:7117/api/v1/chat/completions');
  expect(text).toContain('meta-llama/llama-4-scout');
  expect(text).not.toContain('sk-tl-v1-');
  expect(text).not.toContain('25.5');
});

test('whoever opened the link of the administrator sees masked keys and credit', async () => {
  const claim = await makeClaim({ store: house.storage, clock: house.clock });
  const signedIn = await open(`/claim?token=${claim!.token}`);
  const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
  const text = await (await open('/', { cookie })).text();
  expect(text).toContain('sk-tl-v1-');
  expect(text).toContain('$25.5 left of $25.5');
  for (const key of Object.values(house.keys)) expect(text).not.toContain(key);
});

test('a name from a configuration or an engine is text, whatever it holds', async () => {
  const name = '<script>alert(1)</script>"><img src=x>';
  house.providers = [{ id: 'evil', name, connected: true, environmentKeys: [] }];
  const page = await open('/');
  const text = await page.text();
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(text).not.toContain('<script');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
});
