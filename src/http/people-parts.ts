import type { AccountStore } from '../accounts/account-store.ts';
import type { Passwords, Throttle } from '../accounts/passwords.ts';
import type { SignInWay, User } from '../accounts/person.ts';
import { digest, type SessionBook } from '../accounts/session-book.ts';
import type { Clock } from '../base/clock.ts';
import type { SessionSummary } from '../contract/session.ts';
import { Failure } from '../generation/failure.ts';
import type { Challenges } from './challenges.ts';
import { answerPrivate } from './json-response.ts';
import type { OidcClient } from './oidc-client.ts';
import { note, type RouteCall } from './route.ts';
import { readSessionId, sessionCookie } from './session-cookie.ts';

/** All that signing in needs. */
export interface PeopleParts {
  readonly clock: Clock;
  readonly store: AccountStore;
  readonly book: SessionBook;
  readonly passwords: Passwords;
  /** Failed tries by the name of who signs in, and by the address they come from. */
  readonly tries: { readonly logins: Throttle; readonly addresses: Throttle };
  readonly challenges: Challenges;
  /** An OpenID provider, where the configuration names one. */
  readonly oidc?: OidcClient;
  /** Where browsers reach this server, when its own view of that is wrong: scheme and host. */
  readonly publicUrl?: string;
  /** Path prefix of the installation: '' or `/gw`. */
  readonly base: string;
  summary(request: Request): Promise<SessionSummary>;
}

/** A new session for this browser, whatever it had before, and its cookie. */
export async function openSession(
  parts: PeopleParts,
  call: RouteCall,
  user: User,
  way: SignInWay,
): Promise<{ readonly id: string; readonly cookie: string }> {
  note(call, { actor: { kind: 'user', id: user.id, name: user.name }, target: user.id });
  const userAgent = call.request.headers.get('user-agent') ?? undefined;
  const id = await parts.book.open(user, { way, userAgent, address: call.address }, readSessionId(call.request));
  return { id, cookie: sessionCookie(call.request, id) };
}

/** Signs in and answers with who it is now. */
export async function answerSignedIn(
  parts: PeopleParts,
  call: RouteCall,
  user: User,
  way: SignInWay,
): Promise<Response> {
  const { id, cookie } = await openSession(parts, call, user, way);
  return answerWithCookie(await parts.summary(withSession(call.request, id)), cookie);
}

export function answerWithCookie(body: unknown, cookie: string): Response {
  const response = answerPrivate(body);
  response.headers.append('set-cookie', cookie);
  return response;
}

/** The request as it will look once the browser has its new cookie. */
function withSession(request: Request, id: string): Request {
  const [pair] = sessionCookie(request, id).split(';');
  const headers = new Headers(request.headers);
  headers.set('cookie', pair!);
  return new Request(request.url, { headers });
}

/** The person of a route whose audience is `person`. */
export function personOf({ book }: PeopleParts, { caller }: RouteCall): User {
  const user = book.findUser(caller?.session?.userId ?? '');
  if (!user) throw new Failure('unauthenticated', { message: 'The session has ended: sign in again' });
  return user;
}

export function tooMany(seconds: number): Failure {
  return new Failure('rate-limited', {
    message: 'Too many tries: wait a little',
    retryAfterSeconds: Math.max(1, seconds),
  });
}

/** Of one session, fit for an address: not its secret, not the digest that stands for it. */
export function publicSessionId(hash: string): string {
  return digest(`session ${hash}`).slice(0, 24);
}
