import { type RefObject, useMemo } from 'react';
import { useKeys } from '../shell/shortcuts.ts';

export interface RowActions {
  readonly peek: (id: string) => void;
  readonly pick: (id: string) => void;
  readonly compare: () => void;
}

/** `j` and `k` walk the rows by moving the focus, so that Enter opens as everywhere; Space peeks, `x` chooses, `c` compares. */
export function useRowKeys(list: RefObject<HTMLElement | null>, actions: RefObject<RowActions>): void {
  const keys = useMemo(() => {
    const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const current = () => document.activeElement?.closest<HTMLElement>('[data-row]') ?? undefined;
    const walk = (step: number) => {
      const all = rows();
      const here = current();
      const at = here ? all.indexOf(here) + step : step > 0 ? 0 : all.length - 1;
      all[at]?.querySelector<HTMLElement>('[data-main]')?.focus();
      all[at]?.scrollIntoView({ block: 'nearest' });
    };
    const withRow = (act: (id: string) => void) => () => {
      const id = current()?.dataset.row;
      if (id !== undefined) act(id);
    };
    return {
      j: () => walk(1),
      k: () => walk(-1),
      ' ': () => {
        const id = current()?.dataset.row;
        if (id !== undefined) actions.current.peek(id);
        else window.scrollBy({ top: window.innerHeight * 0.85 });
      },
      x: withRow((id) => actions.current.pick(id)),
      c: () => actions.current.compare(),
    };
  }, [list, actions]);
  useKeys(keys);
}
