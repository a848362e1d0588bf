import type { ListedProvider, ProviderList } from '../../src/contract/model-list.ts';
import { useApi } from '../api/use-api.ts';
import { PlainTable } from '../console/plain-table.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';

export const PROVIDERS = '/api/x/providers';

/** What the providers that are connected here say they do with prompts. */
export function ProviderPolicies() {
  const query = useApi<ProviderList>(PROVIDERS);
  return (
    <Answered query={query} what="the providers’ policies">
      {({ data }) => {
        const connected = data.filter((provider) => provider.connected);
        if (connected.length === 0) {
          return <Empty title="No provider is connected">A provider key connects one.</Empty>;
        }
        return (
          <PlainTable
            label="What connected providers do with prompts"
            rows={connected}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Provider',
                cell: ({ id, name }) => (
                  <Link className="prose-link" to={`/providers/${id}`}>
                    <bdi>{name}</bdi>
                  </Link>
                ),
              },
              { name: 'Trains on prompts', cell: (provider) => trains(provider) },
              { name: 'Keeps prompts', cell: (provider) => keeps(provider) },
              {
                name: 'Policy',
                cell: ({ privacy_policy_url: url }) =>
                  url === null ? (
                    <span className="text-soft">no address known</span>
                  ) : (
                    <a className="prose-link" href={url} rel="noreferrer noopener" target="_blank">
                      its words
                    </a>
                  ),
              },
            ]}
          />
        );
      }}
    </Answered>
  );
}

function trains({ kind, trains_on_prompts: trains }: ListedProvider) {
  if (kind !== 'hosted') return 'no: it runs here';
  if (trains === null) return <span className="text-soft">unknown, or not the same everywhere</span>;
  return trains ? <span className="text-warn">may</span> : 'states that it does not';
}

function keeps({ kind, zero_data_retention: zero }: ListedProvider) {
  if (kind !== 'hosted') return 'no: it runs here';
  if (zero === null) return <span className="text-soft">unknown, or not the same everywhere</span>;
  return zero ? 'states that it does not' : <span className="text-warn">for a while</span>;
}
