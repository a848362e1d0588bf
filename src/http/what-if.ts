import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { meter } from '../billing/meter.ts';
import type { GenerationDetail } from '../contract/generation-log.ts';
import { type Histogram, sampleCount } from '../statistics/histogram.ts';
import { SAMPLES_MIN, sampled, samplePercentile } from '../statistics/sample-rules.ts';
import type { LatencySum } from '../statistics/statistics-store.ts';
import { DAY_MS, HOUR_MS, startOf } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { histogramIn, printFigure } from './print-figure.ts';
import type { RouteFacts } from './route-candidates.ts';

/** What each other eligible endpoint would have cost for the same tokens, exactly, and how fast it was at that time. */
export async function whatIf(
  exchange: Exchange,
  record: GenerationRecord,
  facts: RouteFacts,
): Promise<GenerationDetail['what_if']> {
  const tried = new Set(record.attempts.map(({ endpointId }) => endpointId));
  const others = (record.route?.steps ?? []).flatMap(({ endpointId }) => {
    const endpoint = facts.byId.get(endpointId);
    return endpoint && !tried.has(endpointId) ? [endpoint] : [];
  });
  if (others.length === 0) return [];
  const own = record.endpointId === undefined ? undefined : facts.byId.get(record.endpointId);
  const ownPico = own ? meter(own.price, record.usage, record.createdAtMs).listPico : record.charge.listPico;
  const speeds = await readSpeeds(
    exchange,
    others.map(({ id }) => id),
    record.createdAtMs,
  );
  return others.map(({ id, providerId, providerName, price }) => {
    const pico = meter(price, record.usage, record.createdAtMs).listPico;
    const firstContent = speeds(id, 'first-content');
    const speed = samplePercentile(speeds(id, 'throughput'), 'p50');
    const { completionTokens } = record.usage;
    const totalMs = speed.value === undefined ? undefined : Math.round((completionTokens * 1000) / speed.value);
    return {
      endpoint: id,
      provider: providerId,
      provider_name: providerName,
      cost: formatUsd(pico),
      cost_difference: formatUsd(pico - ownPico),
      first_content_ms: printFigure(samplePercentile(firstContent, 'p50')),
      total_ms: printFigure(sampled(totalMs, speed.n, SAMPLES_MIN.p50)),
    };
  });
}

type Metric = 'first-content' | 'throughput';

/** Of that hour, or of that day where the hour says too little. */
async function readSpeeds(
  exchange: Exchange,
  endpoint: readonly string[],
  atMs: number,
): Promise<(id: string, metric: Metric) => Histogram> {
  const read = (grain: 'hour' | 'day'): Promise<readonly LatencySum[]> => {
    const fromMs = startOf(grain, atMs);
    const toMs = fromMs + (grain === 'hour' ? HOUR_MS : DAY_MS);
    const query = { grain, fromMs, toMs, by: ['endpoint'], where: { endpoint }, demo: 'include' } as const;
    return exchange.statistics.sumLatencies(query, ['first-content', 'throughput']);
  };
  const [hour, day] = await Promise.all([read('hour'), read('day')]);
  const pick = (sums: readonly LatencySum[], id: string, metric: Metric) =>
    histogramIn(
      sums.filter((sum) => sum.endpoint === id),
      metric,
    );
  return (id, metric) => {
    const near = pick(hour, id, metric);
    if (sampleCount(near) >= SAMPLES_MIN.p50) return near;
    return pick(day, id, metric);
  };
}
