import type { ApiKey } from '../accounts/api-key.ts';
import type { Caller } from '../accounts/caller.ts';
import { isAtLeast, type Role } from '../accounts/person.ts';
import { readApp } from '../accounts/read-app.ts';
import { readCredential } from '../accounts/read-credential.ts';
import type { SessionBook } from '../accounts/session-book.ts';
import { Failure } from '../generation/failure.ts';
import type { Exchange } from './exchange.ts';
import type { Audience } from './route.ts';
import { expectJsonBody, isFromOurPage, isReading, readSessionId } from './session-cookie.ts';

const KEY_MAX = 512;
const SEARCH_MS = 500;

/** What an address asks of those who come to it. */
export interface Door {
  readonly path: string;
  readonly audience: Audience;
  /** What a person signed in must at least be; what the audience says unless given. */
  readonly role?: Role;
  /** A key in the query, where clients of the format put it. */
  readonly key?: string | null | undefined;
}

/** Who calls, and may they? A key counts before a session: a page that sends one means it. */
export class Porter {
  readonly #exchange: Exchange;
  readonly #book: SessionBook;
  #lastSearchMs = Number.NEGATIVE_INFINITY;
  #search: Promise<void> | undefined;

  constructor(exchange: Exchange, book: SessionBook) {
    this.#exchange = exchange;
    this.#book = book;
  }

  /** Undefined is a caller of a public route who is nobody. */
  admit(request: Request, door: Door): Caller | undefined | Promise<Caller | undefined> {
    const credential = readCredential(request.headers, door.key);
    if (credential === 'conflict') {
      throw new Failure('invalid-request', { message: 'Two different API keys were sent' });
    }
    const admitted =
      credential === undefined ? this.#bySession(request, door) : this.#byKey(request.headers, credential, door);
    return admitted === 'unknown' ? this.#newcomer(request, credential, door) : admitted;
  }

  /** A public route takes anyone, but a bad key is refused there too: it is a mistake worth knowing. */
  #byKey(headers: Headers, credential: string, door: Door): Caller | 'unknown' | undefined {
    const { audience } = door;
    const key = credential.length > KEY_MAX ? 'malformed' : this.#exchange.directory.authenticate(credential);
    if (key === 'unknown') return key;
    if (typeof key === 'string') {
      if (audience === 'public') return undefined;
      throw new Failure('unauthenticated', { message: REFUSALS[key] });
    }
    if (audience === 'person') throw denied('This is for people who sign in, not for API keys');
    if (audience === 'management' && !key.isManagement) throw denied('This needs a management key');
    if (audience === 'inference' && key.isManagement) {
      throw denied('A management key cannot generate: use an API key');
    }
    return callerOf(key, headers);
  }

  #bySession(request: Request, door: Door): Caller | 'unknown' | undefined {
    const isPublic = door.audience === 'public';
    const id = readSessionId(request);
    if (id === undefined) {
      if (isPublic) return undefined;
      throw new Failure('unauthenticated', { message: NO_KEY });
    }
    if (!isFromOurPage(request)) {
      if (isPublic) return undefined;
      throw denied('A session is good for pages of this server only: use an API key elsewhere');
    }
    const signedIn = this.#book.find(id);
    if (!signedIn) return 'unknown';
    const { user, session } = signedIn;
    const key = this.#exchange.directory.find(this.#book.keyHashOf(user.id) ?? '');
    if (!key) return 'unknown';
    if (!isPublic) {
      if (!isReading(request)) expectJsonBody(request);
      const role = door.role ?? DEFAULT_ROLES[door.audience];
      if (!isAtLeast(user.role, role)) throw denied(`This needs the role ${role}; yours is ${user.role}`);
      if (door.audience === 'inference' && key.disabled) throw denied('The key of your sessions is disabled');
    }
    return {
      ...callerOf(key, request.headers),
      session: { userId: user.id, name: user.name, role: user.role, hash: session.hash },
    };
  }

  /** What the CLI or another replica has just made is in storage, not in memory. Looked for at most twice a second, whoever asks. */
  async #newcomer(request: Request, credential: string | undefined, door: Door): Promise<Caller | undefined> {
    const nowMs = this.#exchange.clock.monotonicMs();
    if (nowMs - this.#lastSearchMs > SEARCH_MS) {
      this.#lastSearchMs = nowMs;
      const searches = [this.#exchange.directory.refresh(), this.#book.refresh()];
      this.#search = Promise.all(searches).then(
        () => undefined,
        () => undefined,
      );
    }
    await this.#search;
    const admitted =
      credential === undefined ? this.#bySession(request, door) : this.#byKey(request.headers, credential, door);
    if (admitted !== 'unknown') return admitted;
    if (door.audience === 'public') return undefined;
    throw new Failure('unauthenticated', { message: credential === undefined ? SESSION_ENDED : REFUSALS.unknown });
  }
}

/** An unknown key and a malformed one read alike: nothing tells which keys exist. */
const REFUSALS = {
  malformed: 'The API key is not valid',
  unknown: 'The API key is not valid',
  disabled: 'The API key is disabled',
  expired: 'The API key has expired',
} as const;
const NO_KEY = 'No API key was sent: use the header Authorization: Bearer <key>';
const SESSION_ENDED = 'The session has ended: sign in again';

const DEFAULT_ROLES: Readonly<Record<Exclude<Audience, 'public'>, Role>> = {
  caller: 'viewer',
  inference: 'member',
  management: 'admin',
  person: 'viewer',
};

function callerOf(key: ApiKey, headers: Headers): Caller {
  const userAgent = headers.get('user-agent');
  return { key, app: readApp(headers), ...(userAgent !== null && { userAgent: userAgent.slice(0, 256) }) };
}

function denied(message: string): Failure {
  return new Failure('permission-denied', { message });
}
