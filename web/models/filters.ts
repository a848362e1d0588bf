import { compareDecimals } from '../text/numbers.ts';
import type { ModelRow } from './rows.ts';

/** Values of filters by their names in the address; absent and '' are none. */
export type FilterValues = Readonly<Record<string, string | undefined>>;

export interface Filter {
  /** Its name in the address. */
  readonly name: string;
  /** For the chip that drops it. */
  readonly tell: (value: string) => string;
  readonly keeps: (row: ModelRow, value: string) => boolean;
}

/** Precisions from coarse to fine; those of a step are alike. */
export const PRECISIONS: readonly (readonly string[])[] = [
  ['int4', 'fp4', 'mxfp4', 'nvfp4'],
  ['fp6'],
  ['int8', 'fp8', 'mxfp8'],
  ['fp16', 'bf16'],
  ['fp32'],
];

export function precisionRank(name: string): number {
  return PRECISIONS.findIndex((step) => step.includes(name));
}

const listOf = (value: string) => value.split(',').filter((one) => one !== '');
const flag = (name: string, words: string, keeps: (row: ModelRow) => boolean): Filter => ({
  name,
  tell: () => words,
  keeps,
});

export const FILTERS: readonly Filter[] = [
  {
    name: 'q',
    tell: (value) => `“${value}”`,
    keeps: ({ searchText }, value) =>
      value
        .toLowerCase()
        .split(/\s+/)
        .every((word) => searchText.includes(word)),
  },
  {
    name: 'in',
    tell: (value) => `takes ${listOf(value).join(', ')}`,
    keeps: ({ input }, value) => listOf(value).every((one) => input.includes(one)),
  },
  {
    name: 'out',
    tell: (value) => `gives ${listOf(value).join(', ')}`,
    keeps: ({ output }, value) => listOf(value).every((one) => output.includes(one)),
  },
  {
    name: 'context',
    tell: (value) => `context from ${Number(value).toLocaleString('en')}`,
    keeps: ({ context }, value) => context >= Number(value),
  },
  {
    name: 'max_in',
    tell: (value) => (Number(value) === 0 ? 'free in' : `in up to $${value}/M`),
    keeps: ({ price }, value) => isWithin(price.prompt, value),
  },
  {
    name: 'max_out',
    tell: (value) => (Number(value) === 0 ? 'free out' : `out up to $${value}/M`),
    keeps: ({ price }, value) => isWithin(price.completion, value),
  },
  {
    name: 'params',
    tell: (value) => listOf(value).join(', '),
    keeps: ({ parameterNames }, value) => listOf(value).every((one) => parameterNames.has(one)),
  },
  { name: 'author', tell: (value) => `by ${value}`, keeps: ({ author }, value) => listOf(value).includes(author) },
  {
    name: 'provider',
    tell: (value) => `at ${value}`,
    keeps: ({ providerIds }, value) => listOf(value).some((one) => providerIds.includes(one)),
  },
  {
    name: 'quant',
    tell: (value) => `${value} or finer`,
    keeps: ({ quantizations }, value) => quantizations.some((one) => precisionRank(one) >= precisionRank(value)),
  },
  flag('zdr', 'zero data retention', ({ zdr }) => zdr),
  flag('notrain', 'no training on prompts', ({ no_training }) => no_training),
  flag('reasoning', 'reasons', ({ reasoning }) => reasoning),
  flag('open', 'open weights', ({ open_weights }) => open_weights === true),
  flag('mine', 'usable here now', ({ connected }) => connected),
  {
    name: 'since',
    tell: (value) => `released from ${value}`,
    keeps: ({ created }, value) => created * 1000 >= Date.parse(value),
  },
  {
    name: 'status',
    tell: (value) => (value === 'ending' ? 'with an announced end' : 'without an announced end'),
    keeps: ({ expires_on }, value) => (value === 'ending') === (expires_on !== null),
  },
];

/** `limit` is dollars per million tokens. */
function isWithin(perToken: string, limit: string): boolean {
  return compareDecimals(perToken, `${limit}e-6`) <= 0;
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  context: /^\d{1,12}$/,
  max_in: /^\d{1,9}(?:\.\d{1,12})?$/,
  max_out: /^\d{1,9}(?:\.\d{1,12})?$/,
  since: /^\d{4}-\d{2}-\d{2}$/,
  status: /^(?:ending|staying)$/,
};

/** From an address. What makes no sense is as if it were not there. */
export function readFilters(search: URLSearchParams): FilterValues {
  const values: Record<string, string> = {};
  for (const { name } of FILTERS) {
    const value = search.getAll(name).join(',').trim().slice(0, 300);
    if (value === '' || (SHAPES[name] && !SHAPES[name].test(value))) continue;
    if (name === 'quant' && precisionRank(value) < 0) continue;
    values[name] = value;
  }
  return values;
}

export function activeFilters(values: FilterValues): readonly (Filter & { readonly value: string })[] {
  return FILTERS.flatMap((filter) => {
    const value = values[filter.name];
    return value === undefined || value === '' ? [] : [{ ...filter, value }];
  });
}

/** What the newest forty models cannot answer: the whole list is waited for. */
export function asksMore(search: URLSearchParams, values: FilterValues): boolean {
  return search.has('ask') || search.has('sort') || activeFilters(values).length > 0;
}

export function filterRows(rows: readonly ModelRow[], values: FilterValues): readonly ModelRow[] {
  const active = activeFilters(values);
  return active.length === 0 ? rows : rows.filter((row) => active.every(({ keeps, value }) => keeps(row, value)));
}

/** When nothing is left: the filter without which the most would be, and if none helps alone, the one that removes the most. */
export function findCulprit(
  rows: readonly ModelRow[],
  values: FilterValues,
): { readonly filter: Filter & { readonly value: string }; readonly left: number } | undefined {
  const tried = activeFilters(values).map((filter) => ({
    filter,
    left: filterRows(rows, { ...values, [filter.name]: undefined }).length,
    kept: rows.filter((row) => filter.keeps(row, filter.value)).length,
  }));
  return tried.sort((a, b) => b.left - a.left || a.kept - b.kept)[0];
}
