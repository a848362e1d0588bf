import type { Page } from './pages/page.ts';

/** A page as the router finds it: its path, and how to get the page itself. */
export interface PageRoute {
  readonly path: string;
  load(): Promise<Page>;
}

/** Paths from file names (see `pages/page.ts`). `modules` is what Vite finds in the folder, lazily or at once. */
export function routePages(modules: Readonly<Record<string, () => Promise<unknown>>>): readonly PageRoute[] {
  return Object.entries(modules).map(([file, load]) => ({
    path: pathOf(file),
    load: async () => ((await load()) as { readonly default: Page }).default,
  }));
}

export function pathOf(file: string): string {
  const name = file.replace(/^.*\//, '').replace(/\.tsx$/, '');
  return name === 'home' ? '/' : `/${name.replaceAll('.', '/')}`;
}
