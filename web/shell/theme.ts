import type { Theme } from '../../src/contract/page.ts';

const YEAR_SECONDS = 31_536_000;

/** Themes in the order of the menu, with their names. */
export const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['contrast', 'High contrast'],
];

let current: Theme = 'system';
const listeners = new Set<() => void>();

/** The server has put it onto the page already; this only remembers it. */
export function startTheme(theme: Theme): void {
  current = theme;
}

/** In a cookie, so that the server draws the next page in it and nothing flashes. */
export function chooseTheme(theme: Theme, base: string): void {
  current = theme;
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in all browsers we serve
  document.cookie = `trunkline-theme=${theme}; Path=${base || '/'}; Max-Age=${YEAR_SECONDS}; SameSite=Lax`;
  for (const listener of listeners) listener();
}

export function readTheme(): Theme {
  return current;
}

export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
