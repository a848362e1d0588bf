import { CSPProvider } from '@base-ui/react/csp-provider';
import { Outlet, useLocation, useMatches, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { hasRole } from '../boot.ts';
import { useBoot } from '../boot-context.tsx';
import type { Page } from '../pages/page.ts';
import { ConsoleFrame } from './console-frame.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { useShortcuts } from './shortcuts.ts';
import { SignInAsked } from './sign-in-asked.tsx';

// Popups load on their first use: they are a third of the shell's weight.
const Palette = lazy(() => import('./palette.tsx'));
const ShortcutSheet = lazy(() => import('./shortcut-sheet.tsx'));

export type Popup = 'palette' | 'shortcuts';

/** Around every page: the bar on top, the console's navigation where there is one, and what keys open. */
export function Shell() {
  const { nonce } = useBoot();
  const [popup, setPopup] = useState<Popup>();
  const page = useShownPage();
  useShortcuts({ open: setPopup });
  useTitle(page);
  const close = () => setPopup(undefined);
  return (
    <CSPProvider nonce={nonce}>
      <a className="skip rounded-md bg-ink px-3 py-2 text-ground" href="#main">
        Skip to the content
      </a>
      <div className={page?.isFull ? 'flex h-dvh flex-col' : 'flex min-h-dvh flex-col'}>
        <Header openPalette={() => setPopup('palette')} />
        <Offline />
        <Progress />
        <Content page={page} />
        {!page?.isFull && <Footer openShortcuts={() => setPopup('shortcuts')} />}
      </div>
      <Suspense>
        {popup === 'palette' && <Palette close={close} />}
        {popup === 'shortcuts' && <ShortcutSheet close={close} />}
      </Suspense>
    </CSPProvider>
  );
}

function Content({ page }: { readonly page: Page | undefined }) {
  const { session } = useBoot();
  const isAllowed = !page?.needs || hasRole(session.user?.role, page.needs);
  const inside = isAllowed ? <Outlet /> : <SignInAsked needs={page.needs!} />;
  const grows = page?.isFull ? 'min-h-0 flex-1' : 'flex-1';
  if (page?.isConsole && isAllowed) return <ConsoleFrame className={grows}>{inside}</ConsoleFrame>;
  return (
    <main id="main" tabIndex={-1} className={`${grows} outline-none`}>
      {inside}
    </main>
  );
}

/** The page that is on show; undefined while none is (an unknown address). */
function useShownPage(): Page | undefined {
  return useMatches().at(-1)?.loaderData as Page | undefined;
}

function useTitle(page: Page | undefined): void {
  const match = useMatches().at(-1);
  const { searchStr } = useLocation();
  useEffect(() => {
    if (!page || !match) return;
    const call = { params: match.params as Record<string, string>, search: new URLSearchParams(searchStr) };
    document.title = `${page.title(call)} · Trunkline`;
  }, [page, match, searchStr]);
}

/** A thin line while the next page is on its way. */
function Progress() {
  const isLoading = useRouterState({ select: (state) => state.isLoading });
  return <div className={`h-0.5 ${isLoading ? 'animate-pulse bg-accent' : 'bg-transparent'}`} aria-hidden="true" />;
}

function Offline() {
  const [isOffline, setOffline] = useState(false);
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    look();
    window.addEventListener('online', look);
    window.addEventListener('offline', look);
    return () => {
      window.removeEventListener('online', look);
      window.removeEventListener('offline', look);
    };
  }, []);
  if (!isOffline) return null;
  return (
    <p className="bg-warn-wash px-4 py-1.5 text-center text-sm" role="status">
      No network. What was loaded stays readable.
    </p>
  );
}
