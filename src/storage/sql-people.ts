import {
  type Invitation,
  type Passkey,
  type PersonStore,
  ROLES,
  type Role,
  type Session,
  SIGN_IN_WAYS,
  type SignInWay,
  type User,
} from '../accounts/person.ts';
import { assert } from '../base/assert.ts';
import { type Database, numberOf, type Row, type SqlValue, textOf } from './database.ts';
import { text, textOrNull, whole } from './generation-rows.ts';

const USER_COLUMNS = 'id, account_id, name, login, role, disabled, password_hash, oidc_subject, created_ms, seen_ms';
const SESSION_COLUMNS = 'hash, user_id, way, user_agent, address, created_ms, seen_ms';
const PASSKEY_COLUMNS = 'id, user_id, name, public_key, counter, transports, relying_party, created_ms, used_ms';
const INVITATION_COLUMNS = 'hash, role, note, created_by, created_ms, expires_ms';

/** People and what they sign in with, in portable SQL. */
export class SqlPeople implements PersonStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async users(): Promise<readonly User[]> {
    return (await this.#database.query(`SELECT ${USER_COLUMNS} FROM user_account ORDER BY created_ms, id`)).map(userOf);
  }

  async saveUser(user: User): Promise<void> {
    await this.#database.query(
      `INSERT INTO user_account (${USER_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET ` +
        'name = excluded.name, login = excluded.login, role = excluded.role, disabled = excluded.disabled, ' +
        'password_hash = excluded.password_hash, oidc_subject = excluded.oidc_subject, seen_ms = excluded.seen_ms',
      [
        text(user.id),
        text(user.accountId),
        text(user.name),
        text(user.login),
        user.role,
        user.disabled ? 1 : 0,
        textOrNull(user.passwordHash),
        textOrNull(user.oidcSubject),
        whole(user.createdAtMs),
        user.seenAtMs === undefined ? null : whole(user.seenAtMs),
      ],
    );
  }

  deleteUser(id: string): Promise<boolean> {
    return this.#database.transaction(async (queries) => {
      for (const table of ['user_session', 'passkey', 'room']) {
        await queries.query(`DELETE FROM ${table} WHERE user_id = $1`, [text(id)]);
      }
      return (await queries.query('DELETE FROM user_account WHERE id = $1 RETURNING id', [text(id)])).length > 0;
    });
  }

  async sessions(): Promise<readonly Session[]> {
    return (await this.#database.query(`SELECT ${SESSION_COLUMNS} FROM user_session`)).map(sessionOf);
  }

  async saveSession(session: Session): Promise<void> {
    await this.#database.query(`INSERT INTO user_session (${SESSION_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
      text(session.hash),
      text(session.userId),
      session.way,
      textOrNull(session.userAgent),
      textOrNull(session.address),
      whole(session.createdAtMs),
      whole(session.seenAtMs),
    ]);
  }

  async touchSession(hash: string, seenAtMs: number): Promise<void> {
    await this.#database.query('UPDATE user_session SET seen_ms = $2 WHERE hash = $1', [text(hash), whole(seenAtMs)]);
  }

  async deleteSessions(hashes: readonly string[]): Promise<void> {
    await this.#database.queryEach(
      'DELETE FROM user_session WHERE hash = $1',
      hashes.map((hash) => [text(hash)]),
    );
  }

  async passkeys(): Promise<readonly Passkey[]> {
    return (await this.#database.query(`SELECT ${PASSKEY_COLUMNS} FROM passkey ORDER BY created_ms, id`)).map(
      passkeyOf,
    );
  }

  async savePasskey(passkey: Passkey): Promise<void> {
    await this.#database.query(
      `INSERT INTO passkey (${PASSKEY_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET ` +
        'name = excluded.name, counter = excluded.counter, used_ms = excluded.used_ms',
      [
        text(passkey.id),
        text(passkey.userId),
        text(passkey.name),
        text(passkey.publicKey),
        whole(passkey.counter),
        text(passkey.transports.join(' ')),
        text(passkey.relyingParty),
        whole(passkey.createdAtMs),
        passkey.usedAtMs === undefined ? null : whole(passkey.usedAtMs),
      ],
    );
  }

  async deletePasskey(id: string): Promise<boolean> {
    return (await this.#database.query('DELETE FROM passkey WHERE id = $1 RETURNING id', [text(id)])).length > 0;
  }

  async invitations(): Promise<readonly Invitation[]> {
    const rows = await this.#database.query(`SELECT ${INVITATION_COLUMNS} FROM invitation ORDER BY created_ms, hash`);
    return rows.map(invitationOf);
  }

  async saveInvitation(invitation: Invitation): Promise<void> {
    await this.#database.query(`INSERT INTO invitation (${INVITATION_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)`, [
      text(invitation.hash),
      invitation.role,
      textOrNull(invitation.note),
      text(invitation.createdBy),
      whole(invitation.createdAtMs),
      whole(invitation.expiresAtMs),
    ]);
  }

  async takeInvitation(hash: string): Promise<Invitation | undefined> {
    const [row] = await this.#database.query(`DELETE FROM invitation WHERE hash = $1 RETURNING ${INVITATION_COLUMNS}`, [
      text(hash),
    ]);
    return row && invitationOf(row);
  }
}

function userOf(row: Row): User {
  return {
    id: textOf(row.id),
    accountId: textOf(row.account_id),
    name: textOf(row.name),
    login: textOf(row.login),
    role: roleOf(row.role),
    disabled: numberOf(row.disabled) === 1,
    ...(isThere(row.password_hash) && { passwordHash: textOf(row.password_hash) }),
    ...(isThere(row.oidc_subject) && { oidcSubject: textOf(row.oidc_subject) }),
    createdAtMs: numberOf(row.created_ms),
    ...(isThere(row.seen_ms) && { seenAtMs: numberOf(row.seen_ms) }),
  };
}

function sessionOf(row: Row): Session {
  return {
    hash: textOf(row.hash),
    userId: textOf(row.user_id),
    way: wayOf(row.way),
    ...(isThere(row.user_agent) && { userAgent: textOf(row.user_agent) }),
    ...(isThere(row.address) && { address: textOf(row.address) }),
    createdAtMs: numberOf(row.created_ms),
    seenAtMs: numberOf(row.seen_ms),
  };
}

function passkeyOf(row: Row): Passkey {
  return {
    id: textOf(row.id),
    userId: textOf(row.user_id),
    name: textOf(row.name),
    publicKey: textOf(row.public_key),
    counter: numberOf(row.counter),
    transports: textOf(row.transports).split(' ').filter(Boolean),
    relyingParty: textOf(row.relying_party),
    createdAtMs: numberOf(row.created_ms),
    ...(isThere(row.used_ms) && { usedAtMs: numberOf(row.used_ms) }),
  };
}

function invitationOf(row: Row): Invitation {
  return {
    hash: textOf(row.hash),
    role: roleOf(row.role),
    ...(isThere(row.note) && { note: textOf(row.note) }),
    createdBy: textOf(row.created_by),
    createdAtMs: numberOf(row.created_ms),
    expiresAtMs: numberOf(row.expires_ms),
  };
}

function roleOf(value: SqlValue | undefined): Role {
  const role = ROLES.find((known) => known === value);
  assert(role, 'unknown role in storage');
  return role;
}

function wayOf(value: SqlValue | undefined): SignInWay {
  const way = SIGN_IN_WAYS.find((known) => known === value);
  assert(way, 'unknown way of signing in in storage');
  return way;
}

function isThere(value: SqlValue | undefined): boolean {
  return value !== null && value !== undefined;
}
