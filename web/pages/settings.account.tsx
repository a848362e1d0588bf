import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { PasskeyListing, SessionSummary, Sessions } from '../../src/contract/session.ts';
import { PasskeyAdding, PasswordChange } from '../account/sign-in-ways.tsx';
import { refresh, useApi, useApiChange } from '../api/use-api.ts';
import { Block } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { exactTime, moment } from '../text/dates.ts';
import type { Page } from './page.ts';

function Account() {
  const session = useApi<SessionSummary>('/api/x/session');
  const client = useQueryClient();
  const again = () => void refresh(client, ['/api/x/session']);
  return (
    <>
      <h1 className="text-2xl font-semibold">Account</h1>
      <Answered query={session} what="your account">
        {({ user }) =>
          user && (
            <>
              <Names user={user} />
              <Block title="Password" note={user.has_password ? 'You have one.' : 'You have none yet.'}>
                <PasswordChange hasPassword={user.has_password} onDone={again} />
              </Block>
              <Block title="Passkeys" note="They sign you in without a password, and cannot be phished.">
                <Passkeys passkeys={user.passkeys} />
                <div className="mt-4">
                  <PasskeyAdding onDone={again} />
                </div>
              </Block>
            </>
          )
        }
      </Answered>
      <SessionTable />
    </>
  );
}

function Names({ user }: { readonly user: NonNullable<SessionSummary['user']> }) {
  const change = useApiChange<{ name: string; login: string }>(
    (body) => ({ path: `/api/x/users/${encodeURIComponent(user.id)}`, method: 'PATCH', body }),
    ['/api/x/session', '/api/x/users'],
  );
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    change.mutate({ name: String(form.get('name')), login: String(form.get('login')) });
  };
  return (
    <Block title="Who you are" note={`Your role here: ${user.role}.`}>
      <form className="grid max-w-sm gap-3" onSubmit={send}>
        <TextField label="Name" name="name" defaultValue={user.name} required maxLength={100} autoComplete="name" />
        <TextField
          label="Login"
          name="login"
          defaultValue={user.login}
          required
          maxLength={200}
          autoComplete="username"
        />
        <div>
          <Button type="submit" disabled={change.isPending}>
            Save
          </Button>
        </div>
        <Outcome error={change.error} done={change.isSuccess ? 'Saved.' : undefined} />
      </form>
    </Block>
  );
}

function Passkeys({ passkeys }: { readonly passkeys: readonly PasskeyListing[] }) {
  const remove = useApiChange<string>(
    (id) => ({ path: `/api/x/session/passkey/${encodeURIComponent(id)}`, method: 'DELETE' }),
    ['/api/x/session'],
  );
  if (passkeys.length === 0)
    return <Empty title="No passkey yet">Add one below; this device keeps its secret half.</Empty>;
  return (
    <>
      <ul aria-label="Passkeys" className="divide-y divide-line border-y border-line">
        {passkeys.map(({ id, name, created_at, last_used_at }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-4 py-1">
            <bdi className="font-medium">{name}</bdi>
            <span className="flex-1 text-sm text-soft">
              added {moment(created_at)}, {last_used_at === null ? 'never used' : `used ${moment(last_used_at)}`}
            </span>
            <Button kind="danger" disabled={remove.isPending} onClick={() => remove.mutate(id)}>
              Delete<span className="sr-only"> {isolate(name)}</span>
            </Button>
          </li>
        ))}
      </ul>
      <Outcome error={remove.error} />
    </>
  );
}

function SessionTable() {
  const sessions = useApi<Sessions>('/api/x/sessions');
  const end = useApiChange<string>(
    (id) => ({ path: `/api/x/sessions/${encodeURIComponent(id)}`, method: 'DELETE' }),
    ['/api/x/sessions'],
  );
  return (
    <Block
      title="Sessions"
      note="Where you are signed in. A session ends after 12 hours without use, and after 14 days in any case."
    >
      <Answered query={sessions} what="your sessions">
        {({ sessions: mine }) => (
          <PlainTable
            label="Sessions"
            rows={mine}
            keyOf={({ id }) => id}
            columns={[
              { name: 'Browser', cell: ({ user_agent }) => <bdi>{user_agent ?? 'unknown'}</bdi> },
              { name: 'Address', cell: ({ address }) => address ?? 'unknown' },
              { name: 'Signed in by', cell: ({ way }) => way },
              {
                name: 'Since',
                cell: ({ created_at }) => <span title={exactTime(created_at)}>{moment(created_at)}</span>,
              },
              { name: 'Seen', cell: ({ seen_at }) => <span title={exactTime(seen_at)}>{moment(seen_at)}</span> },
              {
                name: '',
                cell: ({ id, current }) =>
                  current ? (
                    <span className="text-soft">this one</span>
                  ) : (
                    <Button kind="danger" disabled={end.isPending} onClick={() => end.mutate(id)}>
                      End it
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Answered>
      <Outcome error={end.error} />
    </Block>
  );
}

const page: Page = {
  title: () => 'Account',
  needs: 'viewer',
  isConsole: true,
  preload: () => ['/api/x/session', '/api/x/sessions'],
  Component: Account,
};
export default page;
