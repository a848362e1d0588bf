import { type FormEvent, useState } from 'react';
import type { InvitationCreated, Role, UserListing, Users } from '../../src/contract/session.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useBoot, useRole } from '../boot-context.tsx';
import { Block } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Outcome, SelectField, TextField } from '../parts/field.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { moment } from '../text/dates.ts';
import type { Page } from './page.ts';

const USERS = '/api/x/users';
const INVITATIONS = '/api/x/invitations';
const ROLES: readonly (readonly [Role, string])[] = [
  ['viewer', 'sees everything but secrets, changes nothing'],
  ['member', 'also generates and has keys'],
  ['admin', 'also keys of providers, users, the catalogue'],
  ['owner', 'also roles of others and backups'],
];

function UsersPage() {
  const users = useApi<Users>(USERS);
  return (
    <>
      <h1 className="text-2xl font-semibold">Users</h1>
      <dl className="mt-2 grid max-w-prose grid-cols-[auto_1fr] gap-x-4 text-sm text-soft">
        {ROLES.map(([role, what]) => (
          <div key={role} className="contents">
            <dt className="font-medium">{role}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Block title="Who has a place here">
        <Answered query={users} what="the users">
          {({ users: people }) => <UserTable users={people} />}
        </Answered>
      </Block>
      <Invitations />
    </>
  );
}

function UserTable({ users }: { readonly users: readonly UserListing[] }) {
  const { session } = useBoot();
  const isOwner = useRole('owner');
  const change = useApiChange<{ readonly id: string; readonly role?: Role; readonly disabled?: boolean }>(
    ({ id, ...body }) => ({ path: `${USERS}/${encodeURIComponent(id)}`, method: 'PATCH', body }),
    [USERS],
  );
  return (
    <>
      <PlainTable
        label="Users"
        rows={users}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Name',
            cell: ({ name, login }) => (
              <>
                <bdi className="font-medium">{name}</bdi>
                <bdi className="block text-xs text-soft">{login}</bdi>
              </>
            ),
          },
          {
            name: 'Role',
            cell: ({ id, name, role }) =>
              isOwner && id !== session.user?.id ? (
                <select
                  className="min-h-8 rounded-md border border-line-strong bg-surface px-2"
                  aria-label={`Role of ${isolate(name)}`}
                  value={role}
                  onChange={(event) => change.mutate({ id, role: event.target.value as Role })}
                >
                  {ROLES.map(([one]) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              ) : (
                role
              ),
          },
          {
            name: 'Signs in by',
            cell: ({ has_password, passkeys, oidc }) =>
              [has_password && 'password', passkeys > 0 && 'passkey', oidc && 'single sign-on']
                .filter(Boolean)
                .join(', ') || 'link only',
          },
          { name: 'Since', cell: ({ created_at }) => moment(created_at) },
          { name: 'Seen', cell: ({ last_seen_at }) => (last_seen_at === null ? 'never' : moment(last_seen_at)) },
          {
            name: '',
            cell: ({ id, name, disabled }) =>
              isOwner && id !== session.user?.id ? (
                <Button
                  kind={disabled ? 'plain' : 'danger'}
                  disabled={change.isPending}
                  onClick={() => change.mutate({ id, disabled: !disabled })}
                >
                  {disabled ? 'Let in again' : 'Keep out'}
                  <span className="sr-only"> {isolate(name)}</span>
                </Button>
              ) : (
                disabled && <span className="text-bad">kept out</span>
              ),
          },
        ]}
      />
      <Outcome error={change.error} />
    </>
  );
}

function Invitations() {
  const { address } = useBoot();
  const invitations = useApi<Users>(USERS);
  const [made, setMade] = useState<InvitationCreated>();
  const invite = useApiChange<object, InvitationCreated>(
    (body) => ({ path: INVITATIONS, method: 'POST', body }),
    [USERS],
  );
  const revoke = useApiChange<string>(
    (id) => ({ path: `${INVITATIONS}/${encodeURIComponent(id)}`, method: 'DELETE' }),
    [USERS],
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const note = String(form.get('note')).trim();
    invite.mutate({ role: String(form.get('role')), ...(note !== '' && { note }) }, { onSuccess: setMade });
    event.currentTarget.reset();
  };
  return (
    <Block title="Invite" note="A link that works once. Send it yourself; this installation sends no mail.">
      <form className="grid max-w-xl items-start gap-3 sm:grid-cols-[10rem_1fr_auto]" onSubmit={send}>
        <SelectField label="Role" name="role" defaultValue="member">
          {ROLES.filter(([role]) => role !== 'owner').map(([role]) => (
            <option key={role}>{role}</option>
          ))}
        </SelectField>
        <TextField label="For whom" name="note" maxLength={100} hint="Only you see it" />
        <Button type="submit" className="sm:mt-6" disabled={invite.isPending}>
          Make a link
        </Button>
      </form>
      <Outcome error={invite.error ?? revoke.error} />
      {made && (
        <div className="mt-3 max-w-xl rounded-md border border-good bg-good-wash px-4 py-3">
          <p className="text-sm font-medium">Shown this once, for the role {made.role}:</p>
          <p className="my-2 font-mono text-xs break-all">{`${address}${made.path}`}</p>
          <CopyButton text={`${address}${made.path}`} label="Copy the link" />
        </div>
      )}
      <div className="mt-5">
        <Answered query={invitations} what="the invitations">
          {({ invitations: data }) =>
            data.length === 0 ? (
              <Empty title="No invitation is open" />
            ) : (
              <PlainTable
                label="Open invitations"
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  { name: 'For', cell: ({ note }) => <bdi>{note ?? 'somebody'}</bdi> },
                  { name: 'Role', cell: ({ role }) => role },
                  { name: 'Made', cell: ({ created_at }) => moment(created_at) },
                  { name: 'Ends', cell: ({ expires_at }) => moment(expires_at) },
                  {
                    name: '',
                    cell: ({ id }) => (
                      <Button kind="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(id)}>
                        Take it back
                      </Button>
                    ),
                  },
                ]}
              />
            )
          }
        </Answered>
      </div>
    </Block>
  );
}

const page: Page = {
  title: () => 'Users',
  needs: 'admin',
  isConsole: true,
  preload: () => [USERS],
  Component: UsersPage,
};
export default page;
