import { type RefObject, useEffect } from 'react';

/** Columns scroll together, by their share: answers to one question differ in length. */
export function useSyncScroll(columns: RefObject<HTMLElement | null>, isOn: boolean): void {
  useEffect(() => {
    const element = columns.current;
    if (!isOn || !element) return;
    // Who moves the others is the column under the pointer or with the focus; theirs are echoes.
    let leader: Element | undefined;
    const lead = (event: Event) => {
      leader = (event.target as Element).closest?.('[data-log]') ?? undefined;
    };
    const follow = (event: Event) => {
      const moved = event.target as HTMLElement;
      if (moved !== leader) return;
      const share = moved.scrollTop / Math.max(1, moved.scrollHeight - moved.clientHeight);
      for (const other of element.querySelectorAll<HTMLElement>('[data-log]')) {
        if (other !== moved) other.scrollTop = share * (other.scrollHeight - other.clientHeight);
      }
    };
    const starts = ['pointerenter', 'pointerdown', 'wheel', 'touchstart', 'focusin', 'keydown'] as const;
    for (const name of starts) element.addEventListener(name, lead, { capture: true, passive: true });
    element.addEventListener('scroll', follow, { capture: true, passive: true });
    return () => {
      for (const name of starts) element.removeEventListener(name, lead, { capture: true });
      element.removeEventListener('scroll', follow, { capture: true });
    };
  }, [columns, isOn]);
}
