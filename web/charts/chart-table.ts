/** A chart as rows: what "view as table" shows and what CSV holds. Every chart has one; nothing is only a picture. */
export interface ChartTable {
  readonly columns: readonly ChartColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface ChartColumn {
  readonly name: string;
  /** Figures are right-aligned. */
  readonly isFigure?: boolean;
}

/** Undefined is unknown or too little data: an empty cell, not zero. */
export type Cell = string | number | undefined;

/** A spreadsheet takes text with one of these in front for a formula, and would run what a caller called its app. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;

/** RFC 4180 with line feeds of two characters. Text that would be a formula gets a quote mark in front; numbers stay numbers. */
export function toCsv({ columns, rows }: ChartTable): string {
  const lines = [columns.map(({ name }) => name), ...rows];
  return lines.map((line) => line.map(csvCell).join(',')).join('\r\n');
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
