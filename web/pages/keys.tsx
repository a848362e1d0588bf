import { lazy, Suspense, useCallback, useState } from 'react';
import type { KeyListing } from '../../src/contract/api-key.ts';
import { useApi, useApiChange } from '../api/use-api.ts';
import { useBoot, useRole } from '../boot-context.tsx';
import type { KeyMade } from '../keys/key-form.tsx';
import { KeyTable } from '../keys/key-table.tsx';
import { UndoBar } from '../keys/undo-bar.tsx';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { counted } from '../text/numbers.ts';
import type { Page } from './page.ts';

const KeyForm = lazy(() => import('../keys/key-form.tsx'));
const NewSecret = lazy(() => import('../keys/new-secret.tsx'));
const DeleteKey = lazy(() => import('../keys/delete-key.tsx'));

const PAGE_SIZE = 100;

function keysPath(offset: number): string {
  return `/api/v1/keys?include_disabled=true${offset > 0 ? `&offset=${offset}` : ''}`;
}

type Sheet =
  | { readonly kind: 'new' }
  | { readonly kind: 'made'; readonly made: KeyMade }
  | { readonly kind: 'change' | 'delete'; readonly known: KeyListing };

interface Turn {
  readonly known: KeyListing;
  readonly disabled: boolean;
}

function KeysPage() {
  const { session, address } = useBoot();
  const [search, change] = useUrlState();
  const mayAct = useRole('admin');
  const offset = Number(search.get('offset') ?? 0) || 0;
  const query = useApi<{ readonly data: readonly KeyListing[] }>(keysPath(offset), { keepsLast: true });
  const [opened, setSheet] = useState<Sheet | undefined>();
  const sheet: Sheet | undefined = opened ?? (search.has('new') && mayAct ? { kind: 'new' } : undefined);
  const [turned, setTurned] = useState<Turn>();
  const turn = useApiChange<Turn>(
    ({ known, disabled }) => ({ path: `/api/v1/keys/${known.hash}`, method: 'PATCH', body: { disabled } }),
    ['/api/v1/keys'],
  );
  const close = () => {
    setSheet(undefined);
    if (search.has('new')) change({ new: undefined });
  };
  const forget = useCallback(() => setTurned(undefined), []);
  const actions = {
    change: (known: KeyListing) => setSheet({ kind: 'change', known }),
    remove: (known: KeyListing) => setSheet({ kind: 'delete', known }),
    turn: (known: KeyListing) => {
      const wanted = { known, disabled: !known.disabled };
      turn.mutate(wanted, { onSuccess: () => setTurned(wanted) });
    },
  };
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="flex-1 text-2xl font-semibold">Keys</h1>
        {mayAct && (
          <Button kind="main" onClick={() => change({ new: '1' }, 'push')}>
            <Icon name="plus" /> New key
          </Button>
        )}
      </div>
      <p className="mt-1 mb-5 max-w-prose text-sm text-soft">
        A key is what programs send as <code className="font-mono text-xs">Authorization: Bearer …</code>. Its secret is
        shown once, when it is made; here are only its first and last letters.
        {!mayAct && ' Making, changing and deleting keys needs the role admin.'}
      </p>
      {turn.error && (
        <p className="mb-3 rounded-md bg-bad-wash px-3 py-2 text-sm" role="alert">
          {turn.error.message}
        </p>
      )}
      <Answered query={query} what="the keys" height="h-64">
        {({ data }) => (
          <>
            {data.length === 0 ? (
              <Empty title="There are no keys yet">
                {mayAct
                  ? 'Make one, and the page gives you a first request to send with it.'
                  : 'An admin can make one.'}
              </Empty>
            ) : (
              <KeyTable keys={data} ownHash={session.key_hash} actions={mayAct ? actions : undefined} />
            )}
            <Pager
              {...{ offset, count: data.length }}
              go={(to) => change({ offset: to > 0 ? String(to) : undefined }, 'push')}
            />
          </>
        )}
      </Answered>
      <Suspense>
        {sheet?.kind === 'new' && <KeyForm close={close} made={(made) => setSheet({ kind: 'made', made })} />}
        {sheet?.kind === 'change' && <KeyForm known={sheet.known} close={close} made={close} />}
        {sheet?.kind === 'made' && <NewSecret made={sheet.made} address={address} close={close} />}
        {sheet?.kind === 'delete' && <DeleteKey known={sheet.known} close={close} />}
      </Suspense>
      {turned && (
        <UndoBar
          text={`${turned.known.name} is ${turned.disabled ? 'disabled: its requests are refused' : 'enabled again'}`}
          undo={() => {
            turn.mutate({ known: turned.known, disabled: !turned.disabled });
            forget();
          }}
          close={forget}
        />
      )}
    </>
  );
}

function Pager(props: { readonly offset: number; readonly count: number; go(offset: number): void }) {
  const { offset, count, go } = props;
  if (offset === 0 && count < PAGE_SIZE) return null;
  return (
    <div className="mt-3 flex items-center gap-2 text-sm">
      <Button disabled={offset === 0} onClick={() => go(Math.max(0, offset - PAGE_SIZE))}>
        Newer
      </Button>
      <Button disabled={count < PAGE_SIZE} onClick={() => go(offset + PAGE_SIZE)}>
        Older
      </Button>
      <span className="text-soft">{counted(count, 'key')} on this page</span>
    </div>
  );
}

const page: Page = {
  title: () => 'Keys',
  needs: 'viewer',
  isConsole: true,
  preload: () => [keysPath(0)],
  Component: KeysPage,
};
export default page;
