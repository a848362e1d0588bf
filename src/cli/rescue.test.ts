import { expect, test } from 'bun:test';
import type { UserRole, UserRow } from './cli-tools.ts';
import { NOW_MS, runLine } from './run-line.test-data.ts';

const user = (change: Partial<UserRow> = {}): UserRow => ({
  ...{ login: 'ada', name: 'Ada', role: 'owner', disabled: false, hasPassword: true, passkeys: 2, sessions: 1 },
  createdAtMs: NOW_MS,
  ...change,
});

test('users list says who signs in how, and what to do for whoever cannot', async () => {
  const rows = [user(), user({ login: 'bo', disabled: true, hasPassword: false, passkeys: 0, sessions: 0 })];
  const { code, out } = await runLine('users list', { listUsers: async () => rows });
  expect(code).toBe(0);
  expect(out).toMatch(/ada +Ada +owner +active +password, 2 passkeys +1/);
  expect(out).toMatch(/bo +Ada +owner +disabled +nothing: `users reset-password` +0/);
  const json = await runLine('users list --json', { listUsers: async () => rows });
  expect(JSON.parse(json.out)).toMatchObject([
    { login: 'ada', passkeys: 2 },
    { login: 'bo', password: false },
  ]);
});

test('secrets stand alone on standard output', async () => {
  const roles: UserRole[] = [];
  const inviteUser = async (role: UserRole) => {
    roles.push(role);
    return 'http://x/invite?token=t';
  };
  expect(await runLine('users invite', { inviteUser })).toEqual({ code: 0, out: 'http://x/invite?token=t\n', err: '' });
  await runLine('users invite --role viewer', { inviteUser });
  expect(roles).toEqual(['member', 'viewer']);
  const reset = await runLine('users reset-password ada', { resetPassword: async (login) => `${login}-new` });
  expect(reset).toEqual({ code: 0, out: 'ada-new\n', err: '' });
});

test.each(['users invite --role king', 'users set-role ada', 'users set-role ada king', 'users', 'backup', 'restore'])(
  '%s is not understood',
  async (line) => {
    expect((await runLine(line)).code).toBe(2);
  },
);

test('a backup and a restoring say what is in the copy, and where the database before went', async () => {
  const facts = { bytes: 2_400_000, generations: 12, users: 1 };
  const made = await runLine('backup copy.sqlite', { backUp: async () => facts });
  expect(made.out).toBe('Copied to copy.sqlite: 2 MB, 12 generations, 1 user.\n');
  const asked: boolean[] = [];
  const restore = async (_: string, replaces: boolean) => {
    asked.push(replaces);
    return replaces ? { ...facts, kept: '/x/old' } : facts;
  };
  expect((await runLine('restore copy.sqlite', { restore })).out).toBe('Restored 12 generations and 1 user.\n');
  expect((await runLine('restore copy.sqlite --replace', { restore })).out).toContain('The database before is /x/old.');
  expect(asked).toEqual([false, true]);
});
