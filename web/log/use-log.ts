import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { GenerationLog, GenerationRow } from '../../src/contract/generation-log.ts';
import { type ApiError, fetchApi } from '../api/fetch-api.ts';
import type { LiveEvent } from '../api/live.ts';

const PAGE_SIZE = '100';
/** A filtered log is asked again at most so often, however much happens. */
const ASK_AGAIN_MS = 2_000;
/** New rows beyond so many wait for a reload: memory has an end, and so has patience. */
const FRESH_MAX = 500;

export function logPath(params: Readonly<Record<string, string>>, cursor?: string): string {
  const query = new URLSearchParams({ ...params, limit: PAGE_SIZE, ...(cursor && { cursor }) });
  return `/api/x/generations?${query}`;
}

/** The log page by page, with what is settled meanwhile on top. */
export function useLog(params: Readonly<Record<string, string>>) {
  const client = useQueryClient();
  const path = logPath(params);
  const isFiltered = Object.keys(params).length > 0;
  const [fresh, setFresh] = useState<{ readonly path: string; readonly rows: readonly GenerationRow[] }>();
  const query = useInfiniteQuery<GenerationLog, ApiError, readonly GenerationRow[], string[], string | undefined>({
    queryKey: [path, 'pages'],
    queryFn: ({ pageParam, signal }) => fetchApi<GenerationLog>(logPath(params, pageParam), { signal }),
    initialPageParam: undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    select: ({ pages }) => pages.flatMap(({ data }) => data),
    // What the server sent with the page.
    initialData: () => {
      const sent = client.getQueryData<GenerationLog>([path]);
      return sent && { pages: [sent], pageParams: [undefined] };
    },
  });

  const askNewest = useThrottled(async () => {
    const { data } = await fetchApi<GenerationLog>(path);
    setFresh((last) => ({ path, rows: merge(data, last?.path === path ? last.rows : []) }));
  });
  const hear = (event: LiveEvent) => {
    if (event.name === 'health') return;
    if (isFiltered || event.name === 'missed') askNewest();
    else {
      const row = event.data as GenerationRow;
      setFresh((last) => ({ path, rows: merge([row], last?.path === path ? last.rows : []) }));
    }
  };
  const rows = useMemo(
    () => merge(fresh?.path === path ? fresh.rows : [], query.data ?? []),
    [fresh, path, query.data],
  );
  return { query, rows, hear, askNewest, isFiltered };
}

/** Newest first, each once; the first list wins. */
export function merge(newer: readonly GenerationRow[], older: readonly GenerationRow[]): readonly GenerationRow[] {
  if (newer.length === 0) return older;
  const ids = new Set(newer.map(({ id }) => id));
  const all = [...newer.slice(0, FRESH_MAX), ...older.filter(({ id }) => !ids.has(id))];
  return all.sort((a, b) =>
    a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : a.id < b.id ? 1 : -1,
  );
}

/** At once, and then not again for a while; what was wanted meanwhile runs once at its end. */
function useThrottled(run: () => Promise<void>): () => void {
  const latest = useRef(run);
  latest.current = run;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const isWanted = useRef(false);
  return useCallback(() => {
    if (timer.current !== undefined) {
      isWanted.current = true;
      return;
    }
    // One that failed is asked again by the next event.
    const go = () => void latest.current().catch(() => undefined);
    timer.current = setTimeout(() => {
      timer.current = undefined;
      if (isWanted.current) go();
      isWanted.current = false;
    }, ASK_AGAIN_MS);
    go();
  }, []);
}
