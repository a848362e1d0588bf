import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDirectory } from '../accounts/open-directory.ts';
import { Passwords } from '../accounts/passwords.ts';
import type { User } from '../accounts/person.ts';
import { SessionBook } from '../accounts/session-book.ts';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { randomText } from '../base/ids.ts';
import type { RescueTools } from '../cli/cli-tools.ts';
import { createInvitation } from '../http/user-routes.ts';
import { checkCopy } from '../storage/check-copy.ts';
import type { Storage } from '../storage/open-storage.ts';
import { restore } from '../storage/restore.ts';
import type { Settings } from './settings.ts';

/** 20 base-62 characters carry 119 bits: nobody chose it, nobody guesses it. */
const PASSWORD_LENGTH = 20;

export interface RescueHouse {
  readonly settings: Settings;
  withStorage<T>(use: (storage: Storage) => Promise<T>): Promise<T>;
  /** Where the pages stand. */
  address(): string;
}

/** What whoever runs the machine does where nobody can sign in, or the data is lost. Everything of it stands in the audit log. */
export function makeRescueTools({ settings, withStorage, address }: RescueHouse): RescueTools {
  const { home, databaseUrl } = settings;
  const withPeople = <T>(use: (book: SessionBook, storage: Storage) => Promise<T>): Promise<T> =>
    withStorage(async (storage) => {
      const directory = await openDirectory({ store: storage, clock: systemClock });
      const book = new SessionBook(storage.people, directory, systemClock);
      await book.refresh();
      return use(book, storage);
    });
  return {
    backUp: (file) =>
      withStorage(async (storage) => {
        const path = resolve(file);
        if (existsSync(path)) throw new Error(`${path} is there already.`);
        await storage.backUp(path);
        await note(storage, 'system.backup', path, '');
        return checkCopy(path);
      }),
    async restore(file, replaces) {
      if (databaseUrl) throw new Error('a PostgreSQL database is restored with its own tools, such as pg_restore.');
      const path = resolve(file);
      const facts = restore({ directory: home, from: path, replaces, nowMs: systemClock.nowMs() });
      await withStorage((storage) => note(storage, 'system.restore', path, ''));
      return facts;
    },
    listUsers: () =>
      withPeople(async (book) =>
        book.users().map((user) => ({
          ...user,
          hasPassword: user.passwordHash !== undefined,
          passkeys: book.passkeysOf(user.id).length,
          sessions: book.sessionsOf(user.id).length,
        })),
      ),
    inviteUser: (role) =>
      withPeople(async (book, storage) => {
        const { token } = await createInvitation({ book, clock: systemClock }, { role, createdBy: 'cli' });
        await note(storage, 'invitation.create', 'cli', `role ${role}`);
        return `${address()}/invite?token=${token}`;
      }),
    setUserRole: (login, role) =>
      withPeople(async (book, storage) => {
        const user = findUser(book, login);
        await book.update(user.id, { role, disabled: false });
        await note(storage, 'user.change', user.id, `role ${role}`);
      }),
    resetPassword: (login) =>
      withPeople(async (book, storage) => {
        const user = findUser(book, login);
        const password = randomText(PASSWORD_LENGTH);
        const passwordHash = await new Passwords().hash(password);
        assert(passwordHash !== 'busy', 'nobody else waits here');
        await book.update(user.id, { passwordHash, disabled: false });
        // Whoever knew the password before is out.
        await book.close(book.sessionsOf(user.id).map(({ hash }) => hash));
        await note(storage, 'user.password', user.id, 'reset');
        return password;
      }),
  };
}

function findUser(book: SessionBook, login: string): User {
  const user = book.findLogin(login.trim().toLowerCase());
  if (!user) throw new Error('nobody signs in by this name. See `trunkline users list`.');
  return user;
}

async function note(storage: Storage, action: string, target: string, detail: string): Promise<void> {
  const actor = { kind: 'operator', id: 'cli', name: 'the command line' } as const;
  await storage.audit.append({ atMs: systemClock.nowMs(), actor, action, target, outcome: 'done', detail });
}
