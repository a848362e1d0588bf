import { ApiError } from '../api/fetch-api.ts';
import { Link } from '../parts/link.tsx';

/** A page that could not be drawn at all. Parts of a page that fail say so in their own place (`parts/states.tsx`). */
export function BrokenPage({ error, reset }: { readonly error: unknown; readonly reset?: () => void }) {
  const id = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div className="mx-auto max-w-2xl px-4 py-16">
      <h1 className="text-2xl font-semibold">This page broke</h1>
      <p className="mt-3 text-soft">
        {error instanceof Error ? error.message.slice(0, 500) : 'Something unexpected happened.'}
      </p>
      {id !== undefined && <p className="mt-2 text-sm text-soft">Request {id}</p>}
      <p className="mt-6 flex gap-4">
        <button type="button" className="prose-link" onClick={() => (reset ? reset() : location.reload())}>
          Try again
        </button>
        <Link className="prose-link" to="/">
          First page
        </Link>
      </p>
    </div>
  );
}

export function MissingPage() {
  return (
    <div className="mx-auto max-w-2xl px-4 py-16">
      <h1 className="text-2xl font-semibold">There is nothing here</h1>
      <p className="mt-3 text-soft">The address is not one of this site. A model may have been renamed or retired.</p>
      <p className="mt-6 flex gap-4">
        <Link className="prose-link" to="/models">
          All models
        </Link>
        <Link className="prose-link" to="/">
          First page
        </Link>
      </p>
    </div>
  );
}
