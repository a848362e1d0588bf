import type { Terminal } from './cli-tools.ts';

export interface Column<Row> {
  readonly title: string;
  cell(row: Row): string;
  readonly align?: 'right';
  /** Columns that may be cut first when the table is too wide. */
  readonly shrinks?: boolean;
}

export const TABLE_WIDTH = 100;
const GAP = '  ';
const CELL_WIDTH_MIN = 6;

/** Lines of at most 100 columns. Cells are outside data: what could steer a terminal is taken out. */
export function layTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], terminal: Terminal): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = fitWidths(
    columns,
    columns.map((column, i) => Math.max(column.title.length, ...cells.map((line) => countCharacters(line[i]!)))),
  );
  const lay = (line: readonly string[]) =>
    line
      .map((cell, i) => pad(cut(cell, widths[i]!), widths[i]!, columns[i]!.align))
      .join(GAP)
      .trimEnd();
  const title = lay(columns.map((column) => column.title));
  return `${[hasColour(terminal) ? `\u001b[1m${title}\u001b[22m` : title, ...cells.map(lay)].join('\n')}\n`;
}

export function hasColour(terminal: Terminal): boolean {
  return terminal.isTty && !terminal.noColor;
}

/** Without control characters, and without those that turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
}

/** The same for a text whose own line ends stay. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

export function printJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Cuts the widest column, those that may shrink before others, until the line fits. */
function fitWidths<Row>(columns: readonly Column<Row>[], natural: readonly number[]): readonly number[] {
  const widths = [...natural];
  const excess = () => widths.reduce((sum, width) => sum + width, (widths.length - 1) * GAP.length) - TABLE_WIDTH;
  for (const mayShrink of [(i: number) => columns[i]!.shrinks === true, () => true]) {
    while (excess() > 0) {
      const wide = widths.map((_, i) => i).filter((i) => mayShrink(i) && widths[i]! > CELL_WIDTH_MIN);
      if (wide.length === 0) break;
      const widest = wide.reduce((a, b) => (widths[b]! > widths[a]! ? b : a));
      widths[widest]!--;
    }
  }
  return widths;
}

function countCharacters(text: string): number {
  return [...text].length;
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function pad(text: string, width: number, align: 'right' | undefined): string {
  const space = ' '.repeat(Math.max(0, width - countCharacters(text)));
  return align === 'right' ? space + text : text + space;
}
