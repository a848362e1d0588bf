import { afterEach, beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { openTestExchange, type TestExchange } from '../../test/openapi/open-test-exchange.ts';
import { closeSession, isSignedIn, makeClaim, openSession, renewClaim, type SignIn, sessionCookie } from './claim.ts';
import { claimRoutes } from './claim-page.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let house: TestExchange;
let signIn: SignIn;
beforeEach(async () => {
  house = await openTestExchange();
  signIn = { store: house.storage, clock: house.clock };
});
afterEach(() => house.close());

function withCookie(cookie: string): Request {
  return new Request('http://127.0.0.1:7117/', { headers: { cookie } });
}

async function signedInRequest(): Promise<Request> {
  const { token } = await renewClaim(signIn);
  return withCookie(`trunkline-session=${await openSession(signIn, token)}`);
}

async function call(method: 'GET' | 'POST' | 'HEAD', path: string, headers: Record<string, string> = {}) {
  const request = new Request(`http://127.0.0.1:7117${path}`, { method, headers });
  const url = new URL(request.url);
  const route = claimRoutes(signIn).find((candidate) => candidate.path === url.pathname)!;
  return await route.answer({ request, params: {}, query: url.searchParams, exchange: house.exchange });
}

test('the link signs in once', async () => {
  const claim = await makeClaim(signIn);
  const first = await call('GET', `/claim?token=${claim!.token}`);
  expect(first.status).toBe(303);
  expect(first.headers.get('location')).toBe('/');
  expect(first.headers.get('referrer-policy')).toBe('no-referrer');
  const cookie = first.headers.get('set-cookie')!;
  expect(cookie).toMatch(/^trunkline-session=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(await isSignedIn(withCookie(cookie.split(';')[0]!), signIn)).toBe(true);
  const second = await call('GET', `/claim?token=${claim!.token}`);
  expect(second.status).toBe(403);
  expect(second.headers.get('set-cookie')).toBeNull();
  expect(await second.text()).toContain('Get a new link');
});

test('of fifty who open the link at once, one gets in', async () => {
  const claim = await makeClaim(signIn);
  const answers = await Promise.all(Array.from({ length: 50 }, () => call('GET', `/claim?token=${claim!.token}`)));
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(49);
});

test('a wrong token signs nobody in and leaves the right one alone', async () => {
  const claim = await makeClaim(signIn);
  for (const token of ['', 'x', `${claim!.token}x`, claim!.token.toLowerCase(), 'a'.repeat(100_000), '%00']) {
    expect((await call('GET', `/claim?token=${token}`)).status).toBe(403);
  }
  expect((await call('GET', '/claim')).status).toBe(403);
  expect((await call('GET', `/claim?token=${claim!.token}`)).status).toBe(303);
});

test('a preview that asks with HEAD does not use the link up', async () => {
  const claim = await makeClaim(signIn);
  expect((await call('HEAD', `/claim?token=${claim!.token}`)).status).toBe(405);
  expect((await call('GET', `/claim?token=${claim!.token}`)).status).toBe(303);
});

test('a link ends after thirty minutes', async () => {
  const early = await makeClaim(signIn);
  await house.clock.advance(30 * MINUTE_MS - 1);
  const late = await openSession(signIn, early!.token);
  expect(late).toBeDefined();
  const { token } = await renewClaim(signIn);
  await house.clock.advance(30 * MINUTE_MS);
  expect(await openSession(signIn, token)).toBeUndefined();
});

test('each start makes a new link until somebody has signed in, and never again after it', async () => {
  const first = await makeClaim(signIn);
  const second = await makeClaim(signIn);
  expect(second!.token).not.toBe(first!.token);
  expect(await openSession(signIn, first!.token)).toBeUndefined();
  expect(await openSession(signIn, second!.token)).toBeDefined();
  expect(await makeClaim(signIn)).toBeUndefined();
});

test('the operator can still ask for a new link', async () => {
  await signedInRequest();
  const { token } = await renewClaim(signIn);
  expect(await openSession(signIn, token)).toBeDefined();
});

test('storage holds neither the token nor the session, only their hashes', async () => {
  const { token } = await renewClaim(signIn);
  const hashed = await house.storage.getSetting('claim-token');
  expect(hashed).toContain(createHash('sha256').update(token).digest('hex'));
  expect(hashed).not.toContain(token);
  const id = await openSession(signIn, token);
  const sessions = await house.storage.getSetting('admin-sessions');
  expect(sessions).toContain(createHash('sha256').update(id!).digest('hex'));
  expect(sessions).not.toContain(id!);
});

test('a session ends after twelve idle hours, and lives on while it is used', async () => {
  const request = await signedInRequest();
  for (let i = 0; i < 3; i++) {
    await house.clock.advance(11 * HOUR_MS);
    expect(await isSignedIn(request, signIn)).toBe(true);
  }
  await house.clock.advance(12 * HOUR_MS);
  expect(await isSignedIn(request, signIn)).toBe(false);
});

test('a session ends after two weeks, however busy', async () => {
  const request = await signedInRequest();
  for (let hours = 0; hours < 14 * 24 - 6; hours += 6) {
    await house.clock.advance(6 * HOUR_MS);
    expect(await isSignedIn(request, signIn)).toBe(true);
  }
  await house.clock.advance(6 * HOUR_MS);
  expect(await isSignedIn(request, signIn)).toBe(false);
});

test('signing out ends this session and no other', async () => {
  const here = await signedInRequest();
  const there = await signedInRequest();
  await closeSession(signIn, here);
  expect(await isSignedIn(here, signIn)).toBe(false);
  expect(await isSignedIn(there, signIn)).toBe(true);
});

test('the twenty-first session ends the oldest', async () => {
  const requests: Request[] = [];
  for (let i = 0; i < 21; i++) requests.push(await signedInRequest());
  expect(await isSignedIn(requests[0]!, signIn)).toBe(false);
  expect(await isSignedIn(requests[1]!, signIn)).toBe(true);
  expect(await isSignedIn(requests[20]!, signIn)).toBe(true);
});

test('nobody is signed in by an invented, cut or missing cookie', async () => {
  const request = await signedInRequest();
  const id = request.headers.get('cookie')!.split('=')[1]!;
  for (const cookie of [
    '',
    'trunkline-session=',
    `trunkline-session=${'A'.repeat(43)}`,
    `other=${id}`,
    `xtrunkline-session=${id}`,
  ]) {
    expect(await isSignedIn(withCookie(cookie), signIn)).toBe(false);
  }
  expect(await isSignedIn(withCookie(`a=b; trunkline-session=${id}; c=d`), signIn)).toBe(true);
});

test('over https the cookie is bound to this host and to https', async () => {
  const { token } = await renewClaim(signIn);
  const answer = await call('GET', `/claim?token=${token}`, { 'x-forwarded-proto': 'https' });
  const cookie = answer.headers.get('set-cookie')!;
  expect(cookie).toMatch(/^__Host-trunkline-session=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  expect(sessionCookie(new Request('https://exchange.test/'), 'x')).toContain('; Secure');
  expect(await isSignedIn(withCookie(cookie.split(';')[0]!), signIn)).toBe(true);
});

test('a page of another site cannot sign the administrator out', async () => {
  const request = await signedInRequest();
  const cookie = request.headers.get('cookie')!;
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.test' },
  ]) {
    expect((await call('POST', '/sign-out', { cookie, ...headers })).status).toBe(403);
  }
  expect(await isSignedIn(request, signIn)).toBe(true);
  const answer = await call('POST', '/sign-out', { cookie, 'sec-fetch-site': 'same-origin' });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
  expect(await isSignedIn(request, signIn)).toBe(false);
});
