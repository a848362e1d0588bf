import { z } from 'zod';
import { type AppDetail, type AppStats, type AppSummary, appStatsQuery } from '../contract/statistics.ts';
import { Failure } from '../generation/failure.ts';
import type { App } from '../statistics/app-slug.ts';
import type { UsageSum } from '../statistics/statistics-store.ts';
import { dateOf } from '../statistics/windows.ts';
import { shared } from './model-statistics.ts';
import { instantOf, tokensOf, total } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { daysIn, daysWindow, metaOf, modelIdOf, windowBefore } from './statistics-window.ts';

export const appStatisticsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/stats/apps', audience: 'public', answer: shared(showApps) },
  { method: 'GET', path: '/api/x/apps/:slug', audience: 'public', answer: shared(showApp) },
];

const APPS_MAX = 100;

/** Apps by tokens, most first: only those that named themselves. */
export function rankApps(sums: readonly UsageSum[]): readonly UsageSum[] {
  return sums
    .filter(({ app }) => app !== '')
    .toSorted((a, b) => tokensOf(b) - tokensOf(a) || b.requests - a.requests || (a.app < b.app ? -1 : 1));
}

export function printApp(slug: string, app: App | undefined): AppSummary {
  return { slug, title: app?.title ?? slug, url: app?.url ?? null, categories: [...(app?.categories ?? [])] };
}

async function showApps({ query, exchange }: RouteCall): Promise<AppStats> {
  const { model, days, demo } = readQuery(query, appStatsQuery);
  const window = daysWindow(days, exchange.clock.nowMs(), demo);
  const where = model === undefined ? {} : { where: { model: [modelIdOf(exchange, model)] } };
  const { statistics } = exchange;
  const [meta, sums, before] = await Promise.all([
    metaOf(exchange, window),
    statistics.sumUsage({ ...window, by: ['app'], ...where }),
    statistics.sumUsage({ ...windowBefore(window), by: ['app'], ...where }),
  ]);
  const ranked = rankApps(sums).slice(0, APPS_MAX);
  const apps = await statistics.findApps(ranked.map(({ app }) => app));
  const earlier = new Map(before.map((sum) => [sum.app, tokensOf(sum)]));
  return {
    meta,
    data: ranked.map((sum, index) => ({
      rank: index + 1,
      ...printApp(sum.app, apps.get(sum.app)),
      requests: sum.requests,
      tokens: tokensOf(sum),
      tokens_before: before.length === 0 ? null : (earlier.get(sum.app) ?? 0),
    })),
    unnamed_tokens: total(sums, (sum) => (sum.app === '' ? tokensOf(sum) : 0)),
  };
}

const appQuery = z.object({
  days: z.coerce.number().int().min(1).max(366).default(30),
  demo: z.enum(['include', 'exclude', 'only']).optional(),
});

async function showApp({ params, query, exchange }: RouteCall): Promise<AppDetail> {
  const slug = params.slug ?? '';
  const { days, demo } = readQuery(query, appQuery);
  const window = daysWindow(days, exchange.clock.nowMs(), demo);
  const { statistics } = exchange;
  const [meta, apps, sums] = await Promise.all([
    metaOf(exchange, window),
    statistics.findApps([slug]),
    statistics.sumUsage({ ...window, by: ['start', 'model'], where: { app: [slug] } }),
  ]);
  const app = apps.get(slug);
  if (!app) throw new Failure('not-found', { message: 'There is no app with this name' });
  const byDay = Map.groupBy(sums, ({ startMs }) => startMs);
  return {
    meta,
    ...printApp(slug, app),
    first_seen: instantOf(app.firstSeenMs),
    last_seen: instantOf(app.lastSeenMs),
    ...printAmounts(sums),
    days: daysIn(window).map((startMs) => ({ date: dateOf(startMs), ...printAmounts(byDay.get(startMs) ?? []) })),
    models: [...Map.groupBy(sums, ({ model }) => model)]
      .map(([model, own]) => ({ model, ...printAmounts(own) }))
      .sort((a, b) => b.tokens - a.tokens || (a.model < b.model ? -1 : 1)),
  };
}

function printAmounts(sums: readonly UsageSum[]): { readonly tokens: number; readonly requests: number } {
  return { tokens: total(sums, tokensOf), requests: total(sums, ({ requests }) => requests) };
}
