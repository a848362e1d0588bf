import { claimBody, passwordChange, passwordSignIn, type Sessions } from '../contract/session.ts';
import { Failure } from '../generation/failure.ts';
import { useClaim } from './claim.ts';
import { answerPrivate } from './json-response.ts';
import {
  answerSignedIn,
  answerWithCookie,
  openSession,
  type PeopleParts,
  personOf,
  publicSessionId,
  tooMany,
} from './people-parts.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';
import { expectJsonBody, expectOurPage, sessionCookie } from './session-cookie.ts';

/** Signing in and out, and what one may see and end of one's own sessions. */
export function sessionRoutes(parts: PeopleParts): readonly Route[] {
  const base = '/api/x/session';
  return [
    {
      ...{ method: 'GET', path: base, audience: 'public' },
      answer: async ({ request }) => answerPrivate(await parts.summary(request)),
    },
    {
      ...{ method: 'POST', path: `${base}/claim`, audience: 'public', action: 'session.claim' },
      answer: (call) => claim(parts, call),
    },
    {
      ...{ method: 'POST', path: `${base}/password`, audience: 'public', action: 'session.password' },
      answer: (call) => signInByPassword(parts, call),
    },
    {
      ...{ method: 'DELETE', path: base, audience: 'person', action: 'session.end' },
      answer: (call) => signOut(parts, call),
    },
    {
      ...{ method: 'GET', path: '/api/x/sessions', audience: 'person' },
      answer: (call) => listSessions(parts, call),
    },
    {
      ...{ method: 'DELETE', path: '/api/x/sessions/:id', audience: 'person', action: 'session.revoke' },
      answer: (call) => revokeSession(parts, call),
    },
    {
      ...{ method: 'POST', path: '/api/x/account/password', audience: 'person', action: 'account.password' },
      answer: (call) => changePassword(parts, call),
    },
  ];
}

async function claim(parts: PeopleParts, call: RouteCall): Promise<Response> {
  expectOurPage(call.request);
  expectJsonBody(call.request);
  const { fields } = await readJsonBody(call.request, claimBody);
  if (!(await useClaim(parts, fields.token))) {
    throw new Failure('permission-denied', {
      message: 'This link does not work: it was used, is too old, or is not whole',
    });
  }
  return answerSignedIn(parts, call, await parts.book.getOwner(), 'claim');
}

/** The same words and the same time for a name that nobody has, a person without a password and a wrong one. */
async function signInByPassword(parts: PeopleParts, call: RouteCall): Promise<Response> {
  expectOurPage(call.request);
  expectJsonBody(call.request);
  const { login, password } = (await readJsonBody(call.request, passwordSignIn)).fields;
  note(call, { target: login });
  const address = call.address ?? 'unknown';
  const seconds = Math.max(parts.tries.logins.waitSeconds(login), parts.tries.addresses.waitSeconds(address));
  if (seconds > 0) throw tooMany(seconds);
  parts.tries.logins.count(login);
  parts.tries.addresses.count(address);
  const user = parts.book.findLogin(login);
  const isRight = await parts.passwords.verify(password, user?.passwordHash);
  if (isRight === 'busy') throw tooMany(1);
  if (!isRight || !user || user.disabled) {
    throw new Failure('unauthenticated', { message: 'The name or the password is wrong' });
  }
  parts.tries.logins.forget(login);
  return answerSignedIn(parts, call, user, 'password');
}

async function signOut(parts: PeopleParts, call: RouteCall): Promise<Response> {
  await parts.book.close([call.caller!.session!.hash]);
  return answerWithCookie({ deleted: true }, sessionCookie(call.request, ''));
}

function listSessions(parts: PeopleParts, call: RouteCall): Response {
  const own = call.caller!.session!;
  const body: Sessions = {
    sessions: parts.book.sessionsOf(own.userId).map((session) => ({
      id: publicSessionId(session.hash),
      user_id: session.userId,
      current: session.hash === own.hash,
      way: session.way,
      user_agent: session.userAgent ?? null,
      address: session.address ?? null,
      created_at: instantOf(session.createdAtMs),
      seen_at: instantOf(session.seenAtMs),
    })),
  };
  return answerPrivate(body);
}

/** Only of one's own: another's id reads like one that never was. */
async function revokeSession(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const own = parts.book.sessionsOf(call.caller!.session!.userId);
  const session = own.find(({ hash }) => publicSessionId(hash) === call.params.id);
  if (!session) throw new Failure('not-found', { message: 'There is no such session' });
  await parts.book.close([session.hash]);
  return answerPrivate({ deleted: true });
}

/** Whoever has a password shows it first. All other sessions of the person end, and this one gets a new id. */
async function changePassword(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const user = personOf(parts, call);
  const { current, password } = (await readJsonBody(call.request, passwordChange)).fields;
  note(call, { target: user.id });
  if (user.passwordHash !== undefined) await expectPassword(parts, user, current ?? '');
  const passwordHash = await parts.passwords.hash(password);
  if (passwordHash === 'busy') throw tooMany(1);
  const changed = await parts.book.update(user.id, { passwordHash });
  if (!changed) throw new Failure('not-found', { message: 'There is no such person any more' });
  await parts.book.close(parts.book.sessionsOf(user.id).map(({ hash }) => hash));
  const { cookie } = await openSession(parts, call, changed, 'password');
  return answerWithCookie({ changed: true }, cookie);
}

async function expectPassword(
  parts: PeopleParts,
  { login, passwordHash }: { readonly login: string; readonly passwordHash?: string },
  password: string,
): Promise<void> {
  const seconds = parts.tries.logins.waitSeconds(login);
  if (seconds > 0) throw tooMany(seconds);
  parts.tries.logins.count(login);
  const isRight = await parts.passwords.verify(password, passwordHash);
  if (isRight === 'busy') throw tooMany(1);
  if (!isRight) throw new Failure('permission-denied', { message: 'The present password is wrong' });
  parts.tries.logins.forget(login);
}
