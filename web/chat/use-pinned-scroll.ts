import { type RefObject, useEffect } from 'react';

/** So near its end a column counts as being there, in pixels. */
const NEAR = 48;

/** Follows the end while it grows, until the reader scrolls away from it; and again once they came back. */
export function usePinnedScroll(log: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = log.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    let isPinned = true;
    let lastTop = element.scrollTop;
    const look = () => {
      const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      // What grows moves the end away; only a scroll upwards is the reader's.
      if (isAtEnd) isPinned = true;
      else if (element.scrollTop < lastTop - 1) isPinned = false;
      lastTop = element.scrollTop;
    };
    const follow = new ResizeObserver(() => {
      if (isPinned) element.scrollTop = element.scrollHeight;
    });
    follow.observe(content);
    follow.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      follow.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [log]);
}
