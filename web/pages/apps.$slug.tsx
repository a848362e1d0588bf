import type { AppDetail } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { StackedDays } from '../charts/stacked-days.tsx';
import { Tiles } from '../console/block.tsx';
import { Frame } from '../exchange/frame.tsx';
import { Section } from '../home/section.tsx';
import { Link, OutsideLink } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { MissingPage } from '../shell/broken-page.tsx';
import { day, exactTime } from '../text/dates.ts';
import { compact, counted, exact } from '../text/numbers.ts';
import type { Page, PageCall } from './page.ts';

const addressOf = (slug: string) => `/api/x/apps/${encodeURIComponent(slug)}?days=30`;

function App({ params }: PageCall) {
  const path = addressOf(params.slug ?? '');
  const query = useApi<AppDetail>(path);
  if (query.error?.status === 404) return <MissingPage />;
  const url = query.data?.url;
  return (
    <Frame
      title={<bdi>{query.data?.title ?? params.slug}</bdi>}
      note={url && <OutsideLink href={url}>{url}</OutsideLink>}
    >
      <Answered query={query} what="this app" height="h-96">
        {(app) => (
          <>
            <Tiles
              tiles={[
                { name: 'Tokens, 30 days', value: compact(app.tokens), title: exact(app.tokens) },
                { name: 'Requests', value: exact(app.requests) },
                { name: 'First seen', value: day(app.first_seen), title: exactTime(app.first_seen) },
                { name: 'Last seen', value: day(app.last_seen), title: exactTime(app.last_seen) },
              ]}
            />
            <StackedDays
              {...{ title: 'Tokens per day', level: 2, unit: 'tokens', n: app.requests, apiPath: path }}
              series={['tokens']}
              data={app.days.map(({ date, tokens }) => ({ date, values: [tokens] }))}
            />
            <Section title="Models it uses">
              <ol className="text-sm">
                {app.models.map(({ model, tokens, requests }) => (
                  <li key={model} className="flex flex-wrap gap-x-4 border-t border-line py-2 first:border-t-0">
                    <Link to={`/${model}`} className="min-w-0 flex-1 font-medium no-underline hover:underline">
                      <bdi>{model}</bdi>
                    </Link>
                    <span className="figures" title={exact(tokens)}>
                      {compact(tokens)} tokens
                    </span>
                    <span className="figures text-soft">{counted(requests, 'request')}</span>
                  </li>
                ))}
              </ol>
            </Section>
          </>
        )}
      </Answered>
    </Frame>
  );
}

const page: Page = {
  title: ({ params }) => params.slug ?? 'App',
  description: ({ params }) => `Which models ${params.slug ?? 'this app'} uses.`,
  preload: ({ params }) => [addressOf(params.slug ?? '')],
  isAboutFirst: true,
  isPublic: true,
  Component: App,
};
export default page;
