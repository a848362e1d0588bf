import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import type { PasskeyListing, SessionSummary, Sessions } from '../../src/contract/session.ts';
import { PasskeyAdding, PasswordChange } from '../account/sign-in-ways.tsx';
import { refresh, useApi, useApiChange } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { Block, CELL, HEAD_CELL, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { Answered, Empty } from '../parts/states.tsx';
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
  if (passkeys.length === 0)
    return <Empty title="No passkey yet">Add one below; this device keeps its secret half.</Empty>;
  return (
    <ul className="divide-y divide-line border-y border-line">
      {passkeys.map(({ id, name, created_at, last_used_at }) => (
        <li key={id} className="flex flex-wrap gap-x-4 py-2">
          <bdi className="font-medium">{name}</bdi>
          <span className="text-sm text-soft">
            added {moment(created_at)}, {last_used_at === null ? 'never used' : `used ${moment(last_used_at)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function SessionTable() {
  const { session } = useBoot();
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
          <TableFrame label="Sessions">
            <table className="w-full text-sm">
              <caption className="sr-only">Sessions of {session.user?.name}</caption>
              <thead className="border-b border-line">
                <tr>
                  {['Browser', 'Address', 'Signed in by', 'Since', 'Seen', ''].map((name) => (
                    <th key={name} scope="col" className={HEAD_CELL}>
                      {name || <span className="sr-only">What can be done</span>}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {mine.map((one) => (
                  <tr key={one.id}>
                    <th scope="row" className={ROW_NAME}>
                      <bdi>{one.user_agent ?? 'unknown'}</bdi>
                    </th>
                    <td className={CELL}>{one.address ?? 'unknown'}</td>
                    <td className={CELL}>{one.way}</td>
                    <td className={CELL} title={exactTime(one.created_at)}>
                      {moment(one.created_at)}
                    </td>
                    <td className={CELL} title={exactTime(one.seen_at)}>
                      {moment(one.seen_at)}
                    </td>
                    <td className={`${CELL} text-right`}>
                      {one.current ? (
                        <span className="text-soft">this one</span>
                      ) : (
                        <Button kind="danger" disabled={end.isPending} onClick={() => end.mutate(one.id)}>
                          End it
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableFrame>
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
