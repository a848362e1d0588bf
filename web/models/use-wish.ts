import { useEffect } from 'react';
import type { useUrlState } from '../parts/use-url-state.ts';
import { parseWish, type WishNames } from './parse-wish.ts';
import type { ModelRow } from './rows.ts';

/** `?ask=` is a wish in words, as the form of the first page sends it: it becomes the filters that it means. */
export function useWish(
  search: URLSearchParams,
  change: ReturnType<typeof useUrlState>[1],
  rows: readonly ModelRow[] | undefined,
): void {
  const ask = search.get('ask');
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each wish, when the names are known
  useEffect(() => {
    if (ask === null || !rows) return;
    const { values, sort } = parseWish(ask, Date.now(), namesIn(rows));
    change({ ask: undefined, ...values, ...(sort && { sort }) });
  }, [ask, rows === undefined]);
}

export function namesIn(rows: readonly ModelRow[]): WishNames {
  const providers = new Map(rows.flatMap((row) => row.providerIds.map((id, at) => [id, row.providerNames[at] ?? id])));
  return {
    authors: [...new Set(rows.map(({ author }) => author))],
    providers: [...providers].map(([id, name]) => ({ id, name })),
  };
}

/** The address of the list that a wish means. */
export function wishAddress(text: string, nowMs: number, names: WishNames): string {
  const { values, sort } = parseWish(text, nowMs, names);
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, value);
  if (sort) query.set('sort', sort);
  const search = query.toString();
  return search === '' ? '/models' : `/models?${search}`;
}
