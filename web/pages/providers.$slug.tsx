import type { ListedProvider, ModelList, ProviderList } from '../../src/contract/model-list.ts';
import type { ModelStats, ProviderDetail } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { StackedDays } from '../charts/stacked-days.tsx';
import { UptimeBars } from '../charts/uptime-bars.tsx';
import { Tiles } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { ModelOffers } from '../exchange/model-offers.tsx';
import { barDays } from '../exchange/uptime-days.ts';
import { Section } from '../home/section.tsx';
import { Measured } from '../models/columns.tsx';
import { Link, OutsideLink } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { compact, duration, exact, percent, speed } from '../text/numbers.ts';
import type { Page, PageCall } from './page.ts';

const modelsOf = (slug: string) => `/api/x/models?provider=${encodeURIComponent(slug)}`;
const statsOf = (slug: string) => `/api/x/stats/providers/${encodeURIComponent(slug)}`;

function Provider({ params }: PageCall) {
  const slug = params.slug ?? '';
  const models = useApi<ModelList>(modelsOf(slug));
  const list = useApi<ProviderList>('/api/x/providers');
  const detail = useApi<ProviderDetail>(statsOf(slug));
  const stats = useApi<ModelStats>('/api/x/stats/models?window=7d');
  const facts = list.data?.data.find(({ id }) => id === slug);
  return (
    <Frame title={<bdi>{facts?.name ?? slug}</bdi>} note={facts && <Facts facts={facts} />}>
      <Answered query={detail} what="the statistics of this provider" height="h-80">
        {(data) => <Numbers data={data} slug={slug} />}
      </Answered>
      <Section title="Models">
        <Answered query={models} what="the models" height="h-80">
          {(data) =>
            data.total > 0 ? (
              <ModelOffers list={data} stats={stats.data} caption="Models of this provider" />
            ) : (
              <p className="text-soft">
                No model in the catalogue is offered by it. Engines appear with what they have loaded.
              </p>
            )
          }
        </Answered>
      </Section>
    </Frame>
  );
}

function Facts({ facts }: { readonly facts: ListedProvider }) {
  const links = [
    ['Privacy policy', facts.privacy_policy_url],
    ['Terms', facts.terms_of_service_url],
    ['Status page', facts.status_page_url],
  ] as const;
  return (
    <>
      <span className={facts.connected ? 'text-good' : ''}>
        {facts.connected
          ? 'Connected here.'
          : `Not connected: ${facts.environment_keys.join(' or ') || 'needs configuration'}.`}
      </span>{' '}
      {facts.trains_on_prompts === false && 'States that it does not train on prompts. '}
      {facts.trains_on_prompts === true && 'States that it may train on prompts. '}
      {facts.zero_data_retention === true && 'Keeps nothing of a request. '}
      {facts.headquarters && `Based in ${facts.headquarters}. `}
      {!facts.connected && (
        <>
          <Link to="/docs#providers" className="prose-link">
            How to connect
          </Link>{' '}
        </>
      )}
      {links.map(
        ([name, href]) =>
          href && (
            <span key={name} className="mr-3">
              <OutsideLink href={href}>{name}</OutsideLink>
            </span>
          ),
      )}
    </>
  );
}

function Numbers({ data, slug }: { readonly data: ProviderDetail; readonly slug: string }) {
  const apiPath = statsOf(slug);
  return (
    <>
      <Tiles
        tiles={[
          { name: 'Requests, 30 days', value: exact(data.requests) },
          { name: 'Tokens', value: compact(data.tokens), title: exact(data.tokens) },
          {
            name: 'First content p50',
            value: <Measured figure={data.first_content_ms} print={duration} />,
            note: `n = ${exact(data.first_content_ms.n)}`,
          },
          {
            name: 'Speed p50',
            value: <Measured figure={data.tokens_per_second} print={speed} />,
            note: `n = ${exact(data.tokens_per_second.n)}`,
          },
          { name: 'Share of spending', value: percent(data.spend_share, 1) },
          { name: 'Rate-limited, 24 h', value: exact(data.errors_24h.rate_limited) },
        ]}
      />
      <UptimeBars
        {...{ title: 'Uptime', level: 2, unit: 'percent', apiPath }}
        n={data.uptime.success + data.uptime.error}
        description="Attempts that succeeded, of those that succeeded or failed; rate limits and callers’ own errors are not counted."
        data={barDays(data.days)}
      />
      <StackedDays
        {...{ title: 'Tokens per day', level: 2, unit: 'tokens', apiPath }}
        n={data.requests}
        series={['prompt', 'completion']}
        data={data.tokens_by_day.map(({ date, prompt, completion }) => ({ date, values: [prompt, completion] }))}
      />
    </>
  );
}

const page: Page = {
  title: ({ params }) => params.slug ?? 'Provider',
  description: ({ params }) => `Models, prices and measured uptime of ${params.slug ?? 'a provider'}.`,
  preload: ({ params }) => [
    statsOf(params.slug ?? ''),
    modelsOf(params.slug ?? ''),
    '/api/x/providers',
    '/api/x/stats/models?window=7d',
  ],
  isAboutFirst: true,
  isPublic: true,
  Component: Provider,
};
export default page;
