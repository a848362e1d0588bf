import type { ReactNode } from 'react';
import type { Figure } from '../../src/contract/figure.ts';
import { Sparkline } from '../charts/sparkline.tsx';
import { Link } from '../parts/link.tsx';
import { TooLittle } from '../parts/states.tsx';
import { isolate } from '../text/clean-text.ts';
import { day, exactTime } from '../text/dates.ts';
import { compact, counted, duration, exact, pricePerMillion, speed, UNKNOWN } from '../text/numbers.ts';
import type { ModelRow } from './rows.ts';

export interface ModelColumn {
  /** Its name in the address; a sort of the same name stands behind the heading. */
  readonly key: string;
  readonly name: string;
  /** The heading where there is little room. */
  readonly short?: string;
  readonly isFigure?: boolean;
  /** Shown on narrow screens as well: the deciding ones. */
  readonly isNarrow?: boolean;
  readonly isUsual: boolean;
  /** The first click sorts by the largest. */
  readonly isDownFirst?: boolean;
  readonly canSort?: boolean;
  readonly cell: (row: ModelRow) => ReactNode;
}

export const MODEL_COLUMNS: readonly ModelColumn[] = [
  { key: 'name', name: 'Model', isNarrow: true, isUsual: true, cell: (row) => <ModelName row={row} /> },
  { key: 'author', name: 'Author', isUsual: false, cell: ({ author }) => <bdi>{author}</bdi> },
  {
    ...{ key: 'in', name: 'In $/M', isFigure: true, isNarrow: true, isUsual: true },
    cell: ({ price }) => pricePerMillion(price.prompt),
  },
  {
    ...{ key: 'out', name: 'Out $/M', isFigure: true, isNarrow: true, isUsual: true },
    cell: ({ price }) => pricePerMillion(price.completion),
  },
  {
    ...{ key: 'cache', name: 'Cache read $/M', isFigure: true, isUsual: false },
    cell: ({ price }) => pricePerMillion(price.cache_read),
  },
  {
    ...{ key: 'context', name: 'Context', isFigure: true, isNarrow: true, isUsual: true, isDownFirst: true },
    cell: ({ context }) => <span title={`${exact(context)} tokens`}>{compact(context)}</span>,
  },
  {
    ...{ key: 'maxout', name: 'Max out', isFigure: true, isUsual: false, isDownFirst: true },
    cell: ({ output_max }) => <span title={`${exact(output_max)} tokens`}>{compact(output_max)}</span>,
  },
  {
    ...{ key: 'modalities', name: 'Takes', isUsual: true, canSort: false },
    // Two words on a line: a row is then no higher for it.
    cell: (row) => (
      <span className="block min-w-17">
        <Modalities row={row} />
      </span>
    ),
  },
  {
    ...{ key: 'providers', name: 'Providers', isFigure: true, isUsual: true, isDownFirst: true },
    cell: ({ providerNames }) => <span title={providerNames.map(isolate).join(', ')}>{providerNames.length}</span>,
  },
  {
    ...{ key: 'latency', name: 'First content p50', isFigure: true, isUsual: true },
    cell: ({ stats }) => <Measured figure={stats?.first_content_ms} print={duration} />,
  },
  {
    ...{ key: 'speed', name: 'Speed p50', isFigure: true, isUsual: true, isDownFirst: true },
    cell: ({ stats }) => <Measured figure={stats?.tokens_per_second} print={speed} />,
  },
  {
    ...{ key: 'uptime', name: 'Uptime 7 d', isFigure: true, isUsual: false, isDownFirst: true },
    cell: ({ stats }) => <Measured figure={stats?.uptime} print={(value) => `${value.toFixed(2)} %`} />,
  },
  {
    ...{ key: 'tokens', name: 'Tokens 7 d', isFigure: true, isUsual: true, isDownFirst: true },
    cell: ({ stats }) => <Traffic stats={stats} />,
  },
  {
    ...{ key: 'quant', name: 'Precision', isUsual: false, canSort: false },
    cell: ({ quantizations }) => <span className="text-xs">{quantizations.join(', ') || UNKNOWN}</span>,
  },
  {
    ...{ key: 'released', name: 'Released', isFigure: true, isUsual: true, isDownFirst: true },
    cell: ({ created }) => <span title={exactTime(created * 1000)}>{day(created * 1000)}</span>,
  },
  {
    ...{ key: 'cutoff', name: 'Knowledge until', isFigure: true, isUsual: false, isDownFirst: true },
    cell: ({ knowledge_cutoff }) => knowledge_cutoff ?? UNKNOWN,
  },
];

export function readColumns(search: URLSearchParams): readonly ModelColumn[] {
  const wanted = search.get('cols')?.split(',');
  return MODEL_COLUMNS.filter(({ key, isUsual }) => key === 'name' || (wanted ? wanted.includes(key) : isUsual));
}

function ModelName({ row }: { readonly row: ModelRow }) {
  return (
    <span className="block min-w-0">
      <Link to={`/${row.id}`} data-main="" className="font-medium no-underline hover:underline">
        <bdi>{row.name}</bdi>
      </Link>
      {row.connected && (
        <span className="ml-1.5 rounded-sm bg-good-wash px-1 py-px align-[1px] text-[0.6875rem] whitespace-nowrap text-good">
          usable
        </span>
      )}
      <span className="block font-mono text-xs text-soft">
        <bdi>{row.id}</bdi>
      </span>
    </span>
  );
}

const SHORT: Readonly<Record<string, string>> = {
  text: 'text',
  image: 'image',
  file: 'file',
  audio: 'audio',
  video: 'video',
};

/** In words, not in pictures: `text, image → image` where it gives more than text. */
export function Modalities({ row }: { readonly row: ModelRow }) {
  const given = row.output.filter((one) => one !== 'text');
  return (
    <span className="text-xs/snug wrap-normal">
      {row.input.map((one) => SHORT[one] ?? one).join(' ')}
      {given.length > 0 && ` → ${given.join(' ')}`}
    </span>
  );
}

/** A figure with its sample in the title; a dash that says what is missing below the samples it needs. */
export function Measured(props: { readonly figure: Figure | undefined; readonly print: (value: number) => string }) {
  const { figure, print } = props;
  if (!figure) return <TooLittle n={0} needed={20} />;
  if (figure.value === null) return <TooLittle n={figure.n} needed={figure.needed} />;
  return <span title={`n = ${counted(figure.n, 'request')}`}>{print(figure.value)}</span>;
}

function Traffic({ stats }: Pick<ModelRow, 'stats'>) {
  if (!stats || stats.tokens === 0) return <span className="text-soft">0</span>;
  const label = `${exact(stats.tokens)} tokens in 7 days, ${compact(stats.sparkline.at(-1)?.tokens)} today`;
  return (
    <span
      className="inline-flex items-center gap-2"
      title={`${exact(stats.tokens)} tokens in ${counted(stats.requests, 'request')}`}
    >
      <Sparkline data={stats.sparkline.map(({ tokens }) => tokens)} label={label} />
      {compact(stats.tokens)}
    </span>
  );
}
