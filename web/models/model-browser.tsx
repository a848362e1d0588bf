import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { withBase } from '../api/fetch-api.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Loading } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { counted } from '../text/numbers.ts';
import { BrowserBar } from './browser-bar.tsx';
import { readColumns } from './columns.tsx';
import { compareAddress } from './compare-address.ts';
import { CompareTray } from './compare-tray.tsx';
import { FilterPanel } from './filter-panel.tsx';
import { activeFilters, asksMore, type FilterValues, filterRows, findCulprit, readFilters } from './filters.ts';
import { ModelCards } from './model-cards.tsx';
import { ModelTable } from './model-table.tsx';
import { type ModelRow, makeRows, sortRows } from './rows.ts';
import { type RowActions, useRowKeys } from './use-row-keys.ts';
import { useWish } from './use-wish.ts';

const ModelScatter = lazy(() => import('./model-scatter.tsx'));
const ModelPeek = lazy(() => import('./model-peek.tsx'));

const PICKS_MAX = 4;
/** Rows of the first paint and of each step after it. */
const FIRST_ROWS = 40;
const MORE_ROWS = 80;

export interface ModelBrowserProps {
  readonly list: ModelList;
  readonly stats: ModelStats | undefined;
  /** Or only the newest, while the rest is on its way. */
  readonly isWhole: boolean;
}

/** The list of models with its filters and views. All of its state stands in the address. */
export function ModelBrowser({ list, stats, isWhole }: ModelBrowserProps) {
  const [search, change] = useUrlState();
  const rows = useMemo(() => makeRows(list, stats), [list, stats]);
  useWish(search, change, isWhole ? rows : undefined);
  const { text, setText, type, values } = useTypedFilters(search, change);
  const sort = search.get('sort') ?? '-released';
  const shown = useMemo(() => sortRows(filterRows(rows, values), sort), [rows, values, sort]);
  const picks = useMemo(() => (search.get('pick') ?? '').split(',').filter((id) => id !== ''), [search]);
  const [isPanelOpen, setPanelOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const actions = useRowActions(picks, change);
  useRowKeys(box, actions);
  const pick = useCallback((id: string) => actions.current.pick(id), [actions]);
  const setFilters = (changed: FilterValues) => {
    if ('q' in changed) setText(changed.q ?? '');
    change(Object.fromEntries(Object.entries(changed).map(([name, value]) => [name, value ?? ''])));
  };
  const peeked = search.get('peek');
  const total = isWhole ? shown.length : list.total;
  return (
    <>
      <h1 className="sr-only">Models</h1>
      <BrowserBar
        {...{ text, type, values, setFilters, search, change, total, isPanelOpen, setPanelOpen }}
        of={list.total}
      />
      <div className="mt-4 gap-8 lg:grid lg:grid-cols-[13.5rem_minmax(0,1fr)]">
        <aside
          id="model-filters"
          aria-label="Filters"
          className={`${isPanelOpen ? 'max-lg:mb-6 max-lg:block' : 'max-lg:hidden'} lg:sticky lg:top-16 lg:max-h-[calc(100dvh-5rem)] lg:-ml-1 lg:scroll-pb-16 lg:overflow-y-auto lg:pr-2 lg:pb-16 lg:pl-1`}
        >
          <FilterPanel rows={rows} values={values} change={setFilters} />
        </aside>
        <div ref={box} className="min-w-0">
          {!isWhole && asksMore(search, values) ? (
            <Loading what="all models" height="h-[40rem]" />
          ) : shown.length === 0 ? (
            <NoMatch rows={rows} values={values} setFilters={setFilters} />
          ) : (
            <Views {...{ shown, sort, search, change, picks, pick }} asOf={stats?.meta.to} />
          )}
        </div>
      </div>
      <CompareTray rows={rows} picks={picks} drop={pick} />
      {peeked && (
        <Suspense>
          <ModelPeek id={peeked} close={() => change({ peek: undefined })} />
        </Suspense>
      )}
    </>
  );
}

type Change = ReturnType<typeof useUrlState>[1];
/** So long a typed text waits before it stands in the address: the address costs a turn of the whole page. */
const TYPED_MS = 250;

/** The text filters with each keystroke; the address follows. */
function useTypedFilters(search: URLSearchParams, change: Change) {
  const inAddress = search.get('q') ?? '';
  const [text, put] = useState(inAddress);
  const written = useRef(inAddress);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const setText = useCallback((next: string) => {
    clearTimeout(timer.current);
    put(next);
  }, []);
  useEffect(() => {
    // Somebody else changed the address: Back, a chip, a link.
    if (inAddress !== written.current) setText(inAddress);
    written.current = inAddress;
  }, [inAddress, setText]);
  const type = (next: string) => {
    setText(next);
    const { pathname } = window.location;
    timer.current = setTimeout(() => {
      // Who has left in the meantime has the address of another page.
      if (window.location.pathname !== pathname) return;
      written.current = next.trim();
      change({ q: next.trim() });
    }, TYPED_MS);
  };
  const typed = useDeferredValue(text).trim();
  const values = useMemo(() => ({ ...readFilters(search), q: typed || undefined }), [search, typed]);
  return { text, setText, type, values };
}

function useRowActions(picks: readonly string[], change: Change) {
  const router = useRouter();
  const actions = useRef<RowActions>(undefined as unknown as RowActions);
  actions.current = {
    peek: (peek) => change({ peek }, 'push'),
    pick: (id) => {
      const without = picks.filter((one) => one !== id);
      const next = without.length < picks.length ? without : [...picks, id].slice(-PICKS_MAX);
      change({ pick: next.join(',') });
    },
    compare: () => {
      if (picks.length > 0) router.history.push(withBase(compareAddress(picks)));
    },
  };
  return actions;
}

interface ViewsProps {
  readonly shown: readonly ModelRow[];
  readonly sort: string;
  readonly search: URLSearchParams;
  readonly change: Change;
  readonly picks: readonly string[];
  readonly pick: (id: string) => void;
  readonly asOf: string | undefined;
}

function Views({ shown, sort, search, change, picks, pick, asOf }: ViewsProps) {
  const view = search.get('view');
  const columns = useMemo(() => readColumns(search), [search]);
  const { count, more, end } = useGrowing(shown);
  if (view === 'scatter') {
    return (
      <Suspense fallback={<Loading what="the chart" height="h-96" />}>
        <ModelScatter
          rows={shown}
          against={search.get('against') ?? 'context'}
          setAgainst={(against) => change({ against })}
          asOf={asOf}
        />
      </Suspense>
    );
  }
  const part = shown.slice(0, count);
  return (
    <>
      {view === 'cards' ? (
        <ModelCards rows={part} />
      ) : (
        <ModelTable
          rows={part}
          columns={columns}
          caption="Models"
          sort={sort}
          setSort={(next) => change({ sort: next })}
          picked={picks}
          pick={pick}
          showsAll={search.has('cols')}
        />
      )}
      {count < shown.length && (
        <div ref={end} className="py-4 text-center">
          <Button onClick={more}>Show more of {counted(shown.length, 'model')}</Button>
        </div>
      )}
    </>
  );
}

/** Draws as many rows as were looked at; a changed list begins anew, so that a keystroke draws few. */
function useGrowing(shown: readonly ModelRow[]) {
  const [grown, setGrown] = useState({ of: shown, count: FIRST_ROWS });
  const count = grown.of === shown ? grown.count : FIRST_ROWS;
  const more = useCallback(() => setGrown({ of: shown, count: count + MORE_ROWS }), [shown, count]);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && more(), { rootMargin: '600px' });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [more]);
  return { count, more, end };
}

function NoMatch(props: {
  readonly rows: readonly ModelRow[];
  readonly values: FilterValues;
  readonly setFilters: (values: FilterValues) => void;
}) {
  const { rows, values, setFilters } = props;
  const culprit = findCulprit(rows, values);
  const dropAll = () => setFilters(Object.fromEntries(activeFilters(values).map(({ name }) => [name, ''])));
  return (
    <Empty title="No model fits all of it">
      {culprit && (
        <p>
          {culprit.left > 0 ? (
            <>
              Most of them fail on <b>{culprit.filter.tell(culprit.filter.value)}</b>: without it,{' '}
              {counted(culprit.left, 'model')} would be left.
            </>
          ) : (
            <>
              No single filter is the reason; <b>{culprit.filter.tell(culprit.filter.value)}</b> removes the most.
            </>
          )}
        </p>
      )}
      <p className="mt-3 flex flex-wrap justify-center gap-2">
        {culprit && (
          <Button kind="main" onClick={() => setFilters({ [culprit.filter.name]: '' })}>
            Drop “{culprit.filter.tell(culprit.filter.value).replaceAll(/[“”]/g, '')}”
          </Button>
        )}
        <Button onClick={dropAll}>Drop all filters</Button>
      </p>
    </Empty>
  );
}
