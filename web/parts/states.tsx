import { type ReactNode, useEffect, useState } from 'react';
import type { ApiError } from '../api/fetch-api.ts';
import { ago } from '../text/dates.ts';
import { counted } from '../text/numbers.ts';
import { Button } from './button.tsx';

/** What a block of data can be besides there: on its way, empty, too little, or failed. Each says what would change it. */

const QUICK_MS = 150;

/** Takes the final size from the start; its shimmer shows only when the answer is slow. */
export function Loading({ height = 'h-40', what }: { readonly height?: string; readonly what: string }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), QUICK_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={`${height} w-full rounded-md ${isSlow ? 'animate-pulse bg-raised' : ''}`} role="status">
      <span className="sr-only">Loading {what}</span>
    </div>
  );
}

/** Says why there is nothing, and the one thing that fills it. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="rounded-md border border-dashed border-line-strong px-5 py-8 text-center">
      <p className="font-medium">{title}</p>
      {children && <div className="mx-auto mt-2 max-w-prose text-sm text-soft">{children}</div>}
    </div>
  );
}

/** A statistic that is not shown yet: how many there are and how many it needs. */
export function TooLittle({
  n,
  needed,
  what = 'requests',
}: {
  readonly n: number;
  readonly needed: number;
  readonly what?: string;
}) {
  return (
    <span className="text-soft" title={`${n} of ${needed} ${what} needed`}>
      <span aria-hidden="true">—</span>
      <span className="sr-only">
        too little data: {n} of {needed} {what}
      </span>
    </span>
  );
}

export function Failed({
  error,
  retry,
  what,
}: {
  readonly error: ApiError;
  readonly retry?: () => void;
  readonly what: string;
}) {
  return (
    <div className="rounded-md border border-bad bg-bad-wash px-5 py-4" role="alert">
      <p className="font-medium">Could not load {what}</p>
      <p className="mt-1 text-sm">{error.message.slice(0, 500)}</p>
      {error.requestId && <p className="mt-1 text-xs text-soft">Request {error.requestId}</p>}
      {retry && (
        <Button className="mt-3" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Below figures that could not be refreshed. */
export function Stale({ sinceMs }: { readonly sinceMs: number }) {
  return <p className="text-xs text-warn">Not refreshed: these figures are from {ago(sinceMs, Date.now())}.</p>;
}

/** Below every statistic: how many it was made of, and where it came from. */
export function Sample({
  n,
  what = 'request',
  source,
}: {
  readonly n: number;
  readonly what?: string;
  readonly source?: string;
}) {
  return (
    <p className="text-xs text-soft">
      n = {counted(n, what)}
      {source && ` · ${source}`}
    </p>
  );
}

interface Query<Answer> {
  readonly data: Answer | undefined;
  readonly error: ApiError | null;
  readonly isPending: boolean;
  readonly dataUpdatedAt: number;
  refetch(): unknown;
}

/** Draws an answer, or the state it is in. A refresh that failed keeps the last answer and says how old it is. */
export function Answered<Answer>(props: {
  readonly query: Query<Answer>;
  readonly what: string;
  readonly height?: string;
  readonly children: (answer: Answer) => ReactNode;
}) {
  const { query, what, height, children } = props;
  if (query.data !== undefined) {
    return (
      <>
        {children(query.data)}
        {query.error && <Stale sinceMs={query.dataUpdatedAt} />}
      </>
    );
  }
  if (query.error) return <Failed error={query.error} what={what} retry={() => void query.refetch()} />;
  return <Loading what={what} {...(height && { height })} />;
}
