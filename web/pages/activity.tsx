import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Activity, ActivityMeta } from '../../src/contract/overview.ts';
import { ActivityPicture, ActivityTable } from '../activity/activity-picture.tsx';
import { questionOf, readAsked, tellChange, VIEWS } from '../activity/activity-question.ts';
import { QueryBuilder } from '../activity/query-builder.tsx';
import { type ApiError, fetchApi } from '../api/fetch-api.ts';
import { useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { curlOf } from '../generation/replay-request.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { Answered, Empty } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import type { Page } from './page.ts';

const META = '/api/x/activity/meta';
const QUERY = '/api/x/activity/query';

function ActivityPage() {
  const meta = useApi<ActivityMeta>(META);
  return (
    <>
      <h1 className="text-2xl font-semibold">Activity</h1>
      <nav aria-label="Views" className="mt-2 mb-4 flex flex-wrap gap-x-4 gap-y-1.5 text-sm">
        {VIEWS.map(([name, query]) => (
          <Link key={name} className="prose-link pointer-coarse:py-2" to={`/activity?${query}`}>
            {name}
          </Link>
        ))}
      </nav>
      <Answered query={meta} what="what can be asked" height="h-96">
        {(answer) => <Answer meta={answer} />}
      </Answered>
    </>
  );
}

function Answer({ meta }: { readonly meta: ActivityMeta }) {
  const [search, change] = useUrlState();
  const { address } = useBoot();
  const asked = useMemo(() => readAsked(search, meta), [search, meta]);
  const question = useMemo(() => questionOf(asked, Date.now()), [asked]);
  const metric = meta.metrics.find(({ id }) => id === asked.metric)!;
  const query = useQuery<Activity, ApiError>({
    queryKey: [QUERY, question],
    queryFn: ({ signal }) => fetchApi<Activity>(QUERY, { method: 'POST', body: question, signal }),
    placeholderData: (last) => last,
  });
  return (
    <>
      <QueryBuilder asked={asked} meta={meta} change={change} />
      <div className="mt-6">
        <Answered query={query} what="activity" height="h-96">
          {(activity) =>
            activity.n === 0 ? (
              <Empty title="Nothing was recorded in this range">
                Every settled generation is counted here within a minute. Choose a longer range, take out a filter, or
                send a request: the{' '}
                <Link className="prose-link" to="/generations">
                  log
                </Link>{' '}
                has one to copy.
              </Empty>
            ) : activity.metric === metric.id ? (
              <>
                <ActivityPicture activity={activity} metric={metric} />
                {!metric.is_sum && tellChange(activity) && <p className="mt-3 text-sm">{tellChange(activity)}</p>}
                <ActivityTable activity={activity} metric={metric} />
              </>
            ) : (
              <div className="h-96" />
            )
          }
        </Answered>
      </div>
      <div className="mt-4">
        <CopyButton text={curlOf(address, QUERY, question)} label="Copy as curl" />
      </div>
    </>
  );
}

const page: Page = {
  title: () => 'Activity',
  needs: 'viewer',
  isConsole: true,
  preload: () => [META],
  Component: ActivityPage,
};
export default page;
