import type { ListedModel, ModelList } from '../../src/contract/model-list.ts';
import type { ModelStats } from '../../src/contract/statistics.ts';
import { add, compareDecimals } from '../text/numbers.ts';

export type ModelStatistics = ModelStats['data'][number];

/** A model as lists show, filter and sort it. */
export interface ModelRow extends ListedModel {
  readonly parameterNames: ReadonlySet<string>;
  readonly providerIds: readonly string[];
  readonly providerNames: readonly string[];
  readonly searchText: string;
  /** Prompt and completion together, per token: for sorting by price. */
  readonly priceSum: string;
  readonly stats: ModelStatistics | undefined;
}

export function makeRows(list: ModelList, stats: ModelStats | undefined): readonly ModelRow[] {
  const measured = new Map(stats?.data.map((one) => [one.model, one]));
  return list.data.map((model) => ({
    ...model,
    parameterNames: new Set(model.parameters.map((place) => list.parameters[place] ?? '')),
    providerIds: model.providers.map((place) => list.providers[place]?.id ?? ''),
    providerNames: model.providers.map((place) => list.providers[place]?.name ?? ''),
    searchText: `${model.id} ${model.name}`.toLowerCase(),
    priceSum: add(model.price.prompt, model.price.completion),
    stats: measured.get(model.id),
  }));
}

type Compare = (a: ModelRow, b: ModelRow) => number;
type Rank = (row: ModelRow) => number | undefined | null;

/** Smaller first; what is unknown comes last in either direction. */
const byNumber =
  (rank: Rank): ((isDown: boolean) => Compare) =>
  (isDown) =>
  (a, b) => {
    const [left, right] = [rank(a) ?? undefined, rank(b) ?? undefined];
    if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
    return isDown ? right - left : left - right;
  };
const byPrice =
  (price: (row: ModelRow) => string | null): ((isDown: boolean) => Compare) =>
  (isDown) =>
  (a, b) => {
    const [left, right] = [price(a), price(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return isDown ? compareDecimals(right, left) : compareDecimals(left, right);
  };
const byText =
  (text: (row: ModelRow) => string): ((isDown: boolean) => Compare) =>
  (isDown) =>
  (a, b) =>
    (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0) * (isDown ? -1 : 1);

/** What the list sorts by, under its names in the address. */
export const SORTS: Readonly<Record<string, (isDown: boolean) => Compare>> = {
  name: byText(({ name }) => name.toLowerCase()),
  author: byText(({ author }) => author),
  price: byPrice(({ priceSum }) => priceSum),
  in: byPrice(({ price }) => price.prompt),
  out: byPrice(({ price }) => price.completion),
  cache: byPrice(({ price }) => price.cache_read),
  context: byNumber(({ context }) => context),
  maxout: byNumber(({ output_max }) => output_max),
  providers: byNumber(({ providers }) => providers.length),
  latency: byNumber(({ stats }) => stats?.first_content_ms.value),
  speed: byNumber(({ stats }) => stats?.tokens_per_second.value),
  uptime: byNumber(({ stats }) => stats?.uptime.value),
  tokens: byNumber(({ stats }) => stats?.tokens),
  released: byNumber(({ created }) => created),
  cutoff: byText(({ knowledge_cutoff }) => knowledge_cutoff ?? ''),
};

/** Sorts in which the demonstration model would win every time: it costs nothing and runs here. */
const DEMO_LAST = new Set(['price', 'in', 'out', 'cache']);

/** `sort` is a name of `SORTS`, with `-` in front for the largest first. Ties stay as they came: newest first. */
export function sortRows(rows: readonly ModelRow[], sort: string): readonly ModelRow[] {
  const isDown = sort.startsWith('-');
  const name = isDown ? sort.slice(1) : sort;
  const compare = SORTS[name]?.(isDown);
  if (!compare) return rows;
  const demoLast = !isDown && DEMO_LAST.has(name);
  return [...rows].sort((a, b) => (demoLast ? Number(a.bundled) - Number(b.bundled) : 0) || compare(a, b));
}
