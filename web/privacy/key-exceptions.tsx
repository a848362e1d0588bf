import type { Privacy } from '../../src/contract/stored-content.ts';
import { useApiChange } from '../api/use-api.ts';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Outcome } from '../parts/field.tsx';
import { Empty } from '../parts/states.tsx';
import { bytes, exact } from '../text/numbers.ts';
import { MODES, PRIVACY } from './policy-form.tsx';

type Key = Privacy['keys'][number];

/** What each key stores, and how much there is of it. */
export function KeyExceptions({ privacy, ask }: { readonly privacy: Privacy; readonly ask: (key: Key) => void }) {
  const change = useApiChange<{ readonly hash: string; readonly mode: string | null }>(
    ({ hash, mode }) => ({ path: `${PRIVACY}/keys/${hash}`, method: 'PUT', body: { mode } }),
    [PRIVACY, '/api/x/generations/'],
  );
  if (privacy.keys.length === 0) return <Empty title="There are no keys yet">Keys are made on the page Keys.</Empty>;
  const own = MODES.find(([mode]) => mode === privacy.policy.mode)![1];
  return (
    <>
      <PlainTable
        label="Keys and what is stored of them"
        rows={privacy.keys}
        keyOf={({ hash }) => hash}
        columns={[
          {
            name: 'Key',
            cell: ({ name, hash }) =>
              name === null ? (
                <span className="text-soft">
                  deleted <code className="text-xs">{hash.slice(0, 8)}</code>
                </span>
              ) : (
                <bdi>{name}</bdi>
              ),
          },
          {
            name: 'Stores the text of',
            cell: ({ hash, name, mode }) =>
              name !== null && (
                <select
                  className="min-h-8 max-w-full rounded-md border border-line-strong bg-surface px-2 text-sm pointer-coarse:min-h-11"
                  aria-label={`What is stored of ${name}`}
                  value={mode ?? ''}
                  disabled={change.isPending}
                  onChange={(event) => change.mutate({ hash, mode: event.target.value || null })}
                >
                  <option value="">as the workspace: {own}</option>
                  {MODES.map(([value, words]) => (
                    <option key={value} value={value}>
                      {words}
                    </option>
                  ))}
                </select>
              ),
          },
          { name: 'Stored', isNumber: true, cell: ({ count }) => exact(count) },
          { name: 'Size', isNumber: true, cell: (key) => (key.count === 0 ? '—' : bytes(key.bytes)) },
          {
            name: '',
            cell: (key) =>
              key.count > 0 && (
                <span className="flex justify-end">
                  <Button kind="danger" onClick={() => ask(key)}>
                    Delete<span className="sr-only"> what is stored of {key.name ?? 'a deleted key'}</span>
                  </Button>
                </span>
              ),
          },
        ]}
      />
      <Outcome error={change.error} />
    </>
  );
}
