import { useLocation, useRouter } from '@tanstack/react-router';
import { useMemo } from 'react';

export type UrlChange = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The query string as state, so that every view is a link. `change` replaces the values of the names it mentions (`undefined` and ''
 * take one out) and keeps the rest; `push` makes a step that Back undoes, for opening a drawer or a page of a list.
 */
export function useUrlState() {
  const router = useRouter();
  const { searchStr } = useLocation();
  const search = useMemo(() => new URLSearchParams(searchStr), [searchStr]);
  const change = (values: UrlChange, how: 'replace' | 'push' = 'replace') => {
    const { pathname, search: current, hash } = window.location;
    const next = new URLSearchParams(current);
    for (const [name, value] of Object.entries(values)) {
      next.delete(name);
      for (const one of typeof value === 'string' ? [value] : (value ?? [])) if (one !== '') next.append(name, one);
    }
    const text = next.toString();
    router.history[how](`${pathname}${text && `?${text}`}${hash}`);
  };
  return [search, change] as const;
}
