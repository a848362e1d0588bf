import type { ListedProvider, ProviderList } from '../../src/contract/model-list.ts';
import type { ProviderStats } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { Measured } from '../models/columns.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { duration, exact } from '../text/numbers.ts';
import type { Page } from './page.ts';

const PROVIDERS = '/api/x/providers';
const STATS = '/api/x/stats/providers';

function Providers() {
  const query = useApi<ProviderList>(PROVIDERS);
  const stats = useApi<ProviderStats>(STATS);
  const [search, change] = useUrlState();
  const text = search.get('q') ?? '';
  return (
    <Frame
      title="Providers"
      note="Who runs the models: hosted services, engines of your own machines, and what each says of your prompts."
    >
      <label className="block max-w-md">
        <span className="sr-only">Filter providers</span>
        <input
          type="search"
          data-search=""
          value={text}
          onChange={(event) => change({ q: event.target.value })}
          placeholder="Filter by name"
          className="min-h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-sm pointer-coarse:min-h-11"
        />
      </label>
      <Answered query={query} what="the providers" height="h-[40rem]">
        {({ data }) => <ProviderTable providers={data.filter((one) => fits(one, text))} stats={stats.data} />}
      </Answered>
    </Frame>
  );
}

function fits({ id, name }: ListedProvider, text: string): boolean {
  return `${id} ${name}`.toLowerCase().includes(text.trim().toLowerCase());
}

function ProviderTable(props: {
  readonly providers: readonly ListedProvider[];
  readonly stats: ProviderStats | undefined;
}) {
  const { providers, stats } = props;
  const measured = new Map(stats?.data.map((one) => [one.provider, one]));
  if (providers.length === 0) return <p className="text-soft">No provider has that name.</p>;
  return (
    <TableFrame label="Providers">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">Providers, connected ones first</caption>
        <thead>
          <tr className="border-b border-line-strong">
            <th scope="col" className={HEAD_CELL}>
              Provider
            </th>
            <th scope="col" className={HEAD_CELL}>
              Here
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Models
            </th>
            <th scope="col" className={HEAD_CELL}>
              Based in
            </th>
            <th scope="col" className={HEAD_CELL}>
              Trains on prompts
            </th>
            <th scope="col" className={HEAD_CELL}>
              Keeps nothing
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              First content p50
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Uptime 30 d
            </th>
            <th scope="col" className={HEAD_NUMBER}>
              Errors 24 h
            </th>
          </tr>
        </thead>
        <tbody>
          {providers.map((one) => (
            <ProviderRow key={one.id} provider={one} stats={measured.get(one.id)} />
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

function ProviderRow(props: {
  readonly provider: ListedProvider;
  readonly stats: ProviderStats['data'][number] | undefined;
}) {
  const { provider, stats } = props;
  const { id, name, connected, kind, environment_keys, models, headquarters } = provider;
  return (
    <tr className="border-b border-line last:border-b-0">
      <th scope="row" className={ROW_NAME}>
        <Link to={`/providers/${id}`} className="font-medium no-underline hover:underline">
          <bdi>{name}</bdi>
        </Link>
      </th>
      <td data-name="Here" className={CELL}>
        {connected ? (
          <span className="whitespace-nowrap text-good">
            <span aria-hidden="true">● </span>
            {kind === 'hosted' ? 'connected' : kind === 'local' ? 'engine here' : 'built in'}
          </span>
        ) : (
          <span className="text-soft">
            needs <code className="font-mono text-xs">{environment_keys[0] ?? 'configuration'}</code>
          </span>
        )}
      </td>
      <td data-name="Models" className={NUMBER}>
        {exact(models)}
      </td>
      <td data-name="Based in" data-unknown={headquarters === null} className={CELL}>
        {headquarters ?? '—'}
      </td>
      <td data-name="Trains on prompts" className={CELL}>
        {claim(provider.trains_on_prompts)}
      </td>
      <td data-name="Keeps nothing" className={CELL}>
        {claim(provider.zero_data_retention)}
      </td>
      <td data-name="First content p50" data-unknown={!stats} className={NUMBER}>
        <Measured figure={stats?.first_content_ms} print={duration} />
      </td>
      <td data-name="Uptime 30 d" data-unknown={!stats} className={NUMBER}>
        <Measured figure={stats?.uptime.uptime} print={(value) => `${value.toFixed(2)} %`} />
      </td>
      <td data-name="Errors 24 h" data-unknown={!stats} className={NUMBER}>
        {stats ? exact(Object.values(stats.errors_24h).reduce((sum, n) => sum + n, 0)) : '—'}
      </td>
    </tr>
  );
}

function claim(value: boolean | null): string {
  return value === null ? 'not stated' : value ? 'yes' : 'no';
}

const page: Page = {
  title: () => 'Providers',
  description: () => 'Providers of models: what they offer, what they say of prompts, and how they answered here.',
  preload: () => [PROVIDERS, STATS],
  isPublic: true,
  Component: Providers,
};
export default page;
