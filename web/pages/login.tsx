import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import type { SessionSummary } from '../../src/contract/session.ts';
import { canUsePasskeys, signInWithPasskey } from '../account/passkey.ts';
import { fetchApi, withBase } from '../api/fetch-api.ts';
import { useBoot } from '../boot-context.tsx';
import { Button, buttonLook } from '../parts/button.tsx';
import { Outcome, TextField } from '../parts/field.tsx';
import { Link } from '../parts/link.tsx';
import type { Page, PageCall } from './page.ts';

/** Only a path of this site: browsers read `\\` as `/`, and leave control characters out. */
export function nextPath(wanted: string | null): string {
  return wanted !== null && /^\/(?!\/)[^\\\p{Cc}]*$/u.test(wanted) ? wanted : '/console';
}

function Login({ search }: PageCall) {
  const { session } = useBoot();
  const next = nextPath(search.get('next'));
  // The whole page anew: what the server says of the session stands in it.
  const enter = () => location.assign(withBase(next));
  return (
    <div className="mx-auto max-w-sm px-4 py-14">
      <h1 className="text-2xl font-semibold">Sign in</h1>
      {session.signed_in ? (
        <p className="mt-4">
          You are signed in as <bdi>{session.user?.name}</bdi>.{' '}
          <Link className="prose-link" to="/console">
            To the console
          </Link>
        </p>
      ) : (
        <Ways session={session} enter={enter} next={next} />
      )}
    </div>
  );
}

interface WaysProps {
  readonly session: SessionSummary;
  readonly next: string;
  enter(): void;
}

function Ways({ session, enter, next }: WaysProps) {
  const { ways, claimed } = session;
  const [hasPasskeys, setPasskeys] = useState(false);
  useEffect(() => setPasskeys(canUsePasskeys()), []);
  const passkey = useMutation({ mutationFn: signInWithPasskey, onSuccess: enter });
  const hasNone = !ways.password && !ways.passkey && !ways.oidc;
  return (
    <>
      {ways.passkey && hasPasskeys && (
        <Button kind="main" className="mt-6 w-full" disabled={passkey.isPending} onClick={() => passkey.mutate()}>
          Sign in with a passkey
        </Button>
      )}
      <Outcome error={passkey.error} />
      {ways.oidc && (
        <a
          className={`${buttonLook(ways.passkey ? 'plain' : 'main')} mt-3 w-full no-underline`}
          href={withBase(`/api/x/session/oidc/start?next=${encodeURIComponent(next)}`)}
        >
          {ways.oidc.label}
        </a>
      )}
      {ways.password && <PasswordForm enter={enter} isMain={!ways.passkey && !ways.oidc} />}
      {hasNone && <LinkOnly claimed={claimed} />}
      <p className="mt-8 border-t border-line pt-4 text-sm text-soft">
        Lost the way in? Whoever may use the machine gets a new link with <code>npx trunkline claim</code>.
      </p>
    </>
  );
}

function PasswordForm({ enter, isMain }: { readonly enter: () => void; readonly isMain: boolean }) {
  const signIn = useMutation({
    mutationFn: (body: { login: string; password: string }) =>
      fetchApi('/api/x/session/password', { method: 'POST', body }),
    onSuccess: enter,
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    signIn.mutate({ login: String(form.get('login')), password: String(form.get('password')) });
  };
  return (
    <form className="mt-6 grid gap-3" onSubmit={send}>
      <TextField label="Login" name="login" autoComplete="username" required maxLength={200} />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        maxLength={512}
      />
      <Button kind={isMain ? 'main' : 'plain'} type="submit" disabled={signIn.isPending}>
        Sign in with a password
      </Button>
      <Outcome error={signIn.error} />
    </form>
  );
}

/** Nobody has set a password or a passkey: the link is the only way. */
function LinkOnly({ claimed }: { readonly claimed: boolean }) {
  return (
    <div className="mt-4">
      <p>
        {claimed
          ? 'Nobody here has a password or a passkey yet. The way in is a link that works once:'
          : 'Nobody has claimed this installation yet. Its start printed a link after the word Admin; it works once and makes you the owner. Is it gone, ask for a new one:'}
      </p>
      <pre className="mt-3 overflow-x-auto rounded-md border border-line bg-surface px-3 py-2 text-sm">
        npx trunkline claim
      </pre>
      <p className="mt-3 text-sm text-soft">Run it where the server runs, with the same data folder.</p>
    </div>
  );
}

const page: Page = {
  title: () => 'Sign in',
  Component: Login,
};
export default page;
