import { formatUsd } from '../base/money.ts';
import {
  demoQuery,
  type EndpointStats,
  endpointStatsQuery,
  type ProviderDetail,
  type ProviderStats,
} from '../contract/statistics.ts';
import { Failure } from '../generation/failure.ts';
import { addUsage, type LatencyMetric } from '../statistics/rollup.ts';
import type { AttemptSum, LatencySum, UsageSum } from '../statistics/statistics-store.ts';
import type { Exchange, ProviderFacts } from './exchange.ts';
import { printTokenDays, shared } from './model-statistics.ts';
import {
  attemptCounts,
  histogramIn,
  instantOf,
  printCounts,
  printErrors,
  printP50,
  printPercentiles,
  printPerMillion,
  printUptimeDays,
  tokensOf,
  total,
  totalPico,
} from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { daysIn, daysWindow, hoursWindow, metaOf, modelIdOf } from './statistics-window.ts';

export const endpointStatisticsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/stats/endpoints', audience: 'public', answer: shared(showEndpoints) },
  { method: 'GET', path: '/api/x/stats/providers', audience: 'public', answer: shared(showProviders) },
  { method: 'GET', path: '/api/x/stats/providers/:id{.+}', audience: 'public', answer: shared(showProvider) },
];

const DAYS = 30;
const MEASURED: readonly LatencyMetric[] = ['first-content', 'throughput', 'end-to-end'];

async function showEndpoints({ query, exchange }: RouteCall): Promise<EndpointStats> {
  const { model, demo } = readQuery(query, endpointStatsQuery);
  const window = daysWindow(DAYS, exchange.clock.nowMs(), demo);
  const where = { model: [modelIdOf(exchange, model)] };
  const [meta, usage, attempts, latencies] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: ['endpoint'], where }),
    exchange.statistics.sumAttempts({ ...window, by: ['endpoint', 'provider', 'start'], where }),
    exchange.statistics.sumLatencies({ ...window, by: ['endpoint'], where }, MEASURED),
  ]);
  const days = daysIn(window);
  const used = new Map(usage.map((sum) => [sum.endpoint, sum]));
  const measured = Map.groupBy(latencies, ({ endpoint }) => endpoint);
  const data = [...Map.groupBy(attempts, ({ endpoint }) => endpoint)]
    .map(([endpoint, sums]) => ({
      endpoint,
      provider: sums[0]!.provider,
      ...printEndpoint(days, { attempts: sums, usage: used.get(endpoint), latencies: measured.get(endpoint) ?? [] }),
    }))
    .sort((a, b) => b.attempts - a.attempts || (a.endpoint < b.endpoint ? -1 : 1));
  return { meta, data };
}

function printEndpoint(
  days: readonly number[],
  seen: {
    readonly attempts: readonly AttemptSum[];
    readonly usage: UsageSum | undefined;
    readonly latencies: readonly LatencySum[];
  },
): Omit<EndpointStats['data'][number], 'endpoint' | 'provider'> {
  const { attempts, usage, latencies } = seen;
  const tokens = usage ? tokensOf(usage) : 0;
  const charged = usage?.chargedPico ?? 0n;
  const prompt = usage?.promptTokens ?? 0;
  const starts = attempts.map(({ startMs }) => startMs);
  return {
    attempts: total(attempts, (sum) => sum.attempts),
    requests: usage?.requests ?? 0,
    tokens,
    first_content_ms: printPercentiles(histogramIn(latencies, 'first-content')),
    tokens_per_second: printPercentiles(histogramIn(latencies, 'throughput')),
    end_to_end_ms: printPercentiles(histogramIn(latencies, 'end-to-end')),
    uptime: printCounts(attemptCounts(attempts)),
    days: printUptimeDays(days, attempts, attemptCounts),
    errors: printErrors(attempts),
    effective_price: {
      per_million: printPerMillion(charged, tokens),
      list_per_million: printPerMillion((usage?.listPico ?? 0n) + (usage?.savedPico ?? 0n), tokens),
      charged: formatUsd(charged),
      n: tokens,
    },
    cached_share: { value: prompt > 0 ? usage!.cachedTokens / prompt : null, n: prompt },
    first_seen: starts.length > 0 ? instantOf(Math.min(...starts)) : null,
    last_seen: starts.length > 0 ? instantOf(Math.max(...starts)) : null,
  };
}

async function showProviders({ query, exchange }: RouteCall): Promise<ProviderStats> {
  const { demo } = readQuery(query, demoQuery);
  const nowMs = exchange.clock.nowMs();
  const window = daysWindow(DAYS, nowMs, demo);
  const [meta, usage, attempts, latencies, recent] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: ['provider'] }),
    exchange.statistics.sumAttempts({ ...window, by: ['provider'] }),
    exchange.statistics.sumLatencies({ ...window, by: ['provider'] }, ['first-content', 'throughput']),
    exchange.statistics.sumAttempts({ ...hoursWindow(24, nowMs, demo), by: ['provider'] }),
  ]);
  const spent = totalPico(usage, ({ chargedPico }) => chargedPico);
  const facts = new Map(exchange.providers().map((provider) => [provider.id, provider]));
  const called = attempts.map(({ provider }) => provider);
  const connected = [...facts.values()].filter((provider) => provider.connected).map(({ id }) => id);
  const data = [...new Set([...called, ...connected])].map((id) =>
    printProvider(id, facts.get(id), {
      attempts: attempts.filter(({ provider }) => provider === id),
      usage: usage.find(({ provider }) => provider === id),
      latencies: latencies.filter(({ provider }) => provider === id),
      recent: recent.filter(({ provider }) => provider === id),
      spent,
    }),
  );
  return {
    meta,
    data: data.sort((a, b) => b.requests - a.requests || b.attempts - a.attempts || (a.name < b.name ? -1 : 1)),
  };
}

interface ProviderSums {
  readonly attempts: readonly AttemptSum[];
  readonly usage: UsageSum | undefined;
  readonly latencies: readonly LatencySum[];
  readonly recent: readonly AttemptSum[];
  /** Of all providers together. */
  readonly spent: bigint;
}

function printProvider(
  id: string,
  facts: ProviderFacts | undefined,
  { attempts, usage, latencies, recent, spent }: ProviderSums,
): ProviderStats['data'][number] {
  const charged = usage?.chargedPico ?? 0n;
  return {
    provider: id,
    name: facts?.name ?? id,
    connected: facts?.connected ?? false,
    attempts: total(attempts, (sum) => sum.attempts),
    requests: usage?.requests ?? 0,
    tokens: usage ? tokensOf(usage) : 0,
    first_content_ms: printP50(histogramIn(latencies, 'first-content')),
    tokens_per_second: printP50(histogramIn(latencies, 'throughput')),
    uptime: printCounts(attemptCounts(attempts)),
    errors_24h: printErrors(recent),
    spend: formatUsd(charged),
    spend_share: spent > 0n ? Number((charged * 10_000n) / spent) / 10_000 : null,
  };
}

async function showProvider({ params, query, exchange }: RouteCall): Promise<ProviderDetail> {
  const { demo } = readQuery(query, demoQuery);
  const id = params.id ?? '';
  const nowMs = exchange.clock.nowMs();
  const window = daysWindow(DAYS, nowMs, demo);
  const where = { provider: [id] };
  const { statistics } = exchange;
  const [meta, usage, all, attempts, latencies, recent] = await Promise.all([
    metaOf(exchange, window),
    statistics.sumUsage({ ...window, by: ['start', 'model'], where }),
    statistics.sumUsage({ ...window, by: [] }),
    statistics.sumAttempts({ ...window, by: ['start', 'model'], where }),
    statistics.sumLatencies({ ...window, by: ['model'], where }, ['first-content', 'throughput']),
    statistics.sumAttempts({ ...hoursWindow(24, nowMs, demo), by: [], where }),
  ]);
  const facts = findProvider(exchange, id);
  if (!facts && attempts.length === 0) {
    throw new Failure('not-found', { message: 'There is no provider with this id' });
  }
  const days = daysIn(window);
  return {
    meta,
    ...printProvider(id, facts, {
      attempts,
      usage: joinUsage(usage)[0],
      latencies,
      recent,
      spent: totalPico(all, ({ chargedPico }) => chargedPico),
    }),
    days: printUptimeDays(days, attempts, attemptCounts),
    tokens_by_day: printTokenDays(
      days,
      joinUsage(usage, ({ startMs }) => startMs),
    ),
    models: [...Map.groupBy(attempts, ({ model }) => model)]
      .map(([model, sums]) => ({ model, ...printModelThere(model, sums, usage, latencies) }))
      .sort((a, b) => b.tokens - a.tokens || (a.model < b.model ? -1 : 1)),
  };
}

function printModelThere(
  model: string,
  attempts: readonly AttemptSum[],
  usage: readonly UsageSum[],
  latencies: readonly LatencySum[],
): Omit<ProviderDetail['models'][number], 'model'> {
  const own = usage.filter((sum) => sum.model === model);
  const measured = latencies.filter((sum) => sum.model === model);
  return {
    requests: total(own, ({ requests }) => requests),
    tokens: total(own, tokensOf),
    first_content_ms: printP50(histogramIn(measured, 'first-content')),
    tokens_per_second: printP50(histogramIn(measured, 'throughput')),
    uptime: printCounts(attemptCounts(attempts)),
  };
}

function findProvider(exchange: Exchange, id: string): ProviderFacts | undefined {
  return exchange.providers().find((provider) => provider.id === id);
}

/** Rows added up, all of them or those of one key. */
export function joinUsage(
  sums: readonly UsageSum[],
  keyOf: (sum: UsageSum) => unknown = () => undefined,
): readonly UsageSum[] {
  return [...Map.groupBy(sums, keyOf).values()].map((rows) => rows.slice(1).reduce(addUsage, rows[0]!));
}
