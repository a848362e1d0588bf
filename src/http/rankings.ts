import { type Rankings, rankingsQuery } from '../contract/rankings.ts';
import type { UsageSum } from '../statistics/statistics-store.ts';
import { dateOf } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { shared } from './model-statistics.ts';
import { tokensOf, total } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';
import { daysIn, daysWindow, metaOf, windowBefore } from './statistics-window.ts';

export const rankingsRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/x/rankings', audience: 'public', answer: shared(showRankings) },
];

/** So many stand by their own name; what is below is one row. */
const RANKED_MAX = 20;
const WINDOW_DAYS = { '1d': 1, '7d': 7, '30d': 30, '90d': 90 } as const;

type By = Rankings['by'];
const DIMENSION = { model: 'model', author: 'model', app: 'app', provider: 'provider' } as const;

function idOf(sum: UsageSum, by: By): string {
  return by === 'author' ? sum.model.slice(0, Math.max(0, sum.model.indexOf('/'))) : sum[DIMENSION[by]];
}

interface Ranked {
  readonly id: string;
  readonly sums: readonly UsageSum[];
  readonly tokens: number;
}

function rank(sums: readonly UsageSum[], by: By): readonly Ranked[] {
  return [...Map.groupBy(sums, (sum) => idOf(sum, by))]
    .filter(([id]) => id !== '')
    .map(([id, own]) => ({ id, sums: own, tokens: total(own, tokensOf) }))
    .filter(({ tokens }) => tokens > 0)
    .sort((a, b) => b.tokens - a.tokens || (a.id < b.id ? -1 : 1));
}

async function showRankings({ query, exchange }: RouteCall): Promise<Rankings> {
  const { window: length, by, demo } = readQuery(query, rankingsQuery);
  const window = daysWindow(WINDOW_DAYS[length], exchange.clock.nowMs(), demo);
  const dimension = DIMENSION[by];
  const [meta, now, before] = await Promise.all([
    metaOf(exchange, window),
    exchange.statistics.sumUsage({ ...window, by: [dimension, 'start'] }),
    exchange.statistics.sumUsage({ ...windowBefore(window), by: [dimension] }),
  ]);
  const ranked = rank(now, by);
  const earlier = rank(before, by);
  const places = new Map(earlier.map(({ id, tokens }, index) => [id, { place: index + 1, tokens }]));
  const all = total(ranked, ({ tokens }) => tokens);
  const days = daysIn(window);
  const top = ranked.slice(0, RANKED_MAX);
  const names = await namesOf(exchange, by, top);
  const data: Rankings['data'] = top.map((row, index) => {
    const was = places.get(row.id);
    return {
      rank: index + 1,
      ...printRow(row.id, names.get(row.id) ?? row.id, { sums: row.sums, all, days }),
      movement: was ? was.place - (index + 1) : null,
      tokens_before: was?.tokens ?? 0,
    };
  });
  const rest = ranked.slice(RANKED_MAX);
  if (rest.length > 0) {
    const listed = new Set(top.map(({ id }) => id));
    data.push({
      rank: null,
      ...printRow('other', 'Other', { sums: rest.flatMap(({ sums }) => sums), all, days }),
      movement: null,
      tokens_before: total(earlier, ({ id, tokens }) => (listed.has(id) ? 0 : tokens)),
    });
  }
  return { meta, by, dates: days.map(dateOf), data };
}

function printRow(
  id: string,
  name: string,
  { sums, all, days }: { readonly sums: readonly UsageSum[]; readonly all: number; readonly days: readonly number[] },
): Pick<Rankings['data'][number], 'id' | 'name' | 'tokens' | 'requests' | 'share' | 'tokens_by_day'> {
  const tokens = total(sums, tokensOf);
  const byDay = Map.groupBy(sums, ({ startMs }) => startMs);
  return {
    id,
    name,
    tokens,
    requests: total(sums, ({ requests }) => requests),
    share: all > 0 ? tokens / all : 0,
    tokens_by_day: days.map((startMs) => total(byDay.get(startMs) ?? [], tokensOf)),
  };
}

async function namesOf(exchange: Exchange, by: By, rows: readonly Ranked[]): Promise<ReadonlyMap<string, string>> {
  if (by === 'provider') return new Map(exchange.providers().map(({ id, name }) => [id, name]));
  if (by === 'app') {
    const apps = await exchange.statistics.findApps(rows.map(({ id }) => id));
    return new Map([...apps].map(([slug, { title }]) => [slug, title]));
  }
  if (by === 'author') return new Map();
  const catalog = exchange.catalog();
  return new Map(rows.map(({ id }) => [id, catalog.find(id)?.model.name ?? id]));
}
