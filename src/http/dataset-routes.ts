import { appRankingsQuery, rankingsDailyQuery } from '../contract/rankings.ts';
import { Failure } from '../generation/failure.ts';
import { appNumber } from '../statistics/app-slug.ts';
import type { UsageSum } from '../statistics/statistics-store.ts';
import { bucketStart } from '../statistics/time-buckets.ts';
import { DAY_MS, dateOf, startOf } from '../statistics/windows.ts';
import { permaslugOf } from './activity-list.ts';
import { joinUsage } from './endpoint-statistics.ts';
import type { Exchange } from './exchange.ts';
import { instantOf, tokensOf, total } from './print-figure.ts';
import { readQuery } from './read-query.ts';
import type { Route, RouteCall } from './route.ts';

/** OpenRouter's public data sets, of this installation's traffic. */
export const datasetRoutes: readonly Route[] = [
  { method: 'GET', path: '/api/v1/datasets/rankings-daily', audience: 'caller', answer: showRankingsDaily },
  { method: 'GET', path: '/api/v1/datasets/app-rankings', audience: 'caller', answer: showAppRankings },
];

const MODELS_PER_DAY = 50;
const DAYS_USUAL = 30;
const RANGE_DAYS_MAX = 1_830;
/** Nothing was recorded before; OpenRouter's own floor. */
const FLOOR_MS = Date.UTC(2025, 0, 1);

async function showRankingsDaily({ query, exchange }: RouteCall): Promise<Response> {
  const wanted = readQuery(query, rankingsDailyQuery);
  for (const field of ['context_bucket', 'category', 'language_type'] as const) {
    if (wanted[field] !== undefined) throw invalid(field, 'is not recorded here');
  }
  if (wanted.modality === 'tool_calling') throw invalid('modality', 'tool calls are not counted here');
  const range = readDates(wanted, exchange.clock.nowMs());
  const sums = await exchange.statistics.sumUsage({ grain: 'day', ...range, by: ['start', 'model'], demo: 'exclude' });
  const counted = sums.filter(({ model }) => model !== '' && hasModality(exchange, model, wanted.modality));
  const buckets = Map.groupBy(counted, ({ startMs }) => bucketStart(wanted.period, startMs));
  const data = [...buckets]
    .sort(([a], [b]) => a - b)
    .flatMap(([startMs, own]) => printBucket(exchange, dateOf(startMs), own));
  return Response.json({ data, meta: printMeta(exchange, range) });
}

function printBucket(exchange: Exchange, date: string, sums: readonly UsageSum[]): readonly object[] {
  const ranked = joinUsage(sums, ({ model }) => model)
    .map((sum) => ({ slug: permaslugOf(exchange, sum.model), tokens: tokensOf(sum) }))
    .filter(({ tokens }) => tokens > 0)
    .sort((a, b) => b.tokens - a.tokens || (a.slug < b.slug ? -1 : 1));
  const rest = total(ranked.slice(MODELS_PER_DAY), ({ tokens }) => tokens);
  const rows = ranked.slice(0, MODELS_PER_DAY);
  if (rest > 0) rows.push({ slug: 'other', tokens: rest });
  return rows.map(({ slug, tokens }) => ({ date, model_permaslug: slug, total_tokens: String(tokens) }));
}

function hasModality(exchange: Exchange, modelId: string, modality: string | undefined): boolean {
  if (modality === undefined) return true;
  const model = exchange.catalog().find(modelId)?.model;
  if (!model) return false;
  if (modality === 'text') return model.outputModalities.includes('text');
  if (modality === 'image_output') return model.outputModalities.includes('image');
  return (model.inputModalities as readonly string[]).includes(modality);
}

/** OpenRouter's groups of categories (reference/openrouter.md g.13). */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  coding: ['cli-agent', 'ide-extension', 'cloud-agent', 'programming-app', 'native-app-builder'],
  creative: ['creative-writing', 'video-gen', 'image-gen', 'audio-gen'],
  productivity: ['writing-assistant', 'general-chat', 'personal-agent', 'legal'],
  entertainment: ['roleplay', 'game'],
};

async function showAppRankings({ query, exchange }: RouteCall): Promise<Response> {
  const wanted = readQuery(query, appRankingsQuery);
  const categories = readCategories(wanted.category, wanted.subcategory);
  const range = readDates(wanted, exchange.clock.nowMs());
  const length = range.toMs - range.fromMs;
  const read = (fromMs: number, toMs: number) =>
    exchange.statistics.sumUsage({ grain: 'day', fromMs, toMs, by: ['app'], demo: 'exclude' });
  const isTrending = wanted.sort === 'trending';
  const [sums, before] = await Promise.all([
    read(range.fromMs, range.toMs),
    isTrending ? read(range.fromMs - 3 * length, range.fromMs) : [],
  ]);
  const earlier = new Map(before.map((sum) => [sum.app, tokensOf(sum) / 3]));
  const ranked = sums
    .filter(({ app }) => app !== '')
    .map((sum) => ({ sum, weight: tokensOf(sum) - (isTrending ? (earlier.get(sum.app) ?? 0) : 0) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.sum.app < b.sum.app ? -1 : 1));
  const apps = await findAll(
    exchange,
    ranked.map(({ sum }) => sum.app),
  );
  const listed = ranked.filter(
    ({ sum }) => !categories || apps.get(sum.app)?.categories.some((one) => categories.includes(one)),
  );
  const data = listed.slice(wanted.offset, wanted.offset + wanted.limit).map(({ sum }, index) => ({
    rank: wanted.offset + index + 1,
    app_id: appNumber(sum.app),
    app_name: apps.get(sum.app)?.title ?? sum.app,
    total_tokens: String(tokensOf(sum)),
    total_requests: sum.requests,
  }));
  return Response.json({ data, meta: printMeta(exchange, range) });
}

/** A statement takes so many names at once. */
async function findAll(exchange: Exchange, slugs: readonly string[]) {
  const pages: (readonly string[])[] = [];
  for (let start = 0; start < Math.min(slugs.length, 2_000); start += 200) pages.push(slugs.slice(start, start + 200));
  const found = await Promise.all(pages.map((page) => exchange.statistics.findApps(page)));
  return new Map(found.flatMap((apps) => [...apps]));
}

function readCategories(group: string | undefined, subcategory: string | undefined): readonly string[] | undefined {
  const known = Object.values(GROUPS).flat();
  if (subcategory !== undefined) {
    if (!known.includes(subcategory)) throw invalid('subcategory', 'unknown');
    if (group !== undefined && !GROUPS[group]!.includes(subcategory))
      throw invalid('subcategory', 'is not in this category');
    return [subcategory];
  }
  return group === undefined ? undefined : GROUPS[group];
}

interface DateRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whole UTC days; both ends count. */
function readDates(
  wanted: { readonly start_date?: string | undefined; readonly end_date?: string | undefined },
  nowMs: number,
): DateRange {
  const yesterday = startOf('day', nowMs) - DAY_MS;
  const endMs = readDate('end_date', wanted.end_date) ?? yesterday;
  if (endMs < FLOOR_MS) throw invalid('end_date', 'must not be before 2025-01-01');
  const startMs = Math.max(FLOOR_MS, readDate('start_date', wanted.start_date) ?? endMs - DAYS_USUAL * DAY_MS);
  if (startMs > endMs) throw invalid('start_date', 'must not be after end_date');
  if (endMs - startMs > RANGE_DAYS_MAX * DAY_MS) throw invalid('start_date', 'at most five years at once');
  return { fromMs: startMs, toMs: endMs + DAY_MS };
}

function readDate(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const atMs = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(atMs) || dateOf(atMs) !== text) throw invalid(field, 'is no day of the calendar');
  return atMs;
}

function printMeta(exchange: Exchange, { fromMs, toMs }: DateRange): object {
  return {
    as_of: instantOf(exchange.clock.nowMs()),
    start_date: dateOf(fromMs),
    end_date: dateOf(toMs - DAY_MS),
    version: 'v1',
  };
}

function invalid(field: string, problem: string): Failure {
  return new Failure('invalid-request', { message: `${field}: ${problem}`, metadata: { field } });
}
