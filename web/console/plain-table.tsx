import type { ReactNode } from 'react';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from './block.tsx';

export interface PlainColumn<Row> {
  readonly name: string;
  readonly isNumber?: boolean;
  cell(row: Row): ReactNode;
}

/** A table whose first column names the row. A column without a name holds what can be done. */
export function PlainTable<Row>(props: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly PlainColumn<Row>[];
  readonly keyOf: (row: Row) => string;
}) {
  const { label, rows, columns, keyOf } = props;
  return (
    <TableFrame label={label}>
      <table className="stacks w-full text-sm">
        <caption className="sr-only">{label}</caption>
        <thead className="border-b border-line">
          <tr>
            {columns.map(({ name, isNumber }) => (
              <th key={name} scope="col" className={isNumber ? HEAD_NUMBER : HEAD_CELL}>
                {name || <span className="sr-only">What can be done</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={keyOf(row)} className="align-top">
              {columns.map(({ name, isNumber, cell }, index) =>
                index === 0 ? (
                  <th key={name} scope="row" className={ROW_NAME}>
                    {cell(row)}
                  </th>
                ) : (
                  <td key={name} data-name={name} className={isNumber ? NUMBER : CELL}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}
