import type { Timeseries } from '../../src/contract/statistics.ts';
import { useApi } from '../api/use-api.ts';
import { PercentileBands } from '../charts/percentile-bands.tsx';
import { Answered } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { useWindowKeys } from '../shell/shortcuts.ts';
import { duration, speed } from '../text/numbers.ts';
import { Choice } from './choice.tsx';
import { modelQuery } from './model-facts.ts';

const WINDOWS = [
  ['1h', '1 hour'],
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['30d', '30 days'],
] as const;

const METRICS = [
  ['first-content', 'Time to first token'],
  ['throughput', 'Tokens per second'],
  ['end-to-end', 'End to end'],
] as const;
type Metric = (typeof METRICS)[number][0];

/** More lines than this tell nothing apart. */
const SERIES_MAX = 8;

export function Performance({ model }: { readonly model: string }) {
  const [search, change] = useUrlState();
  const window = WINDOWS.find(([id]) => id === search.get('window'))?.[0] ?? '24h';
  const choose = (id: string) => change({ window: id === '24h' ? undefined : id });
  useWindowKeys(WINDOWS, window, choose);
  return (
    <>
      <Choice name="Window" options={WINDOWS} chosen={window} choose={choose} />
      <div className="mt-4 grid grid-cols-1 gap-8 lg:grid-cols-2">
        {METRICS.map(([metric, title]) => (
          <Bands key={metric} {...{ model, metric, title, window }} />
        ))}
      </div>
    </>
  );
}

function Bands(props: {
  readonly model: string;
  readonly metric: Metric;
  readonly title: string;
  readonly window: string;
}) {
  const { model, metric, title, window } = props;
  const path = modelQuery('/api/x/stats/timeseries', model, `&metric=${metric}&window=${window}`);
  const query = useApi<Timeseries>(path, { keepsLast: true });
  return (
    <div className="min-h-88">
      <Answered query={query} what={title} height="h-88">
        {(answer) => (
          <PercentileBands
            title={title}
            description="Line: p50. Band: to p90. Circles: p99. A bucket shows them from 20, 50 and 500 samples on."
            unit={answer.unit}
            n={countOf(answer)}
            needed={20}
            sample="sample"
            source="this installation"
            asOf={answer.meta.to}
            apiPath={path}
            anchor="performance"
            isLowGood={metric !== 'throughput'}
            format={metric === 'throughput' ? speed : duration}
            data={answer.data.slice(0, SERIES_MAX).map(({ endpoint, points }) => ({
              name: endpoint.slice(endpoint.indexOf('|') + 1),
              points: points.map(({ at, n, p50, p90, p99 }) => ({
                at,
                n,
                p50: p50.value ?? undefined,
                p90: p90.value ?? undefined,
                p99: p99.value ?? undefined,
              })),
            }))}
          />
        )}
      </Answered>
    </div>
  );
}

function countOf({ data }: Timeseries): number {
  return data.reduce((all, { points }) => points.reduce((sum, { n }) => sum + n, all), 0);
}
