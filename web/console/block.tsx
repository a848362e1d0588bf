import { type ReactNode, useId } from 'react';
import { ScrollBox } from '../parts/scroll-box.tsx';

/** A titled part of a console page. */
export function Block(props: {
  readonly title: string;
  readonly note?: ReactNode;
  /** At the right of the title: what can be done here. */
  readonly tools?: ReactNode;
  readonly children: ReactNode;
}) {
  const { title, note, tools, children } = props;
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-10 min-w-0">
      <div className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="min-w-0 flex-[1_1_18rem]">
          <h2 id={id} className="text-lg font-semibold">
            {title}
          </h2>
          {note && <p className="text-sm text-soft">{note}</p>}
        </div>
        {tools}
      </div>
      {children}
    </section>
  );
}

/** A wide table: on narrow screens it scrolls inside itself, by keys as well. Words stay whole; only one wider than its cell breaks. */
export function TableFrame({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <ScrollBox label={label} className="rounded-md border border-line wrap-break-word">
      {children}
    </ScrollBox>
  );
}

export const HEAD_CELL = 'px-3 py-2 text-left text-xs font-medium whitespace-nowrap text-soft';
export const HEAD_NUMBER = 'px-3 py-2 text-right text-xs font-medium whitespace-nowrap text-soft';
export const CELL = 'max-w-96 px-3 py-2';
/** Names at the beginning of a row: never broken within a word. */
export const ROW_NAME = 'max-w-96 px-3 py-2 text-left font-normal wrap-normal';
export const NUMBER = 'figures px-3 py-2 text-right whitespace-nowrap';

export interface Tile {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
  /** The exact figure, where the value is short. */
  readonly title?: string;
}

const ROW_TILES_MAX = 7;
const ONE_ROW = 'lg:grid-cols-[repeat(auto-fit,minmax(7.5rem,1fr))]';
const TWO_ROWS = 'lg:grid-cols-4';

/** Figures one reads first, side by side without boxes. */
export function Tiles({ tiles }: { readonly tiles: readonly Tile[] }) {
  return (
    <dl
      className={`grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 ${tiles.length > ROW_TILES_MAX ? TWO_ROWS : ONE_ROW}`}
    >
      {tiles.map(({ name, value, note, title }) => (
        <div key={name} className="min-w-0 border-l-2 border-line pl-3">
          <dt className="text-xs text-soft">{name}</dt>
          <dd className="figures text-lg font-semibold" title={title}>
            {value}
          </dd>
          {note && <dd className="text-xs text-soft">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
