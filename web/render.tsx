import { createMemoryHistory } from '@tanstack/react-router';
import { renderToString } from 'react-dom/server';
import type { Boot, DrawnPage, ListedPage, PagePlan } from '../src/contract/page.ts';
import { makeApp } from './make-app.tsx';
import type { Page, PageCall, TwinCall } from './pages/page.ts';
import { pathOf, routePages } from './route-pages.ts';

/** What the server's worker calls. One module, so that a page is drawn by the same code here and in the browser. */

const modules = import.meta.glob<{ readonly default: Page }>(['./pages/*.tsx', '!./pages/*.test.tsx'], { eager: true });
const pages = Object.entries(modules).map(([file, module]) => ({ path: pathOf(file), file, page: module.default }));
const routes = routePages(
  Object.fromEntries(Object.entries(modules).map(([file, module]) => [file, () => Promise.resolve(module)])),
);

/** `path` is without the installation's prefix, `search` with its `?` or empty. */
export function planPage(path: string, search: string): PagePlan {
  const found = findPage(path, search);
  if (!found) return NOT_FOUND;
  const { file, page, call } = found;
  return {
    isKnown: true,
    isPublic: page.isPublic === true,
    file: file.replace(/^\.\//, ''),
    title: page.title(call),
    description: page.description?.(call) ?? '',
    ...(page.canonical && { canonical: page.canonical(call) }),
    preload: page.preload?.(call) ?? [],
    isAboutFirst: page.isAboutFirst === true,
    hasTwin: page.twin !== undefined,
  };
}

const NOT_FOUND: PagePlan = {
  ...{ isKnown: false, isPublic: true, title: 'Not found', description: '', preload: [], isAboutFirst: false },
  hasTwin: false,
};

interface FoundPage {
  readonly file: string;
  readonly page: Page;
  readonly call: PageCall;
}

function findPage(path: string, search: string): FoundPage | undefined {
  for (const { path: pattern, file, page } of byPrecision) {
    const params = matchPath(pattern, path);
    if (params) return { file, page, call: { params, search: new URLSearchParams(search) } };
  }
  return undefined;
}

/** A fixed segment wins over a variable, from the left: `/models/x` is no author called "models". */
const byPrecision = [...pages].sort((a, b) => precision(b.path).localeCompare(precision(a.path)));

function precision(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment === '$' ? '0' : segment.startsWith('$') ? '1' : '2'))
    .join('');
}

export function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/').slice(1);
  const given = path
    .replace(/(?<=.)\/$/, '')
    .split('/')
    .slice(1);
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index]!;
    if (!segment.startsWith('$')) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      params[segment.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
    if (value === '') return undefined;
  }
  return params;
}

export async function renderPage(boot: Boot, path: string, search: string): Promise<DrawnPage> {
  const history = createMemoryHistory({ initialEntries: [`${boot.base}${path}${search}`] });
  const app = makeApp(boot, routes, history);
  await app.router.load();
  const found = findPage(path, search);
  const about = found?.page.twin?.about?.(twinCall(boot, path, found.call));
  return { inside: renderToString(app.element), ...(about && { about }) };
}

export function tellPage(boot: Boot, path: string, search: string): string | undefined {
  const found = findPage(path, search);
  return found?.page.twin?.markdown(twinCall(boot, path, found.call));
}

function twinCall(boot: Boot, path: string, call: PageCall): TwinCall {
  return {
    ...call,
    address: boot.address,
    url: `${boot.address}${path}`,
    read: <Answer,>(asked: string) => boot.data[asked] as Answer | undefined,
  };
}

export function listPages(): readonly ListedPage[] {
  const call: PageCall = { params: {}, search: new URLSearchParams() };
  return pages
    .filter(({ path, page }) => page.twin !== undefined && !path.includes('$'))
    .map(({ path, page }) => ({ path, title: page.title(call), description: page.description?.(call) ?? '' }));
}
