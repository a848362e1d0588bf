import { isAtLeast, type Role, type User } from '../accounts/person.ts';
import { digest } from '../accounts/session-book.ts';
import { randomText } from '../base/ids.ts';
import {
  type InvitationCreated,
  type InvitationListing,
  invitationAcceptance,
  invitationCreation,
  type UserListing,
  type Users,
  userChange,
  userCreation,
} from '../contract/session.ts';
import { Failure } from '../generation/failure.ts';
import { answerPrivate } from './json-response.ts';
import { answerSignedIn, answerWithCookie, openSession, type PeopleParts, tooMany } from './people-parts.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';
import { expectJsonBody, expectOurPage } from './session-cookie.ts';

const INVITATION_LASTS_MS = 7 * 24 * 3_600_000;
const INVITATIONS_MAX = 200;
const TOKEN_LENGTH = 43;

/** Who may sign in here, and as what. Roles and removals are the owner's; admins bring in members and viewers. */
export function userRoutes(parts: PeopleParts): readonly Route[] {
  const users = '/api/x/users';
  return [
    {
      ...{ method: 'GET', path: users, audience: 'person', role: 'admin' },
      answer: () => listUsers(parts),
    },
    {
      ...{ method: 'POST', path: users, audience: 'person', role: 'admin', action: 'user.create' },
      answer: (call) => createUser(parts, call),
    },
    {
      ...{ method: 'PATCH', path: `${users}/:id`, audience: 'person', role: 'viewer', action: 'user.change' },
      answer: (call) => changeUser(parts, call),
    },
    {
      ...{ method: 'DELETE', path: `${users}/:id`, audience: 'person', role: 'owner', action: 'user.delete' },
      answer: (call) => deleteUser(parts, call),
    },
    {
      ...{ method: 'POST', path: '/api/x/invitations', audience: 'person', role: 'admin', action: 'invitation.create' },
      answer: (call) => invite(parts, call),
    },
    {
      ...{ method: 'DELETE', path: '/api/x/invitations/:id', audience: 'person', role: 'admin' },
      action: 'invitation.delete',
      answer: (call) => withdraw(parts, call),
    },
    {
      ...{ method: 'POST', path: '/api/x/invitations/accept', audience: 'public', action: 'invitation.accept' },
      answer: (call) => accept(parts, call),
    },
  ];
}

async function listUsers(parts: PeopleParts): Promise<Response> {
  const nowMs = parts.clock.nowMs();
  const invitations = (await parts.book.store.invitations()).filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  const body: Users = {
    users: parts.book.users().map((user) => printUser(parts, user)),
    invitations: invitations.map(printInvitation),
  };
  return answerPrivate(body);
}

async function createUser(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const { name, login, role, password } = (await readJsonBody(call.request, userCreation)).fields;
  expectGrant(call, role);
  const passwordHash = await parts.passwords.hash(password);
  if (passwordHash === 'busy') throw tooMany(1);
  const user = await parts.book.create({ name, login, role, passwordHash });
  note(call, { target: user.id, detail: `role ${role}` });
  return answerPrivate(printUser(parts, user), 201);
}

/** One's own name and login; of others, and of roles, only the owner decides. */
async function changeUser(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const change = (await readJsonBody(call.request, userChange)).fields;
  const session = call.caller!.session!;
  const isOwn = call.params.id === session.userId;
  const decides = change.role !== undefined || change.disabled !== undefined;
  if ((!isOwn || decides) && session.role !== 'owner') {
    throw new Failure('permission-denied', { message: 'Only the owner changes roles and other people' });
  }
  const user = await parts.book.update(call.params.id ?? '', {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.login !== undefined && { login: change.login }),
    ...(change.role !== undefined && { role: change.role }),
    ...(change.disabled !== undefined && { disabled: change.disabled }),
  });
  if (!user) throw unknownUser();
  note(call, {
    target: user.id,
    detail: decides ? `role ${user.role}${user.disabled ? ', disabled' : ''}` : 'profile',
  });
  const hasSession = parts.book.sessionsOf(user.id).some(({ hash }) => hash === session.hash);
  if (!isOwn || hasSession || user.disabled) return answerPrivate(printUser(parts, user));
  // One's own role changed: this browser goes on, under a new id.
  const { cookie } = await openSession(parts, call, user, 'password');
  return answerWithCookie(printUser(parts, user), cookie);
}

async function deleteUser(parts: PeopleParts, call: RouteCall): Promise<Response> {
  if (!(await parts.book.remove(call.params.id ?? ''))) throw unknownUser();
  return answerPrivate({ deleted: true });
}

/** The token is shown this once; storage has its digest. */
async function invite(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const { role, note: remark } = (await readJsonBody(call.request, invitationCreation)).fields;
  expectGrant(call, role);
  const { invitation, token } = await createInvitation(parts, {
    role,
    createdBy: call.caller!.session!.userId,
    ...(remark !== undefined && { note: remark }),
  });
  note(call, { target: printInvitation(invitation).id, detail: `role ${role}` });
  const body: InvitationCreated = { ...printInvitation(invitation), token, path: `/invite?token=${token}` };
  return answerPrivate(body, 201);
}

export async function createInvitation(
  { book, clock }: Pick<PeopleParts, 'book' | 'clock'>,
  draft: { readonly role: Role; readonly createdBy: string; readonly note?: string },
) {
  if ((await book.store.invitations()).length >= INVITATIONS_MAX) {
    throw new Failure('conflict', { message: 'Too many invitations are open: delete some first' });
  }
  const token = randomText(TOKEN_LENGTH);
  const createdAtMs = clock.nowMs();
  const invitation = { ...draft, hash: digest(token), createdAtMs, expiresAtMs: createdAtMs + INVITATION_LASTS_MS };
  await book.store.saveInvitation(invitation);
  return { invitation, token };
}

async function withdraw(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const open = await parts.book.store.invitations();
  const invitation = open.find((each) => printInvitation(each).id === call.params.id);
  if (!invitation) throw new Failure('not-found', { message: 'There is no such invitation' });
  await parts.book.store.takeInvitation(invitation.hash);
  return answerPrivate({ deleted: true });
}

async function accept(parts: PeopleParts, call: RouteCall): Promise<Response> {
  expectOurPage(call.request);
  expectJsonBody(call.request);
  const { token, name, login, password } = (await readJsonBody(call.request, invitationAcceptance)).fields;
  const address = call.address ?? 'unknown';
  const seconds = parts.tries.addresses.waitSeconds(address);
  if (seconds > 0) throw tooMany(seconds);
  parts.tries.addresses.count(address);
  // Before the link is used up: a name that is taken must not cost it.
  const hash = digest(token);
  const isOpen = (await parts.book.store.invitations()).some((each) => each.hash === hash);
  if (isOpen && parts.book.findLogin(login)) {
    throw new Failure('conflict', { message: 'Somebody signs in by this name already' });
  }
  const passwordHash = password === undefined ? undefined : await parts.passwords.hash(password);
  if (passwordHash === 'busy') throw tooMany(1);
  const invitation = await parts.book.store.takeInvitation(hash);
  if (!invitation || invitation.expiresAtMs <= parts.clock.nowMs()) {
    throw new Failure('permission-denied', { message: 'This invitation was used, withdrawn, or is too old' });
  }
  const { role } = invitation;
  const user = await parts.book.create({ name, login, role, ...(passwordHash !== undefined && { passwordHash }) });
  return answerSignedIn(parts, call, user, 'invitation');
}

/** Nobody hands out what they lack, and only owners make admins. */
function expectGrant({ caller }: RouteCall, role: Role): void {
  const own = caller!.session!.role;
  if (own === 'owner' || !isAtLeast(role, 'admin')) return;
  throw new Failure('permission-denied', { message: 'Only the owner makes somebody an admin' });
}

function printUser({ book }: PeopleParts, user: User): UserListing {
  return {
    id: user.id,
    name: user.name,
    login: user.login,
    role: user.role,
    disabled: user.disabled,
    has_password: user.passwordHash !== undefined,
    passkeys: book.passkeysOf(user.id).length,
    oidc: user.oidcSubject !== undefined,
    created_at: instantOf(user.createdAtMs),
    last_seen_at: user.seenAtMs === undefined ? null : instantOf(user.seenAtMs),
  };
}

function printInvitation(invitation: {
  readonly hash: string;
  readonly role: Role;
  readonly note?: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}): InvitationListing {
  return {
    id: digest(`invitation ${invitation.hash}`).slice(0, 24),
    role: invitation.role,
    note: invitation.note ?? null,
    created_at: instantOf(invitation.createdAtMs),
    expires_at: instantOf(invitation.expiresAtMs),
  };
}

function unknownUser(): Failure {
  return new Failure('not-found', { message: 'There is no such person' });
}
