import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import type { KeyListing } from '../../src/contract/api-key.ts';
import type { GenerationRow } from '../../src/contract/generation-log.ts';
import type { LiveState } from '../api/live.ts';
import { useApi } from '../api/use-api.ts';
import { useLive } from '../api/use-live.ts';
import { useBoot } from '../boot-context.tsx';
import { curlOf } from '../generation/replay-request.ts';
import { FilterField } from '../log/filter-field.tsx';
import { readFilter } from '../log/filter-language.ts';
import { FirstRequests } from '../log/first-requests.tsx';
import { LogCards } from '../log/log-cards.tsx';
import { LogTable } from '../log/log-table.tsx';
import { logPath, useLog } from '../log/use-log.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Empty, Failed, Loading, Stale } from '../parts/states.tsx';
import { useMedia } from '../parts/use-media.ts';
import { useUrlState } from '../parts/use-url-state.ts';
import { counted } from '../text/numbers.ts';
import type { Page } from './page.ts';

const Peek = lazy(() => import('../log/peek.tsx'));

const POLL_MS = 10_000;

function LogPage() {
  const [search, change] = useUrlState();
  const { address } = useBoot();
  const text = search.get('q') ?? '';
  const [isLive, setLive] = useState(true);
  const keys = useKeyNames();
  const filter = useMemo(
    () => readFilter(text, { nowMs: Date.now(), keyHash: (name) => keys.get(name) }),
    [text, keys],
  );
  const { query, rows, hear, askNewest, isFiltered } = useLog(filter.params);
  const state = useLive(isLive, hear);
  usePolling(state === 'polling' && isLive, askNewest);
  const apply = useCallback((q: string) => change({ q }), [change]);
  const isWide = useMedia('(min-width: 48rem)');
  const peeked = search.get('peek') ?? undefined;
  const more = useCallback(() => void query.fetchNextPage(), [query.fetchNextPage]);
  const list = { rows, hasMore: query.hasNextPage && !query.isFetchingNextPage, more };
  return (
    <>
      <h1 className="text-2xl font-semibold">Log</h1>
      <div className="mt-4 mb-3 flex flex-wrap items-start gap-2">
        <FilterField text={text} problems={filter.problems} values={useValues(rows, keys)} apply={apply} />
        <LiveButton state={state} isLive={isLive} turn={setLive} />
        <CopyButton text={curlOf(address, `'${logPath(filter.params)}'`)} label="Copy as curl" />
      </div>
      {query.isPending && <Loading what="the log" height="h-96" />}
      {query.isError && !query.data && <Failed error={query.error} what="the log" retry={() => void query.refetch()} />}
      {query.data && rows.length === 0 && !isFiltered && <FirstRequests address={address} />}
      {query.data && rows.length === 0 && isFiltered && (
        <Empty title="Nothing fits this filter">
          <Button className="mt-1" onClick={() => change({ q: undefined })}>
            Show everything
          </Button>
        </Empty>
      )}
      {rows.length > 0 &&
        (isWide ? <LogTable {...list} peek={(id) => change({ peek: id }, 'push')} /> : <LogCards {...list} />)}
      {rows.length > 0 && (
        <p className="mt-2 text-xs text-soft" role="status">
          {counted(rows.length, 'generation')} loaded{query.hasNextPage ? ', older ones follow' : ', all there are'}.
          {isWide && ' j and k walk, Space looks into one, Enter opens it.'}
        </p>
      )}
      {query.isError && query.data && <Stale sinceMs={query.dataUpdatedAt} />}
      {peeked && (
        <Suspense>
          <Peek
            id={peeked}
            close={() => change({ peek: undefined })}
            walk={(step) => change({ peek: neighbour(rows, peeked, step) })}
          />
        </Suspense>
      )}
    </>
  );
}

function neighbour(rows: readonly GenerationRow[], id: string, step: number): string {
  const at = rows.findIndex((row) => row.id === id);
  return rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.id ?? id;
}

const STATES: Readonly<Record<LiveState, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  polling: 'Asked every 10 s',
  paused: 'Paused',
};

function LiveButton(props: { readonly state: LiveState; readonly isLive: boolean; turn(isLive: boolean): void }) {
  const { state, isLive, turn } = props;
  return (
    <Button aria-pressed={isLive} onClick={() => turn(!isLive)}>
      <span
        aria-hidden="true"
        className={`inline-block size-2 rounded-full ${state === 'live' ? 'bg-good' : 'border border-line-strong'}`}
      />
      {STATES[state]}
      <span className="sr-only">: new generations appear by themselves</span>
    </Button>
  );
}

/** Names of the keys, and the hash that stands for each in a filter. */
function useKeyNames(): ReadonlyMap<string, string> {
  const { data } = useApi<{ readonly data: readonly KeyListing[] }>('/api/v1/keys?include_disabled=true');
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const { name, hash } of data?.data ?? []) names.set(name, hash);
    return names;
  }, [data]);
}

function useValues(rows: readonly GenerationRow[], keys: ReadonlyMap<string, string>) {
  return useMemo(() => {
    const distinct = (of: (row: GenerationRow) => string | null | undefined) => [
      ...new Set(rows.flatMap((row) => of(row) ?? [])),
    ];
    return {
      model: distinct(({ model }) => model),
      provider: distinct(({ provider }) => provider),
      app: ['none', ...distinct(({ app }) => app?.slug)],
      key: [...keys.keys()],
      session: distinct(({ session }) => session),
      finish: distinct(({ finish_reason }) => finish_reason),
      status: ['success', 'error', 'cancelled', '429', '502', '504'],
      after: ['1h', '24h', '7d', '30d'],
      before: ['1h', '24h', '7d', '30d'],
      cost: ['0', '0.01', '0.1', '1'],
    };
  }, [rows, keys]);
}

function usePolling(isOn: boolean, ask: () => void): void {
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(ask, POLL_MS);
    return () => clearInterval(timer);
  }, [isOn, ask]);
}

const page: Page = {
  title: () => 'Log',
  needs: 'viewer',
  isConsole: true,
  preload: ({ search }) => (search.get('q') ? [] : [logPath({})]),
  Component: LogPage,
};
export default page;
