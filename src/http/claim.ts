/**
 * Signing in as the administrator: a link with a token that works once, then a session in a cookie. There are no passwords and no default
 * account; whoever reads the terminal of a fresh installation, or may run its CLI, is its administrator.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AccountStore } from '../accounts/account-store.ts';
import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';

export interface SignIn {
  readonly store: AccountStore;
  readonly clock: Clock;
}

const CLAIM_LASTS_MS = 30 * 60_000;
const IDLE_MS_MAX = 12 * 3_600_000;
const SESSION_MS_MAX = 14 * 24 * 3_600_000;
/** A session's last sign of life is written so seldom, so that reading pages does not write to storage. */
const SEEN_EVERY_MS = 10 * 60_000;
const SESSIONS_MAX = 20;
/** 22 base-62 characters carry 131 bits, 43 carry 256. */
const TOKEN_LENGTH = 22;
const SESSION_LENGTH = 43;

const CLAIM = 'claim-token';
const CLAIMED_AT = 'claimed-at';
const SESSIONS = 'admin-sessions';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const pendingClaim = z.object({ hash: sha256, expiresAtMs: z.number() });
const sessions = z.array(z.object({ hash: sha256, createdAtMs: z.number(), seenAtMs: z.number() }));
type Session = z.infer<typeof sessions>[number];

/** A link's token for an installation that nobody has claimed; undefined once somebody has. An earlier token ends. */
export async function makeClaim(signIn: SignIn): Promise<{ readonly token: string } | undefined> {
  return (await signIn.store.getSetting(CLAIMED_AT)) === undefined ? renewClaim(signIn) : undefined;
}

/** A new token, also for a claimed installation: for its operator's CLI, when all sessions have ended. */
export async function renewClaim({ store, clock }: SignIn): Promise<{ readonly token: string }> {
  const token = randomText(TOKEN_LENGTH);
  const claim = { hash: digest(token).toString('hex'), expiresAtMs: clock.nowMs() + CLAIM_LASTS_MS };
  await inTurn(store, () => store.saveSetting(CLAIM, JSON.stringify(claim)));
  return { token };
}

/** Uses the token up and opens a session; undefined when it is wrong, used or too old. Of many at once, one succeeds. */
export function openSession({ store, clock }: SignIn, token: string): Promise<string | undefined> {
  return inTurn(store, async () => {
    const claim = readSetting(pendingClaim, await store.getSetting(CLAIM));
    // Without a pending claim a digest is still compared, with one that nothing hashes to.
    const isSame = timingSafeEqual(digest(token), Buffer.from(claim?.hash ?? '0'.repeat(64), 'hex'));
    const nowMs = clock.nowMs();
    if (!claim || !isSame || nowMs >= claim.expiresAtMs) return undefined;
    await store.saveSetting(CLAIM, '');
    await store.saveSetting(CLAIMED_AT, String(nowMs));
    const id = randomText(SESSION_LENGTH);
    const others = await openSessions(store, nowMs);
    const session: Session = { hash: digest(id).toString('hex'), createdAtMs: nowMs, seenAtMs: nowMs };
    await saveSessions(store, [...others.slice(1 - SESSIONS_MAX), session]);
    return id;
  });
}

/** Reads storage only for a request that carries a session. */
export async function isSignedIn(request: Request, { store, clock }: SignIn): Promise<boolean> {
  const id = readSessionId(request);
  if (id === undefined) return false;
  const nowMs = clock.nowMs();
  const session = findSession(await openSessions(store, nowMs), id);
  if (!session) return false;
  if (nowMs - session.seenAtMs >= SEEN_EVERY_MS) await touch(store, session.hash, nowMs);
  return true;
}

export function closeSession({ store, clock }: SignIn, request: Request): Promise<void> {
  return inTurn(store, async () => {
    const id = readSessionId(request);
    const open = await openSessions(store, clock.nowMs());
    const session = id === undefined ? undefined : findSession(open, id);
    if (session)
      await saveSessions(
        store,
        open.filter((other) => other !== session),
      );
  });
}

/** `__Host-` binds a cookie to https and to this host; a browser refuses that name on plain http. */
export function sessionCookie(request: Request, id: string): string {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  const age = id === '' ? '; Max-Age=0' : '';
  return cameByHttps(request)
    ? `${SECURE_COOKIE}=${id}; ${attributes}; Secure${age}`
    : `${COOKIE}=${id}; ${attributes}${age}`;
}

const COOKIE = 'trunkline-session';
const SECURE_COOKIE = `__Host-${COOKIE}`;

/** A proxy's word is taken only for this: a lie would make the liar's own cookie stricter. */
function cameByHttps(request: Request): boolean {
  return new URL(request.url).protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https';
}

function readSessionId(request: Request): string | undefined {
  const cookies = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  for (const name of [SECURE_COOKIE, COOKIE]) {
    const value = cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
    if (value !== undefined && value.length === SESSION_LENGTH) return value;
  }
  return undefined;
}

function findSession(open: readonly Session[], id: string): Session | undefined {
  const wanted = digest(id);
  return open.find(({ hash }) => timingSafeEqual(Buffer.from(hash, 'hex'), wanted));
}

async function openSessions(store: AccountStore, nowMs: number): Promise<readonly Session[]> {
  const all = readSetting(sessions, await store.getSetting(SESSIONS)) ?? [];
  return all.filter((one) => nowMs - one.seenAtMs < IDLE_MS_MAX && nowMs - one.createdAtMs < SESSION_MS_MAX);
}

async function touch(store: AccountStore, hash: string, nowMs: number): Promise<void> {
  await inTurn(store, async () => {
    const open = await openSessions(store, nowMs);
    await saveSessions(
      store,
      open.map((one) => (one.hash === hash ? { ...one, seenAtMs: nowMs } : one)),
    );
  });
}

function saveSessions(store: AccountStore, open: readonly Session[]): Promise<void> {
  return store.saveSetting(SESSIONS, JSON.stringify(open));
}

function readSetting<Shape>(schema: z.ZodType<Shape>, text: string | undefined): Shape | undefined {
  if (text === undefined || text === '') return undefined;
  return schema.parse(JSON.parse(text));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const turns = new WeakMap<AccountStore, Promise<unknown>>();

/** One change of these settings at a time: reading and writing them are two steps in storage. */
function inTurn<Result>(store: AccountStore, task: () => Promise<Result>): Promise<Result> {
  const result = (turns.get(store) ?? Promise.resolve()).then(task, task);
  turns.set(
    store,
    result.catch(() => undefined),
  );
  return result;
}
