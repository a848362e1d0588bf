import './style.css';
import { createBrowserHistory } from '@tanstack/react-router';
import { type ReactNode, startTransition, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { readBoot } from './boot.ts';
import { makeApp } from './make-app.tsx';
import { routePages } from './route-pages.ts';
import { replayEarlyInput } from './shell/replay-early-input.ts';
import { startTheme } from './shell/theme.ts';

const boot = readBoot();
startTheme(boot.theme);
const pages = routePages(import.meta.glob(['./pages/*.tsx', '!./pages/*.test.tsx']));
const app = makeApp(boot, pages, createBrowserHistory());

// A new release has other files: the old ones are gone for who has the page open since yesterday. Once, never in a circle.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('reloaded') === location.href) return;
  sessionStorage.setItem('reloaded', location.href);
  event.preventDefault();
  location.reload();
});

/** Marks the document once the page answers, for scripts and tests that wait for it, and does what was asked of it before. */
function Answering({ children }: { readonly children: ReactNode }) {
  useEffect(() => {
    document.documentElement.dataset.answering = '';
    replayEarlyInput(document.getElementById('root')!);
  }, []);
  return children;
}

/** What the server drew stays until the same page can be drawn here, whole. */
async function draw(): Promise<void> {
  await app.router.load();
  const place = document.getElementById('root')!;
  // In small pieces over what the server drew: it can be scrolled and clicked meanwhile. An empty place is filled at once.
  const isDrawn = place.firstChild !== null;
  const root = createRoot(place);
  const element = <Answering>{app.element}</Answering>;
  if (isDrawn) startTransition(() => root.render(element));
  else root.render(element);
}

// Not awaited: the page's own file imports from the one that this stands in, and each would wait for the other.
void draw();
