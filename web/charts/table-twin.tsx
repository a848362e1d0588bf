import { ScrollBox } from '../parts/scroll-box.tsx';
import { exact, UNKNOWN } from '../text/numbers.ts';
import type { Cell, ChartTable } from './chart-table.ts';

/** A chart's data in full, for reading. */
export function TableTwin({ caption, table }: { readonly caption: string; readonly table: ChartTable }) {
  return (
    <ScrollBox label={`Table: ${caption}`} className="max-h-full">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {table.columns.map(({ name, isFigure }) => (
              <th
                key={name}
                scope="col"
                className={`border-b border-line-strong px-2 py-1 ${isFigure ? 'text-right' : 'text-left'}`}
              >
                <bdi>{name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a snapshot have no other name, and keep their places
            <tr key={index} className="border-b border-line">
              {row.map((cell, place) => (
                <td
                  key={table.columns[place]?.name}
                  className={`px-2 py-1 ${table.columns[place]?.isFigure ? 'figures text-right' : 'max-w-72'}`}
                >
                  <bdi>{cellText(cell)}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function cellText(cell: Cell): string {
  if (cell === undefined) return UNKNOWN;
  return typeof cell === 'number' ? exact(cell) : cell;
}
