import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  type RouterHistory,
  RouterProvider,
  useLoaderData,
  useLocation,
  useParams,
} from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Boot } from '../src/contract/page.ts';
import { ApiError, fetchApi, setApiBase } from './api/fetch-api.ts';
import { hasRole } from './boot.ts';
import { BootProvider } from './boot-context.tsx';
import type { Page, PageCall } from './pages/page.ts';
import type { PageRoute } from './route-pages.ts';
import { BrokenPage, MissingPage } from './shell/broken-page.tsx';
import { Shell } from './shell/shell.tsx';
import { cleanAnswer } from './text/clean-text.ts';

export interface App {
  readonly client: QueryClient;
  readonly router: ReturnType<typeof makeRouter>;
  readonly element: ReactElement;
}

/** The whole site, for a browser (its own history) and for the server (a history of one address). */
export function makeApp(boot: Boot, pages: readonly PageRoute[], history: RouterHistory): App {
  setApiBase(boot.base);
  const client = makeClient(boot);
  const router = makeRouter(boot, pages, history, client);
  const element = (
    <BootProvider boot={boot}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </BootProvider>
  );
  return { client, router, element };
}

const FRESH_MS = 15_000;

function makeClient(boot: Boot): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // A refusal is an answer; only silence and an overloaded server are asked again.
        retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      },
    },
  });
  for (const [path, answer] of Object.entries(boot.data)) client.setQueryData([path], cleanAnswer(answer));
  return client;
}

function makeRouter(boot: Boot, pages: readonly PageRoute[], history: RouterHistory, client: QueryClient) {
  const root = createRootRoute({ component: Shell, notFoundComponent: MissingPage, errorComponent: BrokenPage });
  const routes = pages.map((page) =>
    createRoute({
      getParentRoute: () => root,
      path: page.path,
      loader: async ({ params, location }) => {
        const loaded = await page.load();
        const mayRead = loaded.needs === undefined || hasRole(boot.session.user?.role, loaded.needs);
        if (mayRead) warm(client, loaded, { params, search: new URLSearchParams(location.searchStr) });
        return loaded;
      },
      component: LoadedPage,
      errorComponent: BrokenPage,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  );
  return createRouter({
    routeTree: root.addChildren(routes),
    history,
    basepath: boot.base || '/',
    defaultPreload: 'intent',
    scrollRestoration: typeof document !== 'undefined',
    // The query string is plain text to us: a page reads it with URLSearchParams, names that come twice included.
    parseSearch: (text) => ({ pairs: [...new URLSearchParams(text)] }),
    stringifySearch: ({ pairs = [] }) => {
      const text = new URLSearchParams(pairs as [string, string][]).toString();
      return text === '' ? '' : `?${text}`;
    },
  });
}

/** Asks for what the page needs before it is drawn; an error is the page's to show. */
function warm(client: QueryClient, page: Page, call: PageCall): void {
  if (typeof document === 'undefined') return;
  for (const path of page.preload?.(call) ?? []) {
    void client.prefetchQuery({ queryKey: [path], queryFn: () => fetchApi(path) });
  }
}

function LoadedPage(): ReactElement {
  const page = useLoaderData({ strict: false }) as unknown as Page;
  const params = useParams({ strict: false }) as Record<string, string>;
  const { searchStr } = useLocation();
  return <page.Component params={params} search={new URLSearchParams(searchStr)} />;
}
