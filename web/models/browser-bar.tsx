import { useCallback, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { useEscape } from '../parts/use-escape.ts';
import type { useUrlState } from '../parts/use-url-state.ts';
import { counted, exact } from '../text/numbers.ts';
import { MODEL_COLUMNS, readColumns } from './columns.tsx';
import { activeFilters, type FilterValues } from './filters.ts';

export interface BrowserBarProps {
  readonly text: string;
  readonly type: (text: string) => void;
  readonly values: FilterValues;
  readonly setFilters: (values: FilterValues) => void;
  readonly search: URLSearchParams;
  readonly change: ReturnType<typeof useUrlState>[1];
  readonly total: number;
  readonly of: number;
  readonly isPanelOpen: boolean;
  readonly setPanelOpen: (isOpen: boolean) => void;
}

const SORT_NAMES: readonly (readonly [string, string])[] = [
  ['-released', 'Newest'],
  ['price', 'Cheapest'],
  ['-context', 'Longest context'],
  ['-tokens', 'Most used here'],
  ['-speed', 'Fastest here'],
  ['latency', 'First content soonest'],
  ['-providers', 'Most providers'],
  ['name', 'Name'],
];

/** Above the list: the text, what is filtered, how it is shown. */
export function BrowserBar(props: BrowserBarProps) {
  const { text, type, values, setFilters, total, of, isPanelOpen, setPanelOpen } = props;
  const active = activeFilters(values);
  return (
    <>
      <div className="relative flex flex-wrap items-center gap-2">
        <label className="relative min-w-48 flex-1">
          <span className="sr-only">Filter models by name</span>
          <Icon
            name="search"
            className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-soft"
          />
          <input
            type="search"
            data-search=""
            value={text}
            onChange={(event) => type(event.target.value)}
            placeholder="Filter by name or id"
            autoComplete="off"
            spellCheck={false}
            className="min-h-9 w-full rounded-md border border-line-strong bg-surface pr-3 pl-9 text-sm pointer-coarse:min-h-11"
          />
        </label>
        <Button
          className="lg:hidden"
          aria-expanded={isPanelOpen}
          aria-controls="model-filters"
          onClick={() => setPanelOpen(!isPanelOpen)}
        >
          <Icon name="filter" />
          Filters
        </Button>
        <Order {...props} />
        <ViewChoice {...props} />
        <ColumnChooser {...props} />
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-1.5 text-sm">
        <p className="figures mr-2 text-soft" role="status">
          {total === of ? counted(of, 'model') : `${exact(total)} of ${counted(of, 'model')}`}
        </p>
        {active.map(({ name, tell, value }) => (
          <button
            key={name}
            type="button"
            onClick={() => setFilters({ [name]: '' })}
            className="inline-flex min-h-6 max-w-full items-center gap-1 rounded-md bg-accent-wash px-2 text-xs hover:bg-raised pointer-coarse:min-h-9"
          >
            <span className="sr-only">Drop the filter</span>
            <bdi className="truncate">{tell(value)}</bdi>
            <Icon name="close" className="size-2.5" />
          </button>
        ))}
        {active.length > 1 && (
          <button
            type="button"
            className="prose-link min-h-6 text-xs"
            onClick={() => setFilters(Object.fromEntries(active.map(({ name }) => [name, ''])))}
          >
            drop all
          </button>
        )}
      </div>
    </>
  );
}

function Order({ search, change }: BrowserBarProps) {
  const sort = search.get('sort') ?? '-released';
  const isKnown = SORT_NAMES.some(([value]) => value === sort);
  return (
    <label>
      <span className="sr-only">Order</span>
      <select
        value={sort}
        onChange={(event) => change({ sort: event.target.value === '-released' ? undefined : event.target.value })}
        className="min-h-9 rounded-md border border-line-strong bg-surface px-2 text-sm pointer-coarse:min-h-11"
      >
        {!isKnown && <option value={sort}>By column</option>}
        {SORT_NAMES.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

const VIEWS = [
  ['', 'Table'],
  ['cards', 'Cards'],
  ['scatter', 'Scatter'],
] as const;

function ViewChoice({ search, change }: BrowserBarProps) {
  const view = search.get('view') ?? '';
  return (
    <fieldset className="segments inline-flex rounded-md border border-line-strong">
      <legend className="sr-only">View</legend>
      {VIEWS.map(([value, name]) => (
        <button
          key={name}
          type="button"
          aria-pressed={view === value}
          onClick={() => change({ view: value })}
          className={`min-h-9 px-2.5 text-sm pointer-coarse:min-h-11 ${view === value ? 'bg-ink text-ground' : 'bg-surface hover:bg-raised'}`}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

function ColumnChooser({ search, change }: BrowserBarProps) {
  const [isOpen, setOpen] = useState(false);
  useEscape(
    'model-columns',
    isOpen,
    useCallback(() => setOpen(false), []),
  );
  if ((search.get('view') ?? '') !== '') return null;
  const shown = readColumns(search).map(({ key }) => key);
  const usual = MODEL_COLUMNS.filter(({ isUsual }) => isUsual).map(({ key }) => key);
  const set = (keys: readonly string[]) => {
    const ordered = MODEL_COLUMNS.map(({ key }) => key).filter((key) => keys.includes(key));
    change({ cols: ordered.join() === usual.join() ? undefined : ordered.join(',') });
  };
  return (
    <details
      id="model-columns"
      data-popup=""
      className="md:relative"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex min-h-9 items-center rounded-md border border-line-strong bg-surface px-2.5 text-sm hover:bg-raised">
        Columns
      </summary>
      <div className="absolute right-0 z-20 mt-1 w-56 max-md:w-full rounded-md border border-line-strong bg-surface p-3 shadow-lg">
        {MODEL_COLUMNS.filter(({ key }) => key !== 'name').map(({ key, name }) => (
          <label key={key} className="flex min-h-7 items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="size-4 accent-current"
              checked={shown.includes(key)}
              onChange={(event) => set(event.target.checked ? [...shown, key] : shown.filter((one) => one !== key))}
            />
            {name}
          </label>
        ))}
        <button type="button" className="prose-link mt-2 text-sm" onClick={() => change({ cols: undefined })}>
          Usual columns
        </button>
      </div>
    </details>
  );
}
