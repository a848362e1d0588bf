import type { User } from '../accounts/person.ts';
import { PersonConflict } from '../accounts/session-book.ts';
import { FAILURES, Failure } from '../generation/failure.ts';
import { CHALLENGE_COOKIE, challengeCookie } from './challenges.ts';
import { html, htmlPage } from './html.ts';
import type { OidcPerson } from './oidc-client.ts';
import { openSession, type PeopleParts } from './people-parts.ts';
import { note, type Route, type RouteCall } from './route.ts';
import { cameByHttps, ownOrigin, readCookie } from './session-cookie.ts';

const CALLBACK = '/api/x/session/oidc/callback';

/** Sign-in by an OpenID provider: there and back by redirects of the browser. */
export function oidcRoutes(parts: PeopleParts): readonly Route[] {
  return [
    {
      ...{ method: 'GET', path: '/api/x/session/oidc/start', audience: 'public' },
      answer: (call) => asPage(parts, call, () => begin(parts, call)),
    },
    {
      ...{ method: 'GET', path: CALLBACK, audience: 'public', action: 'session.oidc' },
      answer: (call) => asPage(parts, call, () => end(parts, call)),
    },
  ];
}

/** Both addresses are opened by a browser, never asked by a page: who is refused reads why, and where to go on. */
async function asPage(parts: PeopleParts, call: RouteCall, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const isConflict = error instanceof PersonConflict;
    if (!isConflict && !(error instanceof Failure)) throw error;
    note(call, { detail: error.message });
    const body = html`<main>
<h1>You are not signed in</h1>
<p>${error.message}.</p>
<p><a href="${parts.base}/login">Sign in again, or another way</a></p>
</main>`;
    const status = isConflict ? FAILURES.conflict.status : error.policy.status;
    return htmlPage({ title: 'Not signed in · Trunkline', body, base: parts.base }, status);
  }
}

async function begin(parts: PeopleParts, { request, query }: RouteCall): Promise<Response> {
  const { url, journey } = await getClient(parts).begin(redirectUri(parts, request));
  const name = parts.challenges.keep({ ...journey, next: ownPath(query.get('next')), purpose: 'oidc' });
  return redirect(url.href, challengeCookie(cameByHttps(request), name));
}

/** Only the browser that left comes back: what it left with stands under the name in its cookie, for one use. */
async function end(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const { request, query } = call;
  const client = getClient(parts);
  const kept = parts.challenges.take(readCookie(request, CHALLENGE_COOKIE));
  if (kept?.purpose !== 'oidc') {
    throw new Failure('permission-denied', { message: 'This sign-in was not begun here, or took too long: try again' });
  }
  const { state = '', nonce = '', verifier = '', next = '/' } = kept;
  const person = await client.end(query, { state, nonce, verifier }, redirectUri(parts, request));
  const user = await userOf(parts, person);
  if (user.disabled) throw new Failure('permission-denied', { message: 'This person may no longer sign in' });
  const { cookie } = await openSession(parts, call, user, 'oidc');
  const response = redirect(`${parts.base}${next}`, cookie);
  response.headers.append('set-cookie', challengeCookie(cameByHttps(request), ''));
  return response;
}

/** By the issuer's own name for a person; the first time by an address that it has verified and that we know already. */
async function userOf({ book, oidc }: PeopleParts, person: OidcPerson): Promise<User> {
  const known = book.findSubject(person.subject);
  if (known) return known;
  const namesake = person.email === undefined ? undefined : book.findLogin(person.email);
  if (namesake && namesake.oidcSubject === undefined) {
    return (await book.update(namesake.id, { oidcSubject: person.subject })) ?? namesake;
  }
  if (oidc?.newPeople === undefined) {
    throw new Failure('permission-denied', { message: 'Nobody here is known by this name: ask for an invitation' });
  }
  const login = person.email ?? person.subject.toLowerCase();
  const name = person.name ?? person.email ?? 'New person';
  return book.create({ name, login, role: oidc.newPeople, oidcSubject: person.subject });
}

function getClient({ oidc }: PeopleParts): NonNullable<PeopleParts['oidc']> {
  if (!oidc) throw new Failure('not-found', { message: 'No OpenID provider is configured' });
  return oidc;
}

/** Where to go on: only on this site. Browsers read `\\` as `/`, and leave control characters out. */
function ownPath(wanted: string | null): string {
  return wanted !== null && /^\/(?!\/)[^\\\p{Cc}]*$/u.test(wanted) ? wanted : '/';
}

function redirectUri({ publicUrl, base }: PeopleParts, request: Request): string {
  return `${publicUrl ?? ownOrigin(request)}${base}${CALLBACK}`;
}

function redirect(location: string, cookie: string): Response {
  return new Response(undefined, {
    status: 303,
    headers: { location, 'set-cookie': cookie, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  });
}
