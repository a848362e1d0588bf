import { useLocation } from '@tanstack/react-router';
import type { Role } from '../../src/contract/session.ts';
import { useBoot } from '../boot-context.tsx';
import { buttonLook } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';

/** In the place of a page that the visitor may not see. */
export function SignInAsked({ needs }: { readonly needs: Role }) {
  const { session } = useBoot();
  const { pathname, searchStr } = useLocation();
  if (session.user) {
    return (
      <div className="mx-auto max-w-2xl px-4 py-16">
        <h1 className="text-2xl font-semibold">Not for your role</h1>
        <p className="mt-3 text-soft">
          This page needs the role {needs}; you are signed in as {session.user.role}. An owner can change that under
          Users.
        </p>
      </div>
    );
  }
  return (
    <div className="mx-auto max-w-2xl px-4 py-16">
      <h1 className="text-2xl font-semibold">Sign in to see this page</h1>
      <p className="mt-3 text-soft">
        {session.claimed
          ? 'It shows what belongs to an account of this installation.'
          : 'Nobody has claimed this installation yet: open the link that its start printed after the word Admin, or ask for a new one with npx trunkline claim.'}
      </p>
      <p className="mt-6">
        <Link
          className={`${buttonLook('main')} no-underline`}
          to={`/login?next=${encodeURIComponent(`${pathname}${searchStr}`)}`}
        >
          Sign in
        </Link>
      </p>
    </div>
  );
}
