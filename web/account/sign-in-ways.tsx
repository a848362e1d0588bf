import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { fetchApi } from '../api/fetch-api.ts';
import { Button } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { canUsePasskeys, registerPasskey } from './passkey.ts';

/** A password, new or changed. */
export function PasswordChange({
  hasPassword,
  onDone,
}: {
  readonly hasPassword: boolean;
  readonly onDone?: () => void;
}) {
  const change = useMutation({
    mutationFn: (body: object) => fetchApi('/api/x/account/password', { method: 'POST', body }),
    ...(onDone && { onSuccess: onDone }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get('password'));
    change.mutate(hasPassword ? { current: String(form.get('current')), password } : { password });
    event.currentTarget.reset();
  };
  return (
    <form className="grid max-w-sm gap-3" onSubmit={send}>
      {hasPassword && (
        <TextField label="Password of now" name="current" type="password" autoComplete="current-password" required />
      )}
      <TextField
        label="New password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={10}
        maxLength={512}
        hint="At least 10 characters"
      />
      <div>
        <Button type="submit" disabled={change.isPending}>
          {hasPassword ? 'Change the password' : 'Set the password'}
        </Button>
      </div>
      <Outcome
        error={change.error}
        done={change.isSuccess ? 'The password is set. Other sessions have ended.' : undefined}
      />
    </form>
  );
}

/** A passkey of this device, where the browser has any. */
export function PasskeyAdding({ onDone }: { readonly onDone?: () => void }) {
  const [isPossible, setPossible] = useState(true);
  useEffect(() => setPossible(canUsePasskeys()), []);
  const add = useMutation({
    mutationFn: (name: string) => registerPasskey(name),
    ...(onDone && { onSuccess: onDone }),
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate(String(new FormData(event.currentTarget).get('name')));
  };
  if (!isPossible) {
    return (
      <p className="text-sm text-soft">
        This browser offers no passkeys here. They need https, or an address on localhost (not 127.0.0.1).
      </p>
    );
  }
  return (
    <form className="grid max-w-sm gap-3" onSubmit={send}>
      <TextField label="Name of the passkey" name="name" required maxLength={100} defaultValue="This device" />
      <div>
        <Button type="submit" disabled={add.isPending}>
          Add a passkey
        </Button>
      </div>
      <Outcome error={add.error} done={add.isSuccess ? 'The passkey is added.' : undefined} />
    </form>
  );
}
