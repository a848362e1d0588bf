import type { CatalogueChanges, CatalogueSources, Disagreements } from '../../src/contract/catalogue-facts.ts';
import { useApi } from '../api/use-api.ts';
import { Block, Tiles } from '../console/block.tsx';
import { PlainTable } from '../console/plain-table.tsx';
import { Button } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { day, moment } from '../text/dates.ts';
import { dollars, exact } from '../text/numbers.ts';
import type { Page } from './page.ts';

const PAGE_ROWS = 50;
const SOURCES = '/api/x/catalogue/sources';
const CHANGES = '/api/x/catalogue/changes?limit=50';

function Catalogue() {
  const sources = useApi<CatalogueSources>(SOURCES);
  const changes = useApi<CatalogueChanges>(CHANGES);
  return (
    <>
      <h1 className="text-2xl font-semibold">Catalogue</h1>
      <p className="mt-1 max-w-prose text-soft">
        Where each fact came from, where sources differ, and what changed since this installation began to look.
      </p>
      <Answered query={sources} what="the sources">
        {(answer) => (
          <>
            <div className="mt-6">
              <Tiles
                tiles={[
                  { name: 'Models', value: exact(answer.models) },
                  { name: 'Endpoints', value: exact(answer.endpoints) },
                  { name: 'Newest source', value: day(answer.built_at) },
                  {
                    name: 'Version',
                    value: <span className="font-mono text-sm">{answer.version.slice(0, 12)}</span>,
                    title: answer.version,
                  },
                ]}
              />
            </div>
            <Block title="Sources">
              <PlainTable
                label="Sources"
                rows={answer.data}
                keyOf={({ source }) => source}
                columns={[
                  { name: 'Source', cell: ({ source }) => <bdi>{source}</bdi> },
                  { name: 'Read', cell: ({ seen_at }) => day(seen_at) },
                  { name: 'Prices', isNumber: true, cell: ({ prices }) => exact(prices) },
                  { name: 'Models', isNumber: true, cell: ({ models }) => exact(models) },
                  { name: 'Disagreements', isNumber: true, cell: ({ disagreements }) => exact(disagreements) },
                ]}
              />
            </Block>
          </>
        )}
      </Answered>
      <DisagreementList />
      <Block title="Last changes" note="Prices and offers that changed while this installation looked.">
        <Answered query={changes} what="the changes">
          {({ data }) =>
            data.length === 0 ? (
              <Empty title="Nothing changed yet">
                A refresh that brings another price, or a provider that is added to the configuration, is listed here.
              </Empty>
            ) : (
              <PlainTable
                label="Changes"
                rows={data}
                keyOf={({ at, endpoint, what }) => `${at} ${endpoint} ${what}`}
                columns={[
                  { name: 'Endpoint', cell: ({ endpoint }) => <bdi>{endpoint}</bdi> },
                  { name: 'What', cell: ({ what }) => what },
                  { name: 'Before, in and out', isNumber: true, cell: ({ before }) => printPrices(before) },
                  { name: 'After, in and out', isNumber: true, cell: ({ after }) => printPrices(after) },
                  { name: 'Source', cell: ({ source }) => <bdi>{source}</bdi> },
                  { name: 'When', cell: ({ at }) => moment(at) },
                ]}
              />
            )
          }
        </Answered>
      </Block>
    </>
  );
}

function printPrices(prices: CatalogueChanges['data'][number]['before']): string {
  return prices ? `${dollars(prices.prompt_per_million)} / ${dollars(prices.completion_per_million)}` : '—';
}

function DisagreementList() {
  const [search, change] = useUrlState();
  const offset = Math.max(0, Number(search.get('from') ?? 0) || 0);
  const query = useApi<Disagreements>(`/api/x/catalogue/disagreements?limit=${PAGE_ROWS}&offset=${offset}`, {
    keepsLast: true,
  });
  return (
    <Block
      title="Disagreements and assumptions"
      note="Fields on which sources say different things, or which none of them says. What is used is what bills; an entry in data/ or trunkline.toml wins over all sources."
    >
      <Answered query={query} what="the disagreements">
        {({ data, total }) =>
          total === 0 ? (
            <Empty title="All sources agree, and nothing is assumed" />
          ) : (
            <>
              <PlainTable
                label="Disagreements and assumptions"
                rows={data}
                keyOf={({ endpoint, field }) => `${endpoint} ${field}`}
                columns={[
                  {
                    name: 'Endpoint',
                    cell: ({ model, provider }) => (
                      <>
                        <Link className="prose-link" to={`/${model}`}>
                          <bdi>{model}</bdi>
                        </Link>
                        <bdi className="block text-xs text-soft">{provider}</bdi>
                      </>
                    ),
                  },
                  { name: 'Field', cell: ({ field }) => field },
                  { name: 'Used', cell: ({ used }) => <bdi className="figures">{used}</bdi> },
                  {
                    name: 'What each source says',
                    cell: ({ claims }) => (
                      <ul>
                        {claims.map(({ source, value, seen_at }) => (
                          <li key={`${source} ${value}`}>
                            <bdi className="figures">{value}</bdi>{' '}
                            <span className="text-soft">
                              <bdi>{source}</bdi>, {day(seen_at)}
                            </span>
                          </li>
                        ))}
                      </ul>
                    ),
                  },
                ]}
              />
              <div className="mt-3 flex items-center gap-3 text-sm">
                <Button
                  disabled={offset === 0}
                  onClick={() => change({ from: offset > PAGE_ROWS ? String(offset - PAGE_ROWS) : undefined }, 'push')}
                >
                  Before
                </Button>
                <Button
                  disabled={offset + PAGE_ROWS >= total}
                  onClick={() => change({ from: String(offset + PAGE_ROWS) }, 'push')}
                >
                  Next
                </Button>
                <span className="text-soft">
                  {exact(offset + 1)} to {exact(Math.min(offset + PAGE_ROWS, total))} of {exact(total)}
                </span>
              </div>
            </>
          )
        }
      </Answered>
    </Block>
  );
}

const page: Page = {
  title: () => 'Catalogue',
  needs: 'admin',
  isConsole: true,
  preload: () => [SOURCES, CHANGES],
  Component: Catalogue,
};
export default page;
