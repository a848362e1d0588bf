import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { openTestExchange, type TestExchange } from '../../test/openapi/open-test-exchange.ts';
import { Passwords, Throttle } from '../accounts/passwords.ts';
import type { Role } from '../accounts/person.ts';
import { SessionBook } from '../accounts/session-book.ts';
import { silentLog } from '../base/log.ts';
import openaiChat from '../formats/openai-chat.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { AuditLog } from './audit-log.ts';
import { Challenges } from './challenges.ts';
import { makeClaim, renewClaim } from './claim.ts';
import { claimRoutes } from './claim-page.ts';
import type { PeopleParts } from './people-parts.ts';
import { pictureRoutes } from './picture-routes.ts';
import { providerKeyRoutes } from './provider-key-routes.ts';
import { roomRoutes } from './room-routes.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { makeApp } from './server.ts';
import { sessionRoutes } from './session-routes.ts';
import { makeSessionSummary } from './session-summary.ts';
import { systemRoutes } from './system-routes.ts';
import { userRoutes } from './user-routes.ts';

const HOUR_MS = 3_600_000;
const ORIGIN = 'http://127.0.0.1:7117';

let house: TestExchange;
let parts: PeopleParts;
let app: ReturnType<typeof makeApp>;
let installation: readonly Route[];
let keysSaved: string[];
beforeEach(async () => {
  house = await openTestExchange();
  const { clock, storage, exchange } = house;
  const book = new SessionBook(storage.people, exchange.directory, clock);
  parts = {
    ...{ clock, store: storage, book, base: '', passwords: new Passwords(), challenges: new Challenges(clock) },
    tries: { logins: new Throttle(clock, 5), addresses: new Throttle(clock, 30) },
    summary: makeSessionSummary({ store: storage, book }),
  };
  const audit = new AuditLog(storage.audit, clock, silentLog);
  keysSaved = [];
  installation = [
    ...roomRoutes(storage.rooms),
    ...pictureRoutes({ fetch: async () => ({ mediaType: 'image/png', base64: '' }) }),
    ...systemRoutes({
      ...{ audit, days: storage.days, backups: () => [{ name: 'one.sqlite', bytes: 4, created_at: '' }] },
      openBackup: () => new Blob(['copy']),
      facts: async () => ({
        ...{
          version: '1',
          runtime: 'Bun',
          started_at: '',
          uptime_seconds: 1,
          memory: { resident_bytes: 1, heap_bytes: 1 },
        },
        ...{ storage: { kind: 'sqlite', ready: true, bytes: 1 }, journal: { pending: 0 } },
      }),
    }),
    ...providerKeyRoutes({
      ...{ clock, providers: () => [{ id: 'acme', name: 'Acme' }], cheapestModel: () => 'acme/one' },
      list: async () => [],
      remove: async () => false,
      async save({ provider, key }) {
        if (provider === 'acme') keysSaved.push(key);
        return provider === 'acme';
      },
      ask: () => Response.json({ error: { message: 'The provider refused its key' } }, { status: 502 }),
    }),
  ];
  app = makeApp({
    ...{ exchange, formats: [], errorFormat: openaiChat, metrics: { countAnswer: () => undefined } },
    gateway: {} as GatewayParts,
    ...{ book, audit },
    routes: [...routes, ...claimRoutes(parts), ...sessionRoutes(parts), ...userRoutes(parts), ...installation],
  });
});
afterEach(() => house.close());

interface Asked {
  readonly method?: string;
  readonly cookie?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As a page of this server asks, unless the headers say otherwise. */
async function ask(path: string, { method = 'GET', cookie, body, headers = {} }: Asked = {}): Promise<Response> {
  return await app.fetch(
    new Request(`${ORIGIN}${path}`, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(cookie !== undefined && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

function cookieOf(answer: Response): string {
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

async function signInAs(role: Role): Promise<string> {
  if (role === 'owner') {
    const { token } = await renewClaim({ store: house.storage, clock: house.clock });
    return cookieOf(await ask(`/claim?token=${token}`));
  }
  const user = await parts.book.create({ name: role, login: `${role}-${Math.floor(house.clock.nowMs())}`, role });
  return `trunkline-session=${await parts.book.open(user, { way: 'password' })}`;
}

async function whoIs(cookie: string): Promise<string | undefined> {
  const { user } = (await (await ask('/api/x/session', { cookie })).json()) as { user: { role: string } | null };
  return user?.role;
}

describe('the printed link', () => {
  test('makes the owner, once, and leads to the setup', async () => {
    const claim = await makeClaim({ store: house.storage, clock: house.clock });
    const first = await ask(`/claim?token=${claim!.token}`);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/setup']);
    expect(first.headers.get('set-cookie')).toMatch(
      /^trunkline-session=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(await whoIs(cookieOf(first))).toBe('owner');
    const second = await ask(`/claim?token=${claim!.token}`);
    expect([second.status, second.headers.get('set-cookie')]).toEqual([403, null]);
    expect(await makeClaim({ store: house.storage, clock: house.clock })).toBeUndefined();
  });

  test('lets one of fifty in who open it at once', async () => {
    const claim = await makeClaim({ store: house.storage, clock: house.clock });
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(`/claim?token=${claim!.token}`)));
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  test('is not used up by a preview, by a wrong token, or after thirty minutes', async () => {
    const claim = await makeClaim({ store: house.storage, clock: house.clock });
    for (const token of ['', 'x', `${claim!.token}x`, claim!.token.toLowerCase(), 'a'.repeat(10_000), '%00']) {
      expect((await ask(`/claim?token=${token}`)).status).toBe(403);
    }
    expect((await ask(`/claim?token=${claim!.token}`, { method: 'HEAD' })).status).toBe(405);
    await house.clock.advance(30 * 60_000);
    expect((await ask(`/claim?token=${claim!.token}`)).status).toBe(403);
  });

  test('binds the cookie to https and this host where there is https', async () => {
    const { token } = await renewClaim({ store: house.storage, clock: house.clock });
    const answer = await ask(`/claim?token=${token}`, { headers: { 'x-forwarded-proto': 'https' } });
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-trunkline-session=\w{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });
});

describe('a session', () => {
  test('ends after twelve idle hours, after two weeks in any case, and when its person signs out', async () => {
    const idle = await signInAs('owner');
    await house.clock.advance(11 * HOUR_MS);
    expect(await whoIs(idle)).toBe('owner');
    await house.clock.advance(12 * HOUR_MS);
    expect(await whoIs(idle)).toBeUndefined();
    const busy = await signInAs('owner');
    for (let hours = 0; hours < 14 * 24 - 6; hours += 6) {
      await house.clock.advance(6 * HOUR_MS);
      expect(await whoIs(busy)).toBe('owner');
    }
    await house.clock.advance(6 * HOUR_MS);
    expect(await whoIs(busy)).toBeUndefined();
    const [here, there] = [await signInAs('owner'), await signInAs('owner')];
    expect((await ask('/api/x/session', { method: 'DELETE', cookie: here })).status).toBe(200);
    expect([await whoIs(here), await whoIs(there)]).toEqual([undefined, 'owner']);
  });

  test('is nobody’s by an invented, cut or missing cookie', async () => {
    const cookie = await signInAs('owner');
    const id = cookie.split('=')[1]!;
    for (const other of [
      '',
      'trunkline-session=',
      `trunkline-session=${'A'.repeat(43)}`,
      `other=${id}`,
      `xtrunkline-session=${id}`,
    ]) {
      expect(await whoIs(other)).toBeUndefined();
    }
    expect(await whoIs(`a=b; ${cookie}; c=d`)).toBe('owner');
  });

  test('is kept by its hash alone', async () => {
    const id = (await signInAs('owner')).split('=')[1]!;
    expect(JSON.stringify([await house.storage.people.sessions(), await house.storage.people.users()])).not.toContain(
      id,
    );
  });

  test('changes nothing for another site, nor with a body that a form could send', async () => {
    const cookie = await signInAs('owner');
    const draft = { method: 'POST', cookie, body: { name: 'k' } } as const;
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' },
    ]) {
      expect((await ask('/api/v1/keys', { ...draft, headers })).status).toBeGreaterThanOrEqual(400);
    }
    expect((await ask('/api/v1/keys', draft)).status).toBe(201);
  });

  test('does not count where a key was sent', async () => {
    const cookie = await signInAs('owner');
    const answer = await ask('/api/v1/keys', { cookie, headers: { authorization: `Bearer ${house.keys.inference}` } });
    expect(answer.status).toBe(403);
  });
});

/** What each of them gets at each kind of door: the last digit groups tell allowed (2xx or what the body deserves) from refused. */
const PEOPLE = ['nobody', 'viewer', 'member', 'admin', 'owner'] as const;
const LEAST = {
  public: 'nobody',
  caller: 'viewer',
  inference: 'member',
  management: 'admin',
  person: 'viewer',
} as const;

test('every route takes exactly those whose role reaches its own, and no key where a person is meant', async () => {
  const cookies = new Map<string, string>();
  for (const role of ['viewer', 'member', 'admin'] as const) cookies.set(role, await signInAs(role));
  const table = [...routes, ...sessionRoutes(parts), ...userRoutes(parts), ...installation];
  const wrong: string[] = [];
  for (const { method, path, audience, role } of table) {
    // The one ends the session that asks; the other looks at whose account it is before it refuses.
    if (`${method} ${path}` === 'DELETE /api/x/session' || `${method} ${path}` === 'PATCH /api/x/users/:id') continue;
    const least = PEOPLE.indexOf(audience === 'public' ? 'nobody' : (role ?? LEAST[audience]));
    for (const [place, person] of PEOPLE.entries()) {
      if (person === 'owner') continue;
      const cookie = cookies.get(person);
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      const place1 = path.replace(/:\w+(\{[^}]*\})?/g, 'nobody-has-this-id');
      const { status } = await ask(place1, { method, ...(cookie && { cookie }), ...body });
      const isRefused = status === 401 || (status === 403 && audience !== 'public');
      if (isRefused !== place < least) wrong.push(`${method} ${path}: ${person} got ${status}`);
    }
    if (audience === 'person') {
      const key = { authorization: `Bearer ${house.keys.management}` };
      const { status } = await ask(path.replace(/:\w+/g, 'x'), { method, headers: key });
      if (status !== 403) wrong.push(`${method} ${path}: a key got ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

describe('a password', () => {
  test('signs in, and a wrong name and a wrong password read alike', async () => {
    const cookie = await signInAs('owner');
    const set = await ask('/api/x/account/password', {
      method: 'POST',
      cookie,
      body: { password: 'correct horse battery' },
    });
    expect(set.status).toBe(200);
    expect(await whoIs(cookie)).toBeUndefined();
    const tryIt = (login: string, password: string) =>
      ask('/api/x/session/password', { method: 'POST', body: { login, password } });
    const right = await tryIt('Owner', 'correct horse battery');
    expect([right.status, await whoIs(cookieOf(right))]).toEqual([200, 'owner']);
    const [name, word] = [await tryIt('nobody', 'correct horse battery'), await tryIt('owner', 'wrong horse battery')];
    expect([name.status, word.status]).toEqual([401, 401]);
    const texts = [await name.text(), await word.text()].map((text) => text.replace(/req-\w+/g, ''));
    expect(texts[0]).toBe(texts[1]!);
  });

  test('may be tried five times, then one has to wait', async () => {
    await signInAs('owner');
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) {
      const body = { login: 'owner', password: `guess number ${i}` };
      statuses.push((await ask('/api/x/session/password', { method: 'POST', body })).status);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
  });
});

test('an invitation makes one person of its role, and another role ends their sessions', async () => {
  const owner = await signInAs('owner');
  const invited = await ask('/api/x/invitations', { method: 'POST', cookie: owner, body: { role: 'viewer' } });
  const { token } = (await invited.json()) as { token: string };
  const person = { token, name: 'Ada', login: 'ada', password: 'a long enough one' };
  const joined = await ask('/api/x/invitations/accept', { method: 'POST', body: person });
  const ada = cookieOf(joined);
  expect(await whoIs(ada)).toBe('viewer');
  const again = await ask('/api/x/invitations/accept', { method: 'POST', body: { ...person, login: 'eve' } });
  expect(again.status).toBeGreaterThanOrEqual(400);
  const id = parts.book.findLogin('ada')!.id;
  await ask(`/api/x/users/${id}`, { method: 'PATCH', cookie: owner, body: { role: 'admin' } });
  expect(await whoIs(ada)).toBeUndefined();
  expect(
    (await ask(`/api/x/users/${parts.book.findLogin('owner')!.id}`, { method: 'DELETE', cookie: owner })).status,
  ).toBe(409);
});

test('a room is kept for its own person, and two windows do not overwrite each other', async () => {
  const ada = await signInAs('member');
  await house.clock.advance(1);
  const eve = await signInAs('member');
  const room = {
    title: 'A',
    version: 0,
    models: ['trunkline/mini'],
    messages: [{ role: 'user', text: 'hi' }],
    settings: {},
  };
  const path = '/api/x/rooms/room-0001';
  expect((await ask(path, { method: 'PUT', cookie: ada, body: room })).status).toBe(200);
  expect((await ask(path, { method: 'PUT', cookie: ada, body: room })).status).toBe(409);
  expect((await ask(path, { cookie: eve })).status).toBe(404);
  expect(await (await ask(path, { cookie: ada })).json()).toMatchObject({
    title: 'A',
    version: 1,
    messages: room.messages,
  });
});

test('every change stands in the audit log, refused ones too, and the chain breaks where it is touched', async () => {
  const owner = await signInAs('owner');
  await ask('/api/v1/keys', { method: 'POST', cookie: owner, body: { name: 'k' } });
  const viewer = await signInAs('viewer');
  await ask('/api/v1/keys', { method: 'POST', cookie: viewer, body: { name: 'k' } });
  const entries = await house.storage.audit.entries({ limit: 10 });
  expect(entries.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    ...['key.create denied', 'key.create done', 'session.claim done'],
  ]);
});

test('a backup is downloaded by the owner alone, by its listed name, and that stands in the audit log', async () => {
  const admin = await signInAs('admin');
  const owner = await signInAs('owner');
  const get = (name: string, cookie: string) => ask(`/api/x/system/backups/${encodeURIComponent(name)}`, { cookie });
  expect((await get('one.sqlite', admin)).status).toBe(403);
  expect((await get('../trunkline.sqlite', owner)).status).toBe(404);
  const answer = await get('one.sqlite', owner);
  expect([answer.status, await answer.text()]).toEqual([200, 'copy']);
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="one.sqlite"');
  const entries = await house.storage.audit.entries({ limit: 3 });
  expect(entries.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
    ['system.backup.download', 'one.sqlite', 'done'],
    ['system.backup.download', '../trunkline.sqlite', 'failed'],
    ['system.backup.download', 'one.sqlite', 'denied'],
  ]);
});

test('a deposit stands in the book once, however often it was sent, and only administrators make one', async () => {
  const owner = await signInAs('owner');
  const ledger = async () =>
    (await (await ask('/api/x/ledger', { cookie: owner })).json()) as { balance: { deposited: string } };
  const before = Number((await ledger()).balance.deposited);
  const body = { amount: '12.50', note: 'more', id: 'deposit-1' };
  for (let i = 0; i < 2; i++) {
    expect((await ask('/api/x/deposits', { method: 'POST', cookie: owner, body })).status).toBe(200);
  }
  expect(Number((await ledger()).balance.deposited) - before).toBe(12.5);
  for (const amount of ['0', '-1', '1e9', 'much']) {
    const refused = await ask('/api/x/deposits', { method: 'POST', cookie: owner, body: { amount } });
    expect([amount, refused.status]).toEqual([amount, 400]);
  }
});

test('a provider’s key is taken and never given back, and a test says in our words why it fails', async () => {
  const owner = await signInAs('owner');
  const path = '/api/x/provider-keys';
  const body = { provider: 'acme', key: 'secret-of-acme-1234' };
  const saved = await ask(path, { method: 'POST', cookie: owner, body });
  expect([saved.status, keysSaved]).toEqual([201, ['secret-of-acme-1234']]);
  expect((await ask(path, { method: 'POST', cookie: owner, body: { ...body, provider: 'nobody' } })).status).toBe(404);
  const tried = await (await ask(`${path}/acme/test`, { method: 'POST', cookie: owner, body: {} })).json();
  expect(tried).toMatchObject({ ok: false, status: 502, message: 'The provider refused its key' });
  const audit = await house.storage.audit.entries({ limit: 10 });
  const texts = [await saved.text(), await (await ask(path, { cookie: owner })).text(), JSON.stringify(audit)];
  expect(texts.join('')).not.toContain('secret-of-acme');
});
