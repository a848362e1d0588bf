import type { ReactNode } from 'react';
import type { GenerationRow } from '../../src/contract/generation-log.ts';
import { compact, dollars, duration, exact, exactDollars } from '../text/numbers.ts';

export interface Column {
  readonly name: string;
  /** Class of its width: fixed, so that columns stand still while rows come and go. */
  readonly width: string;
  readonly isNumber?: true;
  cell(row: GenerationRow): ReactNode;
  /** The exact figure. */
  title?(row: GenerationRow): string;
}

const tokens = (name: string, of: (row: GenerationRow) => number): Column => ({
  name,
  width: 'w-20',
  isNumber: true,
  cell: (row) => (of(row) === 0 ? <span className="text-soft">0</span> : compact(of(row))),
  title: (row) => exact(of(row)),
});

/** All but the time, which is also the link. */
export const COLUMNS: readonly Column[] = [
  {
    name: 'Model',
    width: 'w-56',
    cell: (row) => row.model ?? row.requested_model,
    title: (row) => row.model ?? row.requested_model,
  },
  {
    name: 'Provider',
    width: 'w-32',
    cell: (row) => row.provider_name ?? '—',
    title: (row) => row.endpoint ?? 'none ran',
  },
  { name: 'Status', width: 'w-36', cell: (row) => <StatusMark row={row} />, title: (row) => row.failure ?? row.status },
  {
    name: 'Cost',
    width: 'w-24',
    isNumber: true,
    cell: (row) => dollars(row.cost),
    title: (row) => exactDollars(row.cost),
  },
  tokens('In', (row) => row.prompt_tokens),
  tokens('Out', (row) => row.completion_tokens),
  tokens('Cached', (row) => row.cached_tokens),
  tokens('Reasoning', (row) => row.reasoning_tokens),
  { name: 'First content', width: 'w-28', isNumber: true, cell: (row) => duration(row.first_content_ms) },
  {
    name: 'tok/s',
    width: 'w-16',
    isNumber: true,
    cell: (row) => (row.tokens_per_second === null ? '—' : compact(Math.round(row.tokens_per_second))),
  },
  { name: 'Finish', width: 'w-28', cell: (row) => row.finish_reason ?? '—' },
  {
    name: 'Tries',
    width: 'w-16',
    isNumber: true,
    cell: (row) => (row.attempts > 1 ? <span className="font-semibold text-warn">{row.attempts}</span> : row.attempts),
  },
  { name: 'App', width: 'w-40', cell: (row) => row.app?.title ?? '—', title: (row) => row.app?.slug ?? 'said no name' },
  {
    name: 'Key',
    width: 'w-36',
    cell: (row) => row.key_name ?? `${row.key.slice(0, 8)}…`,
    title: (row) => row.key_name ?? row.key,
  },
  { name: 'Session', width: 'w-36', cell: (row) => row.session ?? '—', title: (row) => row.session ?? 'none' },
];

const MARKS = {
  success: ['●', 'text-good'],
  error: ['✕', 'text-bad'],
  cancelled: ['◐', 'text-warn'],
} as const;

/** Shape, word and colour say the same. */
export function StatusMark({ row }: { readonly row: GenerationRow }) {
  const [mark, colour] = MARKS[row.status];
  return (
    <span className={colour}>
      <span aria-hidden="true">{mark}</span> {row.failure?.replace(/^provider-/, '') ?? row.status}
    </span>
  );
}
