import { memo } from 'react';
import { ScrollBox } from '../parts/scroll-box.tsx';
import type { ModelColumn } from './columns.tsx';
import type { ModelRow } from './rows.ts';

export interface ModelTableProps {
  readonly rows: readonly ModelRow[];
  readonly columns: readonly ModelColumn[];
  readonly caption: string;
  readonly sort: string;
  readonly setSort: (sort: string) => void;
  /** Ids of the rows that are chosen for comparing; left out, nothing can be. */
  readonly picked?: readonly string[];
  readonly pick?: (id: string) => void;
  /** All columns on narrow screens as well, scrolled sideways: they were chosen, or there is nowhere to choose them. */
  readonly showsAll?: boolean;
}

/** Rows as a table; below 48 rem only the deciding columns, unless it shows all. */
export function ModelTable(props: ModelTableProps) {
  const { rows, columns, caption, sort, setSort, picked = [], pick, showsAll = false } = props;
  return (
    <ScrollBox label={caption}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-line-strong">
            {pick && (
              <th scope="col" className="w-8">
                <span className="sr-only">Compare</span>
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column.key} {...{ column, sort, setSort, showsAll }} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              {...{ row, columns, showsAll }}
              isPicked={picked.includes(row.id)}
              {...(pick && { pick })}
            />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

interface HeadingProps extends Pick<ModelTableProps, 'sort' | 'setSort'> {
  readonly column: ModelColumn;
  readonly showsAll: boolean;
}

function Heading({ column, sort, setSort, showsAll }: HeadingProps) {
  const { key, name, isFigure, isNarrow, isDownFirst, canSort = true } = column;
  const at = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : undefined;
  const next = at === undefined ? (isDownFirst ? `-${key}` : key) : at === 'ascending' ? `-${key}` : key;
  const look = `wrap-normal px-1 sm:px-2 py-1.5 align-bottom text-xs font-medium text-soft ${isFigure ? 'text-right' : 'text-left'} ${isNarrow || showsAll ? '' : 'max-md:hidden'}`;
  if (!canSort) {
    return (
      <th scope="col" className={look}>
        {name}
      </th>
    );
  }
  return (
    <th scope="col" aria-sort={at ?? 'none'} className={look}>
      <button
        type="button"
        onClick={() => setSort(next)}
        className={`relative inline-flex min-h-6 items-end hover:text-ink ${at ? 'font-semibold text-ink' : ''} ${isFigure ? 'text-right' : 'text-left'}`}
      >
        {name}
        {/* Beside the name, in no room of its own: the name stands above its column. */}
        <span
          aria-hidden="true"
          className={`absolute bottom-0 ${isFigure ? 'right-full pr-0.5' : 'left-full pl-0.5'} ${at ? '' : 'opacity-0'}`}
        >
          {at === 'descending' ? '↓' : '↑'}
        </span>
      </button>
    </th>
  );
}

interface RowProps {
  readonly row: ModelRow;
  readonly columns: readonly ModelColumn[];
  readonly isPicked: boolean;
  readonly showsAll: boolean;
  readonly pick?: (id: string) => void;
}

/** Drawn again only when something of the row changed: a keystroke in the filter moves most rows, and changes none. */
const Row = memo(function Row({ row, columns, isPicked, showsAll, pick }: RowProps) {
  return (
    <tr
      data-row={row.id}
      className={`border-b border-line focus-within:bg-raised hover:bg-raised ${isPicked ? 'bg-accent-wash' : ''}`}
    >
      {pick && (
        <td className="w-8 align-top md:pl-2">
          <label className="flex min-h-9 items-center">
            <input type="checkbox" className="size-4 accent-current" checked={isPicked} onChange={() => pick(row.id)} />
            <span className="sr-only">
              Compare <bdi>{row.name}</bdi>
            </span>
          </label>
        </td>
      )}
      {columns.map(({ key, cell, isFigure, isNarrow }) =>
        key === 'name' ? (
          <th
            key={key}
            scope="row"
            className="max-w-80 min-w-28 md:min-w-58 px-1 sm:px-2 py-1.5 text-left align-top font-normal"
          >
            {cell(row)}
          </th>
        ) : (
          <td
            key={key}
            className={`px-1 sm:px-2 py-1.5 align-top ${isFigure ? 'figures text-right whitespace-nowrap' : ''} ${isNarrow || showsAll ? '' : 'max-md:hidden'}`}
          >
            {cell(row)}
          </td>
        ),
      )}
    </tr>
  );
});
