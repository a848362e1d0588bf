import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type AuditStore, findBreak } from '../../src/accounts/audit.ts';
import { Passwords, Throttle } from '../../src/accounts/passwords.ts';
import type { Role } from '../../src/accounts/person.ts';
import { SessionBook } from '../../src/accounts/session-book.ts';
import { silentLog } from '../../src/base/log.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { AuditLog } from '../../src/http/audit-log.ts';
import { Challenges } from '../../src/http/challenges.ts';
import { renewClaim } from '../../src/http/claim.ts';
import { claimRoutes } from '../../src/http/claim-page.ts';
import type { PeopleParts } from '../../src/http/people-parts.ts';
import { routes } from '../../src/http/routes.ts';
import { makeApp } from '../../src/http/server.ts';
import { sessionRoutes } from '../../src/http/session-routes.ts';
import { makeSessionSummary } from '../../src/http/session-summary.ts';
import { userRoutes } from '../../src/http/user-routes.ts';
import { openTestExchange, type TestExchange } from '../openapi/open-test-exchange.ts';

const HOUR_MS = 3_600_000;
const PASSWORD = 'correct horse battery';

let house: TestExchange;
let book: SessionBook;
let people: PeopleParts;
let app: ReturnType<typeof makeApp>;
beforeEach(async () => {
  house = await openTestExchange();
  const { storage, clock, exchange } = house;
  book = new SessionBook(storage.people, exchange.directory, clock);
  people = {
    ...{ clock, store: storage, book, passwords: new Passwords(), challenges: new Challenges(clock), base: '' },
    tries: { logins: new Throttle(clock, 10), addresses: new Throttle(clock, 50) },
    summary: makeSessionSummary({ store: storage, book }),
  };
  app = makeApp({
    ...{ exchange, book, formats: [], errorFormat: openaiChat, metrics: { countAnswer: () => undefined } },
    gateway: {} as Parameters<typeof makeApp>[0]['gateway'],
    audit: new AuditLog(storage.audit, clock, silentLog),
    routes: [...routes, ...claimRoutes(people), ...sessionRoutes(people), ...userRoutes(people)],
  });
});
afterEach(() => house.close());

async function call(method: string, path: string, options: { cookie?: string; body?: unknown; headers?: object } = {}) {
  return app.request(`http://exchange.test${path}`, {
    method,
    headers: {
      'sec-fetch-site': 'same-origin',
      ...(options.cookie !== undefined && { cookie: options.cookie }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
  });
}

const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]!;

async function signedIn(role: Role): Promise<string> {
  const passwordHash = (await people.passwords.hash(PASSWORD)) as string;
  await book.create({ name: role, login: role, role, passwordHash });
  const answer = await call('POST', '/api/x/session/password', { body: { login: role, password: PASSWORD } });
  expect(answer.status).toBe(200);
  return cookieOf(answer);
}

test('of fifty who open the printed link at once, one becomes the owner', async () => {
  const { token } = await renewClaim(people);
  const answers = await Promise.all(Array.from({ length: 50 }, () => call('GET', `/claim?token=${token}`)));
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(49);
  expect(book.users().map(({ role }) => role)).toEqual(['owner']);
  const cookie = cookieOf(answers.find(({ status }) => status === 303)!);
  const summary = await (await call('GET', '/api/x/session', { cookie })).json();
  expect(summary).toMatchObject({ claimed: true, signed_in: true, user: { role: 'owner' } });
});

test('roles open what they are for, and nothing above', async () => {
  const expected = {
    viewer: { '/api/v1/key': 200, '/api/v1/credits': 200, '/api/v1/keys': 200, '/api/x/users': 403 },
    member: { '/api/v1/key': 200, '/api/v1/credits': 200, '/api/v1/keys': 200, '/api/x/users': 403 },
    admin: { '/api/v1/key': 200, '/api/v1/credits': 200, '/api/v1/keys': 200, '/api/x/users': 200 },
    owner: { '/api/v1/key': 200, '/api/v1/credits': 200, '/api/v1/keys': 200, '/api/x/users': 200 },
  };
  for (const [role, statuses] of Object.entries(expected)) {
    const cookie = await signedIn(role as Role);
    for (const [path, status] of Object.entries(statuses)) {
      expect([role, path, (await call('GET', path, { cookie })).status]).toEqual([role, path, status]);
    }
  }
  const key = { headers: { authorization: `Bearer ${house.keys.management}` } };
  expect((await call('GET', '/api/x/users', key)).status).toBe(403);
});

test('a request of another site, or of a form, changes nothing with a session', async () => {
  const cookie = await signedIn('admin');
  const body = { name: 'x' };
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
  ]) {
    expect((await call('POST', '/api/v1/keys', { cookie, body, headers })).status).toBe(403);
  }
  expect((await call('POST', '/api/v1/keys', { cookie, body, headers: { 'content-type': 'text/plain' } })).status).toBe(
    415,
  );
  expect((await call('GET', '/api/v1/key', { cookie, headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  const answer = await call('POST', '/api/v1/keys', { cookie, body });
  expect(answer.status).toBe(201);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test('signing out, a changed role and twelve idle hours end a session', async () => {
  const out = await signedIn('viewer');
  expect((await call('DELETE', '/api/x/session', { cookie: out })).status).toBe(200);
  expect((await call('GET', '/api/v1/key', { cookie: out })).status).toBe(401);
  const member = await signedIn('member');
  const owner = await signedIn('owner');
  const id = book.findLogin('member')!.id;
  expect((await call('PATCH', `/api/x/users/${id}`, { cookie: owner, body: { role: 'viewer' } })).status).toBe(200);
  expect((await call('GET', '/api/v1/key', { cookie: member })).status).toBe(401);
  await house.clock.advance(12 * HOUR_MS);
  expect((await call('GET', '/api/v1/key', { cookie: owner })).status).toBe(401);
});

test('wrong passwords and unknown names read alike, and have to wait alike', async () => {
  await signedIn('viewer');
  for (const login of ['viewer', 'nobody']) {
    const tries = [];
    for (let i = 0; i < 11; i++) {
      const answer = await call('POST', '/api/x/session/password', { body: { login, password: 'wrong' } });
      tries.push(`${answer.status} ${JSON.parse(await answer.text()).error.message}`);
    }
    expect(new Set(tries.slice(0, 10))).toEqual(new Set(['401 The name or the password is wrong']));
    expect(tries[10]).toStartWith('429');
  }
});

test('an invitation makes one person of its role, once', async () => {
  const cookie = await signedIn('admin');
  expect((await call('POST', '/api/x/invitations', { cookie, body: { role: 'admin' } })).status).toBe(403);
  const made = await call('POST', '/api/x/invitations', { cookie, body: { role: 'member' } });
  const { token } = (await made.json()) as { token: string };
  const accept = (login: string) =>
    call('POST', '/api/x/invitations/accept', {
      body: { token, name: 'New', login, password: PASSWORD, role: 'owner' },
    });
  expect((await accept('new')).status).toBe(200);
  expect((await accept('newer')).status).toBe(403);
  expect(book.findLogin('new')!.role).toBe('member');
});

test('every change is in the audit log, done or denied, and a changed row breaks its chain', async () => {
  const cookie = await signedIn('viewer');
  await call('POST', '/api/v1/keys', { cookie, body: { name: 'x' } });
  const entries = await house.storage.audit.entries({ limit: 10 });
  expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    'key.create denied',
    'session.password done',
  ]);
  expect(await findBreak(house.storage.audit)).toBeUndefined();
  const tampered: AuditStore = {
    append: (draft) => house.storage.audit.append(draft),
    entries: (query) => house.storage.audit.entries(query),
    head: () => house.storage.audit.head(),
    entriesAfter: async () => entries.toReversed().map((entry) => ({ ...entry, outcome: 'done' as const })),
  };
  expect(await findBreak(tampered)).toBe(2);
});
