import type { Rankings as RankingsAnswer } from '../../src/contract/rankings.ts';
import { useApi } from '../api/use-api.ts';
import { StackedDays } from '../charts/stacked-days.tsx';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Choices, Frame } from '../exchange/frame.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty, Sample } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { useWindowKeys } from '../shell/shortcuts.ts';
import { compact, exact, percent } from '../text/numbers.ts';
import type { Page } from './page.ts';

const WINDOWS = [
  ['1d', '1 day'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
] as const;
const BY = [
  ['model', 'Models'],
  ['author', 'Authors'],
  ['provider', 'Providers'],
  ['app', 'Apps'],
] as const;

function addressOf(search: URLSearchParams): string {
  const window = WINDOWS.find(([key]) => key === search.get('window'))?.[0] ?? '7d';
  const by = BY.find(([key]) => key === search.get('by'))?.[0] ?? 'model';
  return `/api/x/rankings?window=${window}&by=${by}`;
}

function Rankings() {
  const [search, change] = useUrlState();
  const path = addressOf(search);
  const query = useApi<RankingsAnswer>(path, { keepsLast: true });
  const asked = new URLSearchParams(path.split('?')[1]);
  useWindowKeys(WINDOWS, asked.get('window')!, (window) => change({ window }));
  return (
    <Frame
      title="Rankings"
      note="What is used on this installation, by tokens. Nothing leaves it, and nothing comes from elsewhere."
    >
      <div className="flex flex-wrap gap-3">
        <Choices label="Rank" value={asked.get('by')!} options={BY} choose={(by) => change({ by })} />
        <Choices label="Time" value={asked.get('window')!} options={WINDOWS} choose={(window) => change({ window })} />
      </div>
      <Answered query={query} what="the rankings" height="h-[40rem]">
        {(data) => <Ranked answer={data} path={path} />}
      </Answered>
    </Frame>
  );
}

/** As many series as one can tell apart; the rest is one. */
const SERIES_MAX = 7;

function Ranked({ answer, path }: { readonly answer: RankingsAnswer; readonly path: string }) {
  const { data, dates, by, meta } = answer;
  const requests = data.reduce((sum, row) => sum + row.requests, 0);
  if (data.length === 0) {
    return (
      <Empty title="Nothing to rank yet">
        Rankings fill with requests: two models that were asked are enough.{' '}
        {by === 'app' && 'Apps appear when they name themselves with the header X-Title or HTTP-Referer. '}
        <Link to="/docs#first-request" className="prose-link">
          Send the first
        </Link>{' '}
        or run <code className="font-mono text-xs">npx trunkline demo</code> for a few minutes of demonstration.
      </Empty>
    );
  }
  const leading = data.slice(0, SERIES_MAX);
  const rest = data.slice(SERIES_MAX);
  const series = [...leading.map(({ name }) => name), ...(rest.length > 0 ? ['everything else'] : [])];
  const days = dates.map((date, at) => ({
    date,
    values: [
      ...leading.map((row) => row.tokens_by_day[at] ?? 0),
      ...(rest.length > 0 ? [rest.reduce((sum, row) => sum + (row.tokens_by_day[at] ?? 0), 0)] : []),
    ],
  }));
  return (
    <>
      <StackedDays
        {...{ title: 'Tokens per day', level: 2, unit: 'tokens', size: 'large', n: requests, series, apiPath: path }}
        asOf={meta.to}
        data={days}
        source={meta.includes_demo ? 'this installation, demonstration included' : 'this installation'}
      />
      <div>
        <RankTable answer={answer} />
        <Sample n={requests} />
      </div>
    </>
  );
}

function linkOf(by: RankingsAnswer['by'], id: string): string | undefined {
  if (id === 'other' || id === '') return undefined;
  return { model: `/${id}`, author: `/${id}`, provider: `/providers/${id}`, app: `/apps/${id}` }[by];
}

function RankTable({ answer: { data, by } }: { readonly answer: RankingsAnswer }) {
  return (
    <TableFrame label="Ranking">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">Ranking by tokens</caption>
        <thead>
          <tr className="border-b border-line-strong">
            <th scope="col" className={HEAD_NUMBER}>
              Rank
            </th>
            <th scope="col" className={HEAD_CELL}>
              Name
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Tokens
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Share
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Requests
            </th>
            <th scope="col" className={HEAD_CELL}>
              Before
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map(({ rank, id, name, tokens, share, requests, movement, tokens_before }) => {
            const to = linkOf(by, id);
            return (
              <tr key={`${rank} ${id}`} className="border-b border-line last:border-b-0">
                <td data-name="Rank" className={NUMBER}>
                  {rank}
                </td>
                <th scope="row" className={ROW_NAME}>
                  {to ? (
                    <Link to={to} className="font-medium no-underline hover:underline">
                      <bdi>{name}</bdi>
                    </Link>
                  ) : (
                    <bdi>{name}</bdi>
                  )}
                </th>
                <td data-name="Tokens" className={NUMBER} title={exact(tokens)}>
                  {compact(tokens)}
                </td>
                <td data-name="Share" className={NUMBER}>
                  {percent(share, 1)}
                </td>
                <td data-name="Requests" className={NUMBER}>
                  {exact(requests)}
                </td>
                <td data-name="Before" className={CELL} title={`${exact(tokens_before)} tokens in the time before`}>
                  {tellMovement(movement)}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableFrame>
  );
}

function tellMovement(movement: number | null): string {
  if (movement === null) return 'new';
  if (movement === 0) return 'same place';
  return movement > 0 ? `↑ ${movement} up` : `↓ ${-movement} down`;
}

const page: Page = {
  title: () => 'Rankings',
  description: () => 'Models, authors, providers and apps by tokens on this installation.',
  preload: ({ search }) => [addressOf(search)],
  isPublic: true,
  Component: Rankings,
};
export default page;
