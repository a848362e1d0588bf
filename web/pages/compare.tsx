import type { ReactNode } from 'react';
import type { ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { TableFrame } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { Measured } from '../models/columns.tsx';
import { type ModelRow, makeRows } from '../models/rows.ts';
import { IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { isolate } from '../text/clean-text.ts';
import { day } from '../text/dates.ts';
import { compact, duration, exact, pricePerMillion, speed } from '../text/numbers.ts';
import type { Page } from './page.ts';

const STATS = '/api/x/stats/models?window=7d';
const MODELS_MAX = 4;
const PROVIDERS_NAMED_MAX = 6;

function chosen(search: URLSearchParams): readonly string[] {
  return [...new Set(search.getAll('m'))].filter((id) => id !== '').slice(0, MODELS_MAX);
}

function addressOf(ids: readonly string[]): string {
  return `/api/x/models?ids=${encodeURIComponent(ids.join(','))}`;
}

function Compare() {
  const [search, change] = useUrlState();
  const ids = chosen(search);
  const query = useApi<ModelList>(addressOf(ids), { enabled: ids.length > 0, keepsLast: true });
  const stats = useApi<ModelStats>(STATS);
  const all = useApi<ModelList>('/api/x/models');
  return (
    <Frame title="Compare" note="Up to four models side by side. Rows in which they differ are marked.">
      {ids.length < MODELS_MAX && (
        <label className="block max-w-md text-sm">
          <span className="mb-1 block font-medium">Add a model</span>
          <select
            value=""
            onChange={(event) => event.target.value !== '' && change({ m: [...ids, event.target.value] })}
            className="min-h-9 w-full rounded-md border border-line-strong bg-surface px-2.5 pointer-coarse:min-h-11"
          >
            <option value="">choose…</option>
            {all.data?.data
              .filter(({ id }) => !ids.includes(id))
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </select>
        </label>
      )}
      {ids.length === 0 ? (
        <Empty title="No model is chosen">
          Choose above, or mark rows of{' '}
          <Link to="/models" className="prose-link">
            the list
          </Link>{' '}
          with <kbd>x</kbd> and press <kbd>c</kbd>.
        </Empty>
      ) : (
        <Answered query={query} what="the models" height="h-96">
          {(list) => (
            <SideBySide
              rows={ids.flatMap((id) => makeRows(list, stats.data).find((row) => row.id === id) ?? [])}
              drop={(id) => change({ m: ids.filter((one) => one !== id) })}
            />
          )}
        </Answered>
      )}
    </Frame>
  );
}

interface Line {
  readonly name: string;
  readonly show: (row: ModelRow) => ReactNode;
  /** What is compared; the text unless given. */
  readonly value: (row: ModelRow) => string;
}

const plain = (name: string, value: (row: ModelRow) => string): Line => ({ name, show: value, value });
const yes = (is: boolean | null): string => (is === null ? 'not stated' : is ? 'yes' : 'no');
const ability = (name: string, parameter: string) =>
  plain(name, ({ parameterNames }) => yes(parameterNames.has(parameter)));

const GROUPS: readonly (readonly [string, readonly Line[]])[] = [
  [
    'Price, $ per million tokens',
    [
      plain('In', ({ price }) => pricePerMillion(price.prompt)),
      plain('Out', ({ price }) => pricePerMillion(price.completion)),
      plain('Cache read', ({ price }) => pricePerMillion(price.cache_read)),
    ],
  ],
  [
    'Limits',
    [plain('Context', ({ context }) => exact(context)), plain('Most out', ({ output_max }) => exact(output_max))],
  ],
  [
    'Abilities',
    [
      plain('Takes', ({ input }) => input.join(', ')),
      plain('Gives', ({ output }) => output.join(', ')),
      plain('Reasons', ({ reasoning }) => yes(reasoning)),
      ability('Tools', 'tools'),
      ability('Structured outputs', 'structured_outputs'),
      ability('Log probabilities', 'logprobs'),
      ability('Seed', 'seed'),
    ],
  ],
  [
    'Speed and reliability here, 7 days',
    [
      {
        name: 'First content p50',
        show: ({ stats }) => <Measured figure={stats?.first_content_ms} print={duration} />,
        value: ({ stats }) => String(stats?.first_content_ms.value ?? ''),
      },
      {
        name: 'Speed p50',
        show: ({ stats }) => <Measured figure={stats?.tokens_per_second} print={speed} />,
        value: ({ stats }) => String(stats?.tokens_per_second.value ?? ''),
      },
      {
        name: 'Uptime',
        show: ({ stats }) => <Measured figure={stats?.uptime} print={(value) => `${value.toFixed(2)} %`} />,
        value: ({ stats }) => String(stats?.uptime.value ?? ''),
      },
      plain('Tokens', ({ stats }) => compact(stats?.tokens ?? 0)),
    ],
  ],
  [
    'Offer and policy',
    [
      plain('Usable here', ({ connected }) => yes(connected)),
      plain('Providers', ({ providerNames }) => {
        const more = providerNames.length - PROVIDERS_NAMED_MAX;
        const named = providerNames.slice(0, PROVIDERS_NAMED_MAX).map(isolate).join(', ');
        return `${providerNames.length}: ${named}${more > 0 ? ` and ${more} more` : ''}`;
      }),
      plain('Precision stated', ({ quantizations }) => quantizations.join(', ') || 'none'),
      plain('Zero data retention somewhere', ({ zdr }) => yes(zdr)),
      plain('No training somewhere', ({ no_training }) => yes(no_training)),
      plain('Open weights', ({ open_weights }) => yes(open_weights)),
      plain('Released', ({ created }) => day(created * 1000)),
      plain('Knowledge until', ({ knowledge_cutoff }) => (knowledge_cutoff ? day(knowledge_cutoff) : 'not stated')),
    ],
  ],
];

/** Stays in sight while models are scrolled past it, and leaves them room on a phone. */
const ROW_LABEL = 'sticky left-0 z-10 px-3 text-left text-soft max-sm:max-w-26 max-sm:px-2';

function SideBySide({ rows, drop }: { readonly rows: readonly ModelRow[]; readonly drop: (id: string) => void }) {
  if (rows.length === 0) return <Empty title="None of these models is in the catalogue" />;
  return (
    <TableFrame label="Comparison">
      <table className="w-full text-sm">
        <caption className="sr-only">Models side by side</caption>
        <thead>
          <tr className="border-b border-line-strong align-top">
            <th scope="col" className={`${ROW_LABEL} bg-ground py-2 text-xs font-medium`}>
              Compared
            </th>
            {rows.map(({ id, name }) => (
              <th key={id} scope="col" className="min-w-40 px-3 py-2 text-left wrap-normal">
                <span className="flex items-start justify-between gap-1">
                  <Link to={`/${id}`} className="no-underline hover:underline">
                    <bdi>{name}</bdi>
                  </Link>
                  <IconButton className="-my-1.5" label={`Take ${name} out`} onClick={() => drop(id)}>
                    <Icon name="close" className="size-3" />
                  </IconButton>
                </span>
              </th>
            ))}
          </tr>
        </thead>
        {GROUPS.map(([title, lines]) => (
          <tbody key={title}>
            <tr>
              <th
                scope="rowgroup"
                colSpan={rows.length + 1}
                className="px-3 pt-5 pb-1 text-left font-semibold max-sm:px-2"
              >
                <span className="sticky left-3 max-sm:left-2">{title}</span>
              </th>
            </tr>
            {lines.map((line) => (
              <LineRow key={line.name} line={line} rows={rows} />
            ))}
          </tbody>
        ))}
      </table>
    </TableFrame>
  );
}

function LineRow({ line, rows }: { readonly line: Line; readonly rows: readonly ModelRow[] }) {
  const differs = new Set(rows.map(line.value)).size > 1;
  return (
    <tr className={`border-t border-line ${differs ? 'bg-accent-wash' : ''}`}>
      <th
        scope="row"
        className={`${ROW_LABEL} ${differs ? 'bg-accent-wash' : 'bg-ground'} py-1.5 font-normal wrap-normal max-sm:text-xs`}
      >
        {line.name}
        {differs && <span className="sr-only"> (they differ)</span>}
      </th>
      {rows.map((row) => (
        <td key={row.id} className={`figures px-3 py-1.5 ${differs ? 'font-medium' : ''}`}>
          {line.show(row)}
        </td>
      ))}
    </tr>
  );
}

const page: Page = {
  title: ({ search }) => (search.has('m') ? `Compare ${chosen(search).join(', ').slice(0, 100)}` : 'Compare'),
  description: () => 'Models side by side: price, limits, abilities, measured speed and policy.',
  preload: ({ search }) => [...(chosen(search).length > 0 ? [addressOf(chosen(search))] : []), STATS],
  isPublic: true,
  Component: Compare,
};
export default page;
