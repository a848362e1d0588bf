import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { GenerationRow } from '../../src/contract/generation-log.ts';
import { HEAD_CELL, HEAD_NUMBER } from '../console/block.tsx';
import { Link } from '../parts/link.tsx';
import { useKeys } from '../shell/shortcuts.ts';
import { exactTime, moment } from '../text/dates.ts';
import { COLUMNS } from './columns.tsx';

const ROW_PX = 37;
/** So many rows before the end the next page is asked for. */
const AHEAD = 20;

export interface LogTableProps {
  readonly rows: readonly GenerationRow[];
  readonly hasMore: boolean;
  more(): void;
  peek(id: string): void;
}

/** Only the rows in sight are in the document. `j` and `k` walk, Space looks into one, Enter opens it. */
export function LogTable({ rows, hasMore, more, peek }: LogTableProps) {
  const frame = useRef<HTMLElement>(null);
  const [chosen, setChosen] = useState<string>();
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => rows[index]!.id,
  });
  const shown = list.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= rows.length - AHEAD) more();
  }, [hasMore, lastShown, rows.length, more]);

  const walk = useRef((_step: number) => {});
  walk.current = (step) => {
    const at = rows.findIndex(({ id }) => id === chosen);
    const next = Math.min(rows.length - 1, Math.max(0, at === -1 ? 0 : at + step));
    const row = rows[next];
    if (!row) return;
    setChosen(row.id);
    list.scrollToIndex(next);
    // The row is in the document only after the list has drawn it.
    requestAnimationFrame(() => document.getElementById(`row-${row.id}`)?.focus({ preventScroll: true }));
  };
  useKeys(useMemo(() => ({ j: () => walk.current(1), k: () => walk.current(-1) }), []));
  const press = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).id.replace(/^row-/, '');
    if (event.key !== ' ' || !rows.some((row) => row.id === id)) return;
    event.preventDefault();
    peek(id);
  };
  const latestPeek = useRef(peek);
  latestPeek.current = peek;
  const look = useCallback((id: string) => latestPeek.current(id), []);
  const before = shown[0]?.start ?? 0;
  const after = list.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <section
      ref={frame}
      aria-label="Generations"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
      tabIndex={0}
      onKeyDown={press}
      className="relative h-[max(24rem,calc(100dvh-15rem))] overflow-auto rounded-md border border-line bg-surface"
    >
      <table
        className="w-max min-w-full table-fixed border-separate border-spacing-0 text-sm"
        aria-rowcount={rows.length + 1}
      >
        <caption className="sr-only">Generations, newest first</caption>
        <thead>
          <tr aria-rowindex={1}>
            <th
              scope="col"
              aria-sort="descending"
              className={`${HEAD_CELL} w-44 sticky top-0 z-10 border-b border-line bg-surface`}
            >
              Time
            </th>
            {COLUMNS.map(({ name, isNumber, width }) => (
              <th
                key={name}
                scope="col"
                className={`${isNumber ? HEAD_NUMBER : HEAD_CELL} ${width} sticky top-0 z-10 border-b border-line bg-surface`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={before} />
          {shown.map(({ index }) => (
            <LogRow
              key={rows[index]!.id}
              row={rows[index]!}
              index={index}
              isChosen={rows[index]!.id === chosen}
              peek={look}
            />
          ))}
          <Spacer height={after} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that are not drawn. */
function Spacer({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return (
    <tr>
      <td colSpan={COLUMNS.length + 1} style={{ height, padding: 0 }} />
    </tr>
  );
}

/** Drawn once: scrolling moves the list past it. */
const LogRow = memo(function LogRow(props: {
  readonly row: GenerationRow;
  readonly index: number;
  readonly isChosen: boolean;
  peek(id: string): void;
}) {
  const { row, index, isChosen, peek } = props;
  return (
    <tr
      aria-rowindex={index + 2}
      className={`h-[37px] hover:bg-raised ${isChosen ? 'bg-accent-wash' : ''}`}
      onDoubleClick={() => peek(row.id)}
    >
      <th scope="row" className="border-b border-line px-3 text-left font-normal whitespace-nowrap">
        <Link
          id={`row-${row.id}`}
          to={`/generations/${row.id}`}
          className="figures inline-block py-1.5 underline decoration-line-strong hover:decoration-accent"
        >
          <time dateTime={row.created_at} title={exactTime(row.created_at)}>
            {moment(row.created_at)}
          </time>
        </Link>
        {row.is_demo && <span className="ml-1.5 text-xs text-soft">demo</span>}
      </th>
      {COLUMNS.map(({ name, isNumber, cell, title }) => (
        <td
          key={name}
          title={title?.(row)}
          className={`truncate border-b border-line px-3 ${isNumber ? 'figures text-right' : ''}`}
        >
          <bdi>{cell(row)}</bdi>
        </td>
      ))}
    </tr>
  );
});
