import { SESSION_LENGTH } from '../accounts/session-book.ts';
import { Failure } from '../generation/failure.ts';

const COOKIE = 'trunkline-session';
const SECURE_COOKIE = `__Host-${COOKIE}`;

/** `__Host-` binds a cookie to https and to this host; a browser refuses that name on plain http. An empty id ends it. */
export function sessionCookie(request: Request, id: string): string {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  const age = id === '' ? '; Max-Age=0' : '';
  return cameByHttps(request)
    ? `${SECURE_COOKIE}=${id}; ${attributes}; Secure${age}`
    : `${COOKIE}=${id}; ${attributes}${age}`;
}

/** A proxy's word is taken only for this: a lie would make the liar's own cookie stricter. */
export function cameByHttps(request: Request): boolean {
  return new URL(request.url).protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https';
}

/** On https only the cookie that https bound counts: one that plain http planted is nobody's. */
export function readSessionId(request: Request): string | undefined {
  const value = readCookie(request, cameByHttps(request) ? SECURE_COOKIE : COOKIE);
  return value?.length === SESSION_LENGTH ? value : undefined;
}

export function readCookie(request: Request, name: string): string | undefined {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The scheme and host that the browser knows this server by. */
export function ownOrigin(request: Request): string {
  return `${cameByHttps(request) ? 'https' : 'http'}://${new URL(request.url).host}`;
}

/**
 * Where a request with a cookie comes from. Browsers say it in a header that no page can set; an old one says at least the
 * `Origin` of what is not a plain reading.
 */
export function isFromOurPage(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  // `none`: typed, or a bookmark. No page stands behind it, so it may read; it cannot send a body.
  if (site !== null) return site === 'same-origin' || (site === 'none' && isReading(request));
  const origin = request.headers.get('origin');
  return origin === null ? isReading(request) : origin === ownOrigin(request);
}

export function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** For what signs somebody in or out: another site must not do it for them. A client that is no browser has no say of its own. */
export function expectOurPage(request: Request): void {
  const isNoBrowser = request.headers.get('sec-fetch-site') === null && request.headers.get('origin') === null;
  if (isNoBrowser || isFromOurPage(request)) return;
  throw new Failure('permission-denied', { message: 'Only a page of this server may do this' });
}

/** A body that a form of another site could send is no JSON. */
export function expectJsonBody(request: Request): void {
  const hasBody = request.body !== null && request.headers.get('content-length') !== '0';
  if (!hasBody || /^application\/(?:[\w.+-]+\+)?json\b/i.test(request.headers.get('content-type') ?? '')) return;
  throw new Failure('unsupported-media-type', { message: 'Content-Type must be application/json' });
}
