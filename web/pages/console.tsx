import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Overview, Status } from '../../src/contract/overview.ts';
import { refresh, useApi } from '../api/use-api.ts';
import { useLive } from '../api/use-live.ts';
import { useBoot } from '../boot-context.tsx';
import { alertsOf, OverviewTiles, SpendDays, TopTable } from '../console/overview-parts.tsx';
import { FirstRequests } from '../log/first-requests.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { Answered } from '../parts/states.tsx';
import { counted } from '../text/numbers.ts';
import type { Page } from './page.ts';

const OVERVIEW = '/api/x/overview';
const STATUS = '/api/x/status';
/** Live traffic asks for the figures again at most so often. */
const AGAIN_MS = 15_000;

function ConsolePage() {
  const query = useApi<Overview>(OVERVIEW, { everyMs: 60_000 });
  const status = useApi<Status>(STATUS, { everyMs: 60_000 });
  const live = useLiveCount();
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-3">
        <h1 className="flex-1 text-2xl font-semibold wrap-normal">Overview</h1>
        <p className="figures w-full text-sm text-soft sm:w-auto">
          <Link className="prose-link" to="/generations">
            {live.count === 0 ? 'No new generation' : counted(live.count, 'new generation')} since you came
          </Link>
          {live.state !== 'live' && ` · ${live.state}`}
        </p>
      </div>
      <Answered query={query} what="the overview" height="h-96">
        {(overview) => <Inside overview={overview} status={status.data} />}
      </Answered>
    </>
  );
}

function Inside({ overview, status }: { readonly overview: Overview; readonly status: Status | undefined }) {
  const { address } = useBoot();
  const alerts = alertsOf(overview, status);
  const filtered = (field: string) => (id: string) => `/generations?q=${encodeURIComponent(`${field}:${id}`)}`;
  return (
    <>
      {alerts.length > 0 && (
        <ul className="mt-4 space-y-1 rounded-md bg-warn-wash px-4 py-3 text-sm" aria-label="Worth a look">
          {alerts.map(({ text, to }) => (
            <li key={text} className="flex items-start gap-2">
              <Icon name="warning" className="mt-0.5 size-4 text-warn" />
              <Link to={to}>
                <bdi>{text}</bdi>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <div className="mt-6">
        <OverviewTiles overview={overview} />
      </div>
      <div className="mt-10">
        {overview.requests === 0 ? <FirstRequests address={address} /> : <SpendDays overview={overview} />}
      </div>
      <div className="mt-10 grid gap-8 lg:grid-cols-2 2xl:grid-cols-3">
        <TopTable
          title="Models"
          rows={overview.top_models}
          linkOf={filtered('model')}
          empty="Fills with the first request."
        />
        <TopTable
          title="Keys"
          rows={overview.top_keys}
          linkOf={filtered('key')}
          empty="Fills with the first request."
        />
        <TopTable
          title="Apps"
          rows={overview.top_apps}
          linkOf={filtered('app')}
          empty="Fills with requests that name their app: HTTP-Referer or X-Title."
        />
      </div>
      <p className="mt-4 text-xs text-soft">
        This month, days in UTC, settled generations of this account
        {overview.meta.includes_demo && ', the demonstration among them'}.
      </p>
    </>
  );
}

/** How many were settled since the page was opened; the figures follow, though not with each. */
function useLiveCount() {
  const client = useQueryClient();
  const [count, setCount] = useState(0);
  const askedMs = useRef(0);
  const state = useLive(true, ({ name }) => {
    if (name !== 'generation') return;
    setCount((before) => before + 1);
    if (performance.now() - askedMs.current < AGAIN_MS) return;
    askedMs.current = performance.now();
    void refresh(client, [OVERVIEW]);
  });
  return { count, state };
}

const page: Page = {
  title: () => 'Overview',
  needs: 'viewer',
  isConsole: true,
  preload: () => [OVERVIEW, STATUS],
  Component: ConsolePage,
};
export default page;
