import type { TokenStats } from '../../src/contract/statistics.ts';
import { StackedDays } from '../charts/stacked-days.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { compact, forDrawing } from '../text/numbers.ts';
import { Choice } from './choice.tsx';

const VIEWS = [
  ['tokens', 'Tokens'],
  ['requests', 'Requests'],
  ['spend', 'Spend'],
  ['errors', 'Errors'],
] as const;
type View = (typeof VIEWS)[number][0];
type Day = TokenStats['data'][number];

/** Parts that do not overlap: cached is taken out of the prompt, reasoning out of the completion. */
const SPLITS: Readonly<
  Record<View, { readonly series: readonly string[]; values(day: Day): readonly number[]; readonly unit: string }>
> = {
  tokens: {
    series: ['Prompt', 'Cached prompt', 'Completion', 'Reasoning'],
    values: ({ prompt, cached, completion, reasoning }) => [prompt - cached, cached, completion - reasoning, reasoning],
    unit: 'tokens',
  },
  requests: {
    series: ['Answered', 'Failed'],
    values: ({ requests, errors }) => [requests - errors, errors],
    unit: 'requests',
  },
  spend: { series: ['Spend'], values: ({ spend }) => [forDrawing(spend)], unit: 'dollars' },
  errors: { series: ['Errors'], values: ({ errors }) => [errors], unit: 'errors' },
};

export function Activity({ stats, apiPath }: { readonly stats: TokenStats; readonly apiPath: string }) {
  const [search, change] = useUrlState();
  const view = VIEWS.find(([id]) => id === search.get('activity'))?.[0] ?? 'tokens';
  const { series, values, unit } = SPLITS[view];
  const n = stats.data.reduce((all, { requests }) => all + requests, 0);
  return (
    <>
      <Choice
        name="What to count"
        options={VIEWS}
        chosen={view}
        choose={(activity) => change({ activity: activity === 'tokens' ? undefined : activity })}
      />
      <div className="mt-4">
        <StackedDays
          title={`${VIEWS.find(([id]) => id === view)![1]} per day`}
          unit={unit}
          series={series}
          data={stats.data.map((day) => ({ date: day.date, values: values(day) }))}
          n={n}
          source={`this installation${stats.meta.includes_demo ? ', with demonstration traffic' : ''}`}
          asOf={stats.meta.to}
          apiPath={apiPath}
          anchor="activity"
          size="large"
          description="UTC days; weekends shaded, today dashed since it is not over."
          {...(view === 'spend' && { format: (value: number) => `$${compact(value)}` })}
        />
      </div>
    </>
  );
}
