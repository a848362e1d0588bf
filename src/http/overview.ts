import { formatUsd } from '../base/money.ts';
import { type Overview, overviewQuery } from '../contract/overview.ts';
import { forecastMonth } from '../statistics/forecast.ts';
import { samplePercentile, sampleRate } from '../statistics/sample-rules.ts';
import type { UsageSum } from '../statistics/statistics-store.ts';
import { DAY_MS, dateOf, startOf } from '../statistics/windows.ts';
import { joinUsage } from './endpoint-statistics.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { histogramIn, printFigure, tokensOf, total, totalPico } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { daysIn, metaOf, type StatisticsWindow } from './statistics-window.ts';

export const overviewRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/overview', audience: 'caller', answer: showOverview },
];

const TOP = 5;

/** The caller's own account, this month in UTC. */
async function showOverview({ query, caller, exchange }: RouteCall): Promise<Response> {
  const { demo = 'include' } = readQuery(query, overviewQuery);
  const nowMs = exchange.clock.nowMs();
  const now = new Date(nowMs);
  const fromMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);
  const today = startOf('day', nowMs);
  const window: StatisticsWindow = { grain: 'day', fromMs, toMs: today + DAY_MS, demo };
  const accountId = caller!.key.accountId;
  const where = { account: [accountId] };
  const [meta, sums, latencies, balance] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: ['start', 'model', 'key', 'app'], where }),
    exchange.statistics.sumLatencies({ ...window, by: [], where }, ['caller-first-content']),
    exchange.ledger.balance(accountId),
  ]);
  const days = daysIn(window);
  const byDay = new Map(joinUsage(sums, ({ startMs }) => startMs).map((sum) => [sum.startMs, sum]));
  const spending = days.map((startMs) => byDay.get(startMs)?.chargedPico ?? 0n);
  // Days before the first request say nothing of what a day costs.
  const firstBusy = days.findIndex((startMs) => byDay.has(startMs));
  const idle = firstBusy < 0 ? days.length : firstBusy;
  const firstContent = histogramIn(latencies, 'caller-first-content');
  const daysOfMonth = (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - fromMs) / DAY_MS;
  const failed = total(sums, ({ errors, rateLimited }) => errors + rateLimited);
  const requests = total(sums, (sum) => sum.requests);
  const overview: Overview = {
    meta,
    spend: {
      today: formatUsd(spending.at(-1) ?? 0n),
      month: formatUsd(totalPico(sums, ({ chargedPico }) => chargedPico)),
      credit_left: balance.depositedPico > 0n ? formatUsd(balance.depositedPico - balance.spentPico) : null,
      forecast: printForecast(spending.slice(idle), daysOfMonth - idle),
      days: days.map((startMs, index) => ({ date: dateOf(startMs), spend: formatUsd(spending[index]!) })),
    },
    requests,
    requests_today: byDay.get(today)?.requests ?? 0,
    error_rate: printFigure(sampleRate(failed, requests)),
    cache_saving: formatUsd(totalPico(sums, ({ savedPico }) => savedPico)),
    first_content_ms: {
      p50: printFigure(samplePercentile(firstContent, 'p50')),
      p95: printFigure(samplePercentile(firstContent, 'p95')),
    },
    ...(await printTops(exchange, sums)),
  };
  return answerPrivate(overview);
}

function printForecast(spending: readonly bigint[], daysOfMonth: number): Overview['spend']['forecast'] {
  const forecast = forecastMonth(spending, daysOfMonth);
  if (!forecast) return null;
  const { lowPico, middlePico, highPico, days } = forecast;
  return { low: formatUsd(lowPico), middle: formatUsd(middlePico), high: formatUsd(highPico), days };
}

async function printTops(
  exchange: Exchange,
  sums: readonly UsageSum[],
): Promise<Pick<Overview, 'top_models' | 'top_keys' | 'top_apps'>> {
  const top = (read: (sum: UsageSum) => string) =>
    [...Map.groupBy(sums, read)]
      .filter(([id]) => id !== '')
      .map(([id, own]) => ({ id, sum: joinUsage(own)[0]! }))
      .sort((a, b) => compare(b.sum, a.sum) || (a.id < b.id ? -1 : 1))
      .slice(0, TOP);
  const print = (rows: ReturnType<typeof top>, nameOf: (id: string) => string | undefined) =>
    rows.map(({ id, sum }) => ({
      id,
      name: nameOf(id) ?? id,
      requests: sum.requests,
      tokens: tokensOf(sum),
      spend: formatUsd(sum.chargedPico),
    }));
  const topApps = top(({ app }) => app);
  const apps = await exchange.statistics.findApps(topApps.map(({ id }) => id));
  return {
    top_models: print(
      top(({ model }) => model),
      (id) => exchange.catalog().find(id)?.model.name,
    ),
    top_keys: print(
      top(({ key }) => key),
      (id) => exchange.directory.find(id)?.name,
    ),
    top_apps: print(topApps, (id) => apps.get(id)?.title),
  };
}

function compare(a: UsageSum, b: UsageSum): number {
  if (a.chargedPico !== b.chargedPico) return a.chargedPico < b.chargedPico ? -1 : 1;
  return tokensOf(a) - tokensOf(b) || a.requests - b.requests;
}
