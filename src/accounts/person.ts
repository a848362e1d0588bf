export const ROLES = ['viewer', 'member', 'admin', 'owner'] as const;
/** What a person may do: a viewer reads, a member generates, an admin administers, an owner decides about people and backups. */
export type Role = (typeof ROLES)[number];

/** Somebody who signs in. Acts through an API key of their own whose text nobody knows. */
export interface User {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** In lower case; unique. */
  readonly login: string;
  readonly role: Role;
  readonly disabled: boolean;
  /** Argon2id in PHC form; absent without a password. */
  readonly passwordHash?: string;
  /** `issuer|subject` of an OpenID provider. */
  readonly oidcSubject?: string;
  readonly createdAtMs: number;
  readonly seenAtMs?: number;
}

export const SIGN_IN_WAYS = ['claim', 'password', 'passkey', 'oidc', 'invitation'] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

/** A browser that is signed in. The id in its cookie is kept only as its SHA-256. */
export interface Session {
  readonly hash: string;
  readonly userId: string;
  readonly way: SignInWay;
  readonly userAgent?: string;
  readonly address?: string;
  readonly createdAtMs: number;
  readonly seenAtMs: number;
}

export interface Passkey {
  /** The credential's id, base64url. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  /** The host it was made for; it works nowhere else. */
  readonly relyingParty: string;
  readonly createdAtMs: number;
  readonly usedAtMs?: number;
}

/** A link that makes one user. Its token is kept only as its SHA-256. */
export interface Invitation {
  readonly hash: string;
  readonly role: Role;
  readonly note?: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface PersonStore {
  users(): Promise<readonly User[]>;
  saveUser(user: User): Promise<void>;
  /** With their sessions, passkeys and rooms. */
  deleteUser(id: string): Promise<boolean>;
  sessions(): Promise<readonly Session[]>;
  saveSession(session: Session): Promise<void>;
  /** Does nothing for a session that has ended meanwhile. */
  touchSession(hash: string, seenAtMs: number): Promise<void>;
  deleteSessions(hashes: readonly string[]): Promise<void>;
  passkeys(): Promise<readonly Passkey[]>;
  savePasskey(passkey: Passkey): Promise<void>;
  deletePasskey(id: string): Promise<boolean>;
  invitations(): Promise<readonly Invitation[]>;
  saveInvitation(invitation: Invitation): Promise<void>;
  /** Removes it and returns it: of many at once, one gets it. */
  takeInvitation(hash: string): Promise<Invitation | undefined>;
}

export function isAtLeast(role: Role, wanted: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}
