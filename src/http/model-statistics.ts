import { formatUsd } from '../base/money.ts';
import {
  type ModelStats,
  modelStatsQuery,
  type Timeseries,
  type TokenStats,
  timeseriesQuery,
  tokenStatsQuery,
  type UptimeStats,
  uptimeStatsQuery,
} from '../contract/statistics.ts';
import { histogramOf, sampleCount } from '../statistics/histogram.ts';
import type { LatencyMetric } from '../statistics/rollup.ts';
import { sampleUptime } from '../statistics/sample-rules.ts';
import type { Sample, UsageSum } from '../statistics/statistics-store.ts';
import { DAY_MS, dateOf, HOUR_MS } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import {
  attemptCounts,
  histogramIn,
  instantOf,
  printCounts,
  printFigure,
  printP50,
  printPercentiles,
  printUptimeDays,
  tokensOf,
  total,
  usageCounts,
} from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { shareAnswer } from './share-answer.ts';
import { daysIn, daysWindow, hoursWindow, metaOf, modelIdOf, type StatisticsWindow } from './statistics-window.ts';

export const modelStatisticsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/stats/models', audience: 'public', answer: shared(showModels) },
  { method: 'GET', path: '/api/x/stats/timeseries', audience: 'public', answer: shared(showTimeseries) },
  { method: 'GET', path: '/api/x/stats/tokens', audience: 'public', answer: shared(showTokens) },
  { method: 'GET', path: '/api/x/stats/uptime', audience: 'public', answer: shared(showUptime) },
];

/** Answers one question for all who ask it within a second. */
export function shared(answer: (call: RouteCall) => Promise<unknown>): Route['answer'] {
  return (call) => {
    const { pathname, search } = new URL(call.request.url);
    return shareAnswer(call.exchange, pathname + search, () => answer(call));
  };
}

async function showModels({ query, exchange }: RouteCall): Promise<ModelStats> {
  const { window, demo } = readQuery(query, modelStatsQuery);
  const nowMs = exchange.clock.nowMs();
  const range = window === '1d' ? hoursWindow(24, nowMs, demo) : daysWindow(window === '7d' ? 7 : 30, nowMs, demo);
  const [meta, usage, latencies] = await Promise.all([
    metaOf(exchange, range),
    exchange.statistics.sumUsage({ ...range, by: ['model', 'start'] }),
    exchange.statistics.sumLatencies({ ...range, by: ['model'] }, ['first-content', 'throughput']),
  ]);
  const measured = Map.groupBy(latencies, ({ model }) => model);
  const days = daysIn(range);
  const data = [...Map.groupBy(usage, ({ model }) => model)]
    .filter(([model]) => model !== '')
    .map(([model, sums]) => {
      const { success, error } = usageCounts(sums);
      const own = measured.get(model) ?? [];
      return {
        model,
        requests: total(sums, ({ requests }) => requests),
        tokens: total(sums, tokensOf),
        prompt_tokens: total(sums, ({ promptTokens }) => promptTokens),
        completion_tokens: total(sums, ({ completionTokens }) => completionTokens),
        sparkline: printSparkline(days, sums),
        first_content_ms: printP50(histogramIn(own, 'first-content')),
        tokens_per_second: printP50(histogramIn(own, 'throughput')),
        uptime: printFigure(sampleUptime(success, error)),
      };
    })
    .sort((a, b) => b.tokens - a.tokens || b.requests - a.requests || (a.model < b.model ? -1 : 1));
  return { meta, data };
}

function printSparkline(days: readonly number[], sums: readonly UsageSum[]): { date: string; tokens: number }[] {
  const byDate = Map.groupBy(sums, ({ startMs }) => dateOf(startMs));
  return days.map(dateOf).map((date) => ({ date, tokens: total(byDate.get(date) ?? [], tokensOf) }));
}

const METRICS: Readonly<Record<string, LatencyMetric>> = {
  'first-content': 'first-content',
  throughput: 'throughput',
  'end-to-end': 'end-to-end',
};
const SAMPLES_MAX = 20_000;
/** Rollups begin at an hour: the last one is read from the generations themselves. */
const SHORT_BUCKET_MS = 300_000;

async function showTimeseries({ query, exchange }: RouteCall): Promise<Timeseries> {
  const wanted = readQuery(query, timeseriesQuery);
  const model = modelIdOf(exchange, wanted.model);
  const nowMs = exchange.clock.nowMs();
  const unit = wanted.metric === 'throughput' ? 'tokens/s' : 'ms';
  if (wanted.window === '1h') return { ...(await showLastHour(exchange, { ...wanted, model })), unit };
  const { demo } = wanted;
  const window = {
    '24h': () => hoursWindow(24, nowMs, demo),
    '7d': () => hoursWindow(7 * 24, nowMs, demo),
    '30d': () => daysWindow(30, nowMs, demo),
  }[wanted.window]();
  const where = { model: [model], ...(wanted.endpoint !== undefined && { endpoint: [wanted.endpoint] }) };
  const [meta, sums] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumLatencies({ ...window, by: ['endpoint', 'provider', 'start'], where }, [
      METRICS[wanted.metric]!,
    ]),
  ]);
  const data = [...Map.groupBy(sums, ({ endpoint }) => endpoint)].map(([endpoint, own]) => ({
    endpoint,
    provider: own[0]!.provider,
    points: own
      .toSorted((a, b) => a.startMs - b.startMs)
      .map(({ startMs, histogram }) => ({
        at: instantOf(startMs),
        ...printPercentiles(histogram),
        n: sampleCount(histogram),
      })),
  }));
  return { meta, unit, bucket_ms: window.grain === 'hour' ? HOUR_MS : DAY_MS, truncated: false, data };
}

async function showLastHour(
  exchange: Exchange,
  wanted: {
    readonly model: string;
    readonly endpoint?: string | undefined;
    readonly metric: string;
    readonly demo?: StatisticsWindow['demo'] | undefined;
  },
): Promise<Omit<Timeseries, 'unit'>> {
  const toMs = (Math.floor(exchange.clock.nowMs() / SHORT_BUCKET_MS) + 1) * SHORT_BUCKET_MS;
  const window: StatisticsWindow = { grain: 'hour', fromMs: toMs - HOUR_MS, toMs, demo: wanted.demo ?? 'include' };
  const { endpoint, model } = wanted;
  const question = { model, fromMs: window.fromMs, demo: window.demo, limit: SAMPLES_MAX };
  const [meta, samples] = await Promise.all([
    metaOf(exchange, window, 'minute'),
    exchange.statistics.recentSamples(endpoint === undefined ? question : { ...question, endpoint }),
  ]);
  const data = [...Map.groupBy(samples, ({ endpointId }) => endpointId)].map(([id, own]) => {
    const buckets = Map.groupBy(own, ({ atMs }) => Math.floor(atMs / SHORT_BUCKET_MS) * SHORT_BUCKET_MS);
    const points = [...buckets].flatMap(([startMs, inside]) => {
      const values = inside.flatMap((sample) => measure(sample, wanted.metric) ?? []);
      return values.length === 0
        ? []
        : [{ at: instantOf(startMs), ...printPercentiles(histogramOf(values)), n: values.length }];
    });
    return { endpoint: id, provider: own[0]!.providerId, points: points.sort((a, b) => (a.at < b.at ? -1 : 1)) };
  });
  return { meta, bucket_ms: SHORT_BUCKET_MS, truncated: samples.length === SAMPLES_MAX, data };
}

function measure(sample: Sample, metric: string): number | undefined {
  if (metric === 'first-content') return sample.latencyMs;
  if (metric === 'end-to-end') return sample.generationMs;
  const { generationMs, completionTokens } = sample;
  return generationMs && completionTokens > 0 ? (completionTokens * 1000) / generationMs : undefined;
}

async function showTokens({ query, exchange }: RouteCall): Promise<TokenStats> {
  const { model, days, demo } = readQuery(query, tokenStatsQuery);
  const window = daysWindow(days, exchange.clock.nowMs(), demo);
  const where = model === undefined ? {} : { where: { model: [modelIdOf(exchange, model)] } };
  const [meta, sums] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: ['start'], ...where }),
  ]);
  return { meta, data: printTokenDays(daysIn(window), sums) };
}

/** One entry for each day, also for those without any. */
export function printTokenDays(days: readonly number[], sums: readonly UsageSum[]): TokenStats['data'] {
  const byDay = new Map(sums.map((sum) => [sum.startMs, sum]));
  return days.map((startMs) => {
    const sum = byDay.get(startMs);
    return {
      date: dateOf(startMs),
      prompt: sum?.promptTokens ?? 0,
      completion: sum?.completionTokens ?? 0,
      reasoning: sum?.reasoningTokens ?? 0,
      cached: sum?.cachedTokens ?? 0,
      requests: sum?.requests ?? 0,
      errors: (sum?.errors ?? 0) + (sum?.rateLimited ?? 0),
      spend: formatUsd(sum?.chargedPico ?? 0n),
    };
  });
}

async function showUptime({ query, exchange }: RouteCall): Promise<UptimeStats> {
  const { model, days, demo } = readQuery(query, uptimeStatsQuery);
  const window = daysWindow(days, exchange.clock.nowMs(), demo);
  const where = { model: [modelIdOf(exchange, model)] };
  const [meta, usage, attempts] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: ['start'], where }),
    exchange.statistics.sumAttempts({ ...window, by: ['provider', 'start'], where }),
  ]);
  const list = daysIn(window);
  const names = new Map(exchange.providers().map(({ id, name }) => [id, name]));
  const providers = [...Map.groupBy(attempts, ({ provider }) => provider)].map(([provider, sums]) => ({
    provider,
    name: names.get(provider) ?? provider,
    total: printCounts(attemptCounts(sums)),
    days: printUptimeDays(list, sums, attemptCounts),
  }));
  return {
    meta,
    after_fallback: { total: printCounts(usageCounts(usage)), days: printUptimeDays(list, usage, usageCounts) },
    providers: providers.sort((a, b) => b.total.uptime.n - a.total.uptime.n || (a.provider < b.provider ? -1 : 1)),
  };
}
