import type { AccountStore } from '../accounts/account-store.ts';
import type { Passkey, User } from '../accounts/person.ts';
import { SESSION_MS_MAX, type SessionBook } from '../accounts/session-book.ts';
import type { PasskeyListing, SessionSummary, SessionUser } from '../contract/session.ts';
import { isClaimed } from './claim.ts';
import type { OidcClient } from './oidc-client.ts';
import { instantOf } from './print-figure.ts';
import { readSessionId } from './session-cookie.ts';

export interface SummaryParts {
  readonly store: AccountStore;
  readonly book: SessionBook;
  readonly oidc?: OidcClient;
  /** Where browsers reach this server, when its own view of that is wrong. Passkeys are bound to that host. */
  readonly publicUrl?: string;
}

/**
 * Who a browser is signed in as: for `GET /api/x/session`, and for the boot data of every page. From memory; only while nobody has
 * claimed the installation is storage asked for that.
 */
export function makeSessionSummary(parts: SummaryParts): (request: Request) => Promise<SessionSummary> {
  let claimed = false;
  return async (request) => {
    claimed ||= await isClaimed(parts.store);
    const id = readSessionId(request);
    const signedIn = id === undefined ? undefined : parts.book.find(id);
    const { hostname } = new URL(parts.publicUrl ?? request.url);
    return {
      claimed,
      signed_in: signedIn !== undefined,
      user: signedIn ? printUser(parts.book, signedIn.user) : null,
      key_hash: (signedIn && parts.book.keyHashOf(signedIn.user.id)) ?? null,
      ways: {
        password: parts.book.users().some(({ passwordHash }) => passwordHash !== undefined),
        passkey: parts.book.passkeys().some(({ relyingParty }) => relyingParty === hostname),
        ...(parts.oidc && { oidc: { label: parts.oidc.label } }),
      },
      expires_at: signedIn ? instantOf(signedIn.session.createdAtMs + SESSION_MS_MAX) : null,
    };
  };
}

function printUser(book: SessionBook, user: User): SessionUser {
  return {
    id: user.id,
    name: user.name,
    login: user.login,
    role: user.role,
    has_password: user.passwordHash !== undefined,
    passkeys: book.passkeysOf(user.id).map(printPasskey),
  };
}

export function printPasskey(passkey: Passkey): PasskeyListing {
  return {
    id: passkey.id,
    name: passkey.name,
    created_at: instantOf(passkey.createdAtMs),
    last_used_at: passkey.usedAtMs === undefined ? null : instantOf(passkey.usedAtMs),
  };
}
