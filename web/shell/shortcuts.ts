import { useRouter } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { withBase } from '../api/fetch-api.ts';
import { PLACES } from './places.ts';
import type { Popup } from './shell.tsx';

const SWITCH = 'trunkline-shortcuts';
/** So long `g` waits for its second letter. */
const PAIR_MS = 1_200;

/** Single letters may be switched off (WCAG 2.1.4); the palette's own key stays. */
export function areShortcutsOn(): boolean {
  return localStorage.getItem(SWITCH) !== 'off';
}

export function switchShortcuts(isOn: boolean): void {
  if (isOn) localStorage.removeItem(SWITCH);
  else localStorage.setItem(SWITCH, 'off');
}

/** Keys of every page. A page's own keys are `useKeys`. */
export function useShortcuts({ open }: { readonly open: (popup: Popup) => void }): void {
  const router = useRouter();
  useEffect(() => {
    let waitsUntilMs = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        open('palette');
        return;
      }
      if (!isPlainKey(event)) return;
      if (event.timeStamp < waitsUntilMs) {
        waitsUntilMs = 0;
        const place = PLACES.find(({ key }) => key === event.key);
        if (place) {
          event.preventDefault();
          router.history.push(withBase(place.to));
        }
        return;
      }
      if (event.key === 'g') waitsUntilMs = event.timeStamp + PAIR_MS;
      else if (event.key === '?') open('shortcuts');
      else if (event.key === '/') focusSearch(event);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [open, router]);
}

/** The page's own search field is marked with `data-search`. */
function focusSearch(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLElement>('[data-search]');
  if (!field) return;
  event.preventDefault();
  field.focus();
}

/** Keys of one page: `{ j: next, k: previous }`. Give a stable object. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const act = isPlainKey(event) && !event.defaultPrevented ? keys[event.key] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [keys]);
}

/** `[` and `]` choose the time window before and behind the chosen one; `options` are from the shortest to the longest. */
export function useWindowKeys(
  options: readonly (readonly [string, ...unknown[]])[],
  chosen: string,
  choose: (window: string) => void,
): void {
  const latest = useRef({ options, chosen, choose });
  latest.current = { options, chosen, choose };
  const keys = useMemo(() => {
    const step = (by: number) => () => {
      const { options, chosen, choose } = latest.current;
      const next = options[options.findIndex(([id]) => id === chosen) + by];
      if (next) choose(next[0]);
    };
    return { '[': step(-1), ']': step(1) };
  }, []);
  useKeys(keys);
}

/** A letter that is no typing: not into a field, a menu or a dialog, not while a character is composed, nothing held down with it. */
function isPlainKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areShortcutsOn()) return false;
  const target = event.target as HTMLElement | null;
  // Space presses what has the focus.
  if (event.key === ' ' && target?.closest?.('button, summary, [role="button"]')) return false;
  return !target?.closest?.(
    'input, textarea, select, [contenteditable], [role="menu"], [role="dialog"], [role="listbox"]',
  );
}
