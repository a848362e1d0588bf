import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Column, layTable, TABLE_WIDTH } from './print-table.ts';

const columns: readonly Column<readonly string[]>[] = [
  { title: 'A', cell: (row) => row[0]! },
  { title: 'B', cell: (row) => row[1]!, shrinks: true },
  { title: 'C', cell: (row) => row[2]!, align: 'right' },
];
const plain = { isTty: false };

test('whatever the cells hold, a table stays one line per row and within 100 columns', () => {
  const row = fc.tuple(...columns.map(() => fc.string({ unit: 'binary', maxLength: 200 })));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const lines = layTable(columns, rows, plain).split('\n');
      expect(lines.length).toBe(rows.length + 2);
      for (const line of lines) expect([...line].length).toBeLessThanOrEqual(TABLE_WIDTH);
    }),
  );
});

test('the columns that may shrink are cut before any other', () => {
  const [, line] = layTable(columns, [['a'.repeat(40), 'b'.repeat(80), 'c'.repeat(30)]], plain).split('\n');
  expect(line).toBe(`${'a'.repeat(40)}  ${'b'.repeat(25)}…  ${'c'.repeat(30)}`);
});

test('the title line is bold on a terminal only', () => {
  expect(layTable(columns, [], { isTty: true })).toBe('\u001b[1mA  B  C\u001b[22m\n');
  expect(layTable(columns, [], { isTty: true, noColor: '1' })).toBe('A  B  C\n');
});
