import { plural } from '../base/plural.ts';
import { USER_ROLES, type UserRole, type UserRow } from './cli-tools.ts';
import { type Command, JSON_OPTION, UsageError } from './command.ts';
import { type Column, layTable, printable, printJson } from './print-table.ts';

const list: Command = {
  name: 'users list',
  summary: 'show who may sign in',
  options: JSON_OPTION,
  async run(call, tools) {
    const rows = await tools.listUsers();
    if (call.has('json')) tools.out(printJson(rows.map(userJson)));
    else if (rows.length === 0) tools.out('Nobody yet. The link of `trunkline claim` makes the owner.\n');
    else tools.out(layTable(COLUMNS, rows, tools.terminal));
    return 0;
  },
};

const invite: Command = {
  name: 'users invite',
  summary: 'print a link by which one more person signs up',
  options: { role: { type: 'string', value: 'role', help: `${USER_ROLES.join(', ')} (member unless given)` } },
  notes: ['The link works once, within seven days.'],
  async run(call, tools) {
    tools.out(`${await tools.inviteUser(readRole(call.text('role') ?? 'member'))}\n`);
    return 0;
  },
};

const setRole: Command = {
  name: 'users set-role',
  summary: 'change what a person may do, and let a disabled one in again',
  usage: '<login> <role>',
  options: {},
  argumentsMin: 2,
  argumentsMax: 2,
  notes: [`Roles: ${USER_ROLES.join(', ')}. The person signs in again. An installation keeps an owner.`],
  async run(call, tools) {
    const [login, role] = call.arguments as [string, string];
    await tools.setUserRole(login, readRole(role));
    tools.out(`${printable(login)} is ${role} now.\n`);
    return 0;
  },
};

const resetPassword: Command = {
  name: 'users reset-password',
  summary: 'give a person a new password and print it, only it, this once',
  usage: '<login>',
  options: {},
  argumentsMin: 1,
  notes: ['Ends all their sessions. Passkeys and other ways to sign in stay.'],
  async run(call, tools) {
    tools.out(`${await tools.resetPassword(call.arguments[0]!)}\n`);
    return 0;
  },
};

export const users: readonly Command[] = [list, invite, setRole, resetPassword];

const COLUMNS: readonly Column<UserRow>[] = [
  { title: 'LOGIN', cell: (user) => user.login },
  { title: 'NAME', cell: (user) => user.name, shrinks: true },
  { title: 'ROLE', cell: (user) => user.role },
  { title: 'STATE', cell: (user) => (user.disabled ? 'disabled' : 'active') },
  { title: 'SIGNS IN BY', cell: waysOf },
  { title: 'SESSIONS', cell: (user) => String(user.sessions), align: 'right' },
];

function waysOf({ hasPassword, passkeys, oidcSubject }: UserRow): string {
  const ways = [
    hasPassword && 'password',
    passkeys > 0 && plural(passkeys, 'passkey'),
    oidcSubject !== undefined && 'OpenID',
  ].filter((way) => way !== false);
  return ways.join(', ') || 'nothing: `users reset-password`';
}

function readRole(text: string): UserRole {
  const role = USER_ROLES.find((known) => known === text);
  if (!role) throw new UsageError(`a role is one of ${USER_ROLES.join(', ')}.`);
  return role;
}

function userJson(user: UserRow) {
  return {
    login: user.login,
    name: user.name,
    role: user.role,
    disabled: user.disabled,
    password: user.hasPassword,
    passkeys: user.passkeys,
    oidc: user.oidcSubject !== undefined,
    sessions: user.sessions,
    created_at: new Date(user.createdAtMs).toISOString(),
  };
}
