import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { AccountDirectory } from './directory.ts';
import { HOME_ACCOUNT } from './directory.ts';
import type { Passkey, PersonStore, Role, Session, SignInWay, User } from './person.ts';

export const IDLE_MS_MAX = 12 * 3_600_000;
export const SESSION_MS_MAX = 14 * 24 * 3_600_000;
/** A session's last sign of life is written so seldom, so that requests do not write to storage. */
const SEEN_EVERY_MS = 10 * 60_000;
/** Of one person; the oldest ends when there are more. */
const SESSIONS_MAX = 20;
/** 43 base-62 characters carry 256 bits. */
export const SESSION_LENGTH = 43;

export interface SignedIn {
  readonly session: Session;
  readonly user: User;
}

/** Where a sign-in came from: for the person to recognise it, for nothing else. */
export interface SignInOrigin {
  readonly way: SignInWay;
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
}

export interface UserDraft {
  readonly name: string;
  readonly login: string;
  readonly role: Role;
  readonly passwordHash?: string;
  readonly oidcSubject?: string;
}

/** Two people cannot sign in by the same name, and an installation keeps an owner. */
export class PersonConflict extends Error {
  override readonly name = 'PersonConflict';
}

/**
 * All people and their sessions in memory, so that a request with a session never reads storage. Changes go to storage first, then
 * to memory; what another replica or the CLI changed is seen at the next refresh.
 */
export class SessionBook {
  readonly store: PersonStore;
  readonly #clock: Clock;
  readonly #directory: AccountDirectory;
  #users: ReadonlyMap<string, User> = new Map();
  #sessions: ReadonlyMap<string, Session> = new Map();
  #passkeys: readonly Passkey[] = [];
  /** Found once: requests do not search. */
  readonly #keyHashes = new Map<string, string>();
  /** Counts changes of ours, so that a slow reading of storage never undoes one. */
  #changes = 0;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(store: PersonStore, directory: AccountDirectory, clock: Clock) {
    this.store = store;
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Who is behind the id of a cookie; undefined when it is unknown, too old or its person may no longer sign in. */
  find(id: string): SignedIn | undefined {
    const hash = digest(id);
    const session = this.#sessions.get(hash);
    if (!session || !timingSafeEqual(Buffer.from(session.hash), Buffer.from(hash))) return undefined;
    const user = this.#users.get(session.userId);
    const nowMs = this.#clock.nowMs();
    if (!user || user.disabled || !isAlive(session, nowMs)) return undefined;
    if (nowMs - session.seenAtMs >= SEEN_EVERY_MS) this.#touch(session, nowMs);
    return { session, user };
  }

  users(): readonly User[] {
    return [...this.#users.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  findUser(id: string): User | undefined {
    return this.#users.get(id);
  }

  findLogin(login: string): User | undefined {
    return this.users().find((user) => user.login === login);
  }

  findSubject(oidcSubject: string): User | undefined {
    return this.users().find((user) => user.oidcSubject === oidcSubject);
  }

  /** The hash of the key that a person's sessions act with; undefined when somebody deleted it. */
  keyHashOf(userId: string): string | undefined {
    const known = this.#keyHashes.get(userId);
    if (known !== undefined && this.#directory.find(known)) return known;
    const hash = this.#directory.list().find((key) => isSessionKeyOf(key, userId))?.hash;
    if (hash !== undefined) this.#keyHashes.set(userId, hash);
    return hash;
  }

  passkeys(): readonly Passkey[] {
    return this.#passkeys;
  }

  passkeysOf(userId: string): readonly Passkey[] {
    return this.#passkeys.filter((passkey) => passkey.userId === userId);
  }

  sessionsOf(userId: string): readonly Session[] {
    const nowMs = this.#clock.nowMs();
    return [...this.#sessions.values()]
      .filter((session) => session.userId === userId && isAlive(session, nowMs))
      .sort((a, b) => b.seenAtMs - a.seenAtMs);
  }

  /** Signs a person in and returns the id for the cookie. `replaced` is the session that the browser had before. */
  open(user: User, origin: SignInOrigin, replaced?: string): Promise<string> {
    return this.#exclusively(async () => {
      await this.#ensureKey(user);
      const id = randomText(SESSION_LENGTH);
      const nowMs = this.#clock.nowMs();
      const { way, userAgent, address } = origin;
      const session: Session = {
        hash: digest(id),
        userId: user.id,
        way,
        createdAtMs: nowMs,
        seenAtMs: nowMs,
        ...(userAgent && { userAgent: userAgent.slice(0, 256) }),
        ...(address && { address }),
      };
      await this.store.saveSession(session);
      await this.#saveUser({ ...(this.#users.get(user.id) ?? user), seenAtMs: nowMs });
      this.#replace({ sessions: new Map(this.#sessions).set(session.hash, session) });
      const surplus = this.sessionsOf(user.id).slice(SESSIONS_MAX);
      await this.#end([...surplus.map(({ hash }) => hash), ...(replaced ? [digest(replaced)] : [])]);
      return id;
    });
  }

  /** Ends sessions by the hash of their ids. */
  close(hashes: readonly string[]): Promise<void> {
    return this.#exclusively(() => this.#end(hashes));
  }

  create(draft: UserDraft): Promise<User> {
    return this.#exclusively(async () => {
      await this.#read();
      this.#expectFree(draft.login);
      const user: User = {
        ...draft,
        id: `user-${randomText(20)}`,
        accountId: HOME_ACCOUNT,
        disabled: false,
        createdAtMs: this.#clock.nowMs(),
      };
      await this.#saveUser(user);
      await this.#ensureKey(user);
      return user;
    });
  }

  /** The owner who opens the printed link: the first one, made when there is none. */
  getOwner(): Promise<User> {
    return this.#exclusively(async () => {
      await this.#read();
      const known = this.users().find((user) => user.role === 'owner' && !user.disabled);
      if (known) return known;
      const login = this.findLogin('owner') ? `owner-${randomText(6).toLowerCase()}` : 'owner';
      const user: User = {
        ...{ id: `user-${randomText(20)}`, accountId: HOME_ACCOUNT, name: 'Owner', login, role: 'owner' },
        ...{ disabled: false, createdAtMs: this.#clock.nowMs() },
      };
      await this.#saveUser(user);
      return user;
    });
  }

  /**
   * Another role, or none at all, ends the person's sessions: what they may do is decided at the next sign-in. Undefined when there
   * is no such person.
   */
  update(id: string, change: Partial<Omit<User, 'id' | 'accountId' | 'createdAtMs'>>): Promise<User | undefined> {
    return this.#exclusively(async () => {
      await this.#read();
      const known = this.#users.get(id);
      if (!known) return undefined;
      if (change.login !== undefined && change.login !== known.login) this.#expectFree(change.login);
      const user: User = { ...known, ...change };
      const isOther = user.role !== known.role || (user.disabled && !known.disabled);
      if (isOther) this.#expectOwnerBeside(known);
      await this.#saveUser(user);
      const key = this.#directory.list().find((each) => isSessionKeyOf(each, id));
      if (key && user.name !== known.name) await this.#directory.update(key.hash, { name: keyName(user) });
      if (isOther) await this.#end(this.sessionsOf(id).map(({ hash }) => hash));
      return user;
    });
  }

  remove(id: string): Promise<boolean> {
    return this.#exclusively(async () => {
      await this.#read();
      const known = this.#users.get(id);
      if (!known) return false;
      this.#expectOwnerBeside(known);
      const key = this.keyHashOf(id);
      if (key) await this.#directory.remove(key);
      await this.store.deleteUser(id);
      const users = new Map(this.#users);
      users.delete(id);
      const sessions = new Map([...this.#sessions].filter(([, session]) => session.userId !== id));
      this.#replace({ users, sessions, passkeys: this.#passkeys.filter(({ userId }) => userId !== id) });
      return true;
    });
  }

  savePasskey(passkey: Passkey): Promise<void> {
    return this.#exclusively(async () => {
      await this.store.savePasskey(passkey);
      this.#replace({ passkeys: [...this.#passkeys.filter(({ id }) => id !== passkey.id), passkey] });
    });
  }

  removePasskey(id: string): Promise<boolean> {
    return this.#exclusively(async () => {
      const existed = await this.store.deletePasskey(id);
      this.#replace({ passkeys: this.#passkeys.filter((passkey) => passkey.id !== id) });
      return existed;
    });
  }

  /** Reads storage again, for changes made by the CLI or by another replica. */
  async refresh(): Promise<void> {
    await this.#read();
  }

  async #read(): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const [users, sessions, passkeys] = await Promise.all([
        this.store.users(),
        this.store.sessions(),
        this.store.passkeys(),
      ]);
      if (changes !== this.#changes) continue;
      this.#users = new Map(users.map((user) => [user.id, user]));
      this.#sessions = new Map(sessions.map((session) => [session.hash, session]));
      this.#passkeys = passkeys;
      return;
    }
  }

  #touch(session: Session, nowMs: number): void {
    this.#replace({ sessions: new Map(this.#sessions).set(session.hash, { ...session, seenAtMs: nowMs }) });
    // While storage is away the session lives on in memory; its next sign of life tries again.
    void this.store.touchSession(session.hash, nowMs).catch(() => undefined);
    const user = this.#users.get(session.userId);
    if (user) void this.update(user.id, { seenAtMs: nowMs }).catch(() => undefined);
  }

  async #end(hashes: readonly string[]): Promise<void> {
    if (hashes.length === 0) return;
    await this.store.deleteSessions(hashes);
    const sessions = new Map(this.#sessions);
    for (const hash of hashes) sessions.delete(hash);
    this.#replace({ sessions });
  }

  async #saveUser(user: User): Promise<void> {
    await this.store.saveUser(user);
    this.#replace({ users: new Map(this.#users).set(user.id, user) });
  }

  async #ensureKey(user: User): Promise<void> {
    if (this.keyHashOf(user.id) !== undefined) return;
    await this.#directory.create({
      name: keyName(user),
      label: SESSION_KEY_LABEL,
      accountId: user.accountId,
      isManagement: false,
      creatorUserId: user.id,
    });
  }

  #expectFree(login: string): void {
    if (this.findLogin(login)) throw new PersonConflict('Somebody signs in by this name already');
  }

  #expectOwnerBeside(user: User): void {
    if (user.role !== 'owner') return;
    const others = this.users().filter(({ id, role, disabled }) => id !== user.id && role === 'owner' && !disabled);
    if (others.length === 0) throw new PersonConflict('This is the only owner: make somebody else an owner first');
  }

  #replace(change: {
    readonly users?: ReadonlyMap<string, User>;
    readonly sessions?: ReadonlyMap<string, Session>;
    readonly passkeys?: readonly Passkey[];
  }): void {
    this.#users = change.users ?? this.#users;
    this.#sessions = change.sessions ?? this.#sessions;
    this.#passkeys = change.passkeys ?? this.#passkeys;
    this.#changes++;
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastChange.then(work);
    this.#lastChange = result.catch(() => undefined);
    return result;
  }
}

/** What stands where other keys show their first and last characters. */
const SESSION_KEY_LABEL = 'web session';

function isSessionKeyOf(key: { readonly label: string; readonly creatorUserId?: string }, userId: string): boolean {
  return key.label === SESSION_KEY_LABEL && key.creatorUserId === userId;
}

function keyName({ name }: User): string {
  return `web: ${name}`;
}

function isAlive(session: Session, nowMs: number): boolean {
  return nowMs - session.seenAtMs < IDLE_MS_MAX && nowMs - session.createdAtMs < SESSION_MS_MAX;
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
