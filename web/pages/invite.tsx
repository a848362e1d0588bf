import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { fetchApi, withBase } from '../api/fetch-api.ts';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import type { Page, PageCall } from './page.ts';

function Invite({ search }: PageCall) {
  const token = search.get('token') ?? '';
  const accept = useMutation({
    mutationFn: (body: object) => fetchApi('/api/x/invitations/accept', { method: 'POST', body }),
    onSuccess: () => location.assign(withBase('/settings/account')),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get('password'));
    const person = { token, name: String(form.get('name')), login: String(form.get('login')) };
    accept.mutate(password === '' ? person : { ...person, password });
  };
  return (
    <div className="mx-auto max-w-sm px-4 py-14">
      <h1 className="text-2xl font-semibold">Join this installation</h1>
      <p className="mt-3 text-soft">The link in your address bar invites you. It works once.</p>
      <form className="mt-6 grid gap-3" onSubmit={send}>
        <TextField
          label="Your name"
          name="name"
          autoComplete="name"
          required
          maxLength={100}
          hint="As others here see you"
        />
        <TextField
          label="Login"
          name="login"
          autoComplete="username"
          required
          maxLength={200}
          hint="An e-mail address will do"
        />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={10}
          maxLength={512}
          hint="At least 10 characters. Leave it empty to add a passkey in the next step instead"
        />
        <Button kind="main" type="submit" disabled={accept.isPending || token === ''}>
          Join
        </Button>
        <Outcome error={accept.error} />
        {token === '' && <p className="text-sm text-bad">The address has no token: open the link as you got it.</p>}
      </form>
    </div>
  );
}

const page: Page = {
  title: () => 'Invitation',
  Component: Invite,
};
export default page;
