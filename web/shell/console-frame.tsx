import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { hasRole } from '../boot.ts';
import { useBoot } from '../boot-context.tsx';
import { Link } from '../parts/link.tsx';
import { PLACES } from './places.ts';

const GROUPS = [
  ['console', 'Console'],
  ['settings', 'Settings'],
  ['admin', 'Installation'],
] as const;

/** Of the place before, so that one sees that there is one. */
const EDGE_PX = 40;

/** A console page beside its list of places; on narrow screens the list is a strip above it. */
export function ConsoleFrame({ className, children }: { readonly className: string; readonly children: ReactNode }) {
  const { session } = useBoot();
  const { pathname } = useLocation();
  const strip = useRef<HTMLDivElement>(null);
  // On a narrow screen the place where one is may lie beyond its end.
  useEffect(() => {
    const links = [...(strip.current?.querySelectorAll<HTMLElement>('[data-place]') ?? [])];
    const here = links.find(({ dataset }) => isHere(pathname, dataset.place ?? ''));
    if (here) strip.current!.scrollLeft = here.offsetLeft - EDGE_PX;
  }, [pathname]);
  const mine = PLACES.filter(({ needs }) => !needs || hasRole(session.user?.role, needs));
  return (
    <div className={`${className} mx-auto flex w-full max-w-[90rem] flex-col md:flex-row`}>
      <nav aria-label="Console" className="shrink-0 border-line max-md:border-b md:w-52 md:border-r">
        <div
          ref={strip}
          className="relative flex gap-x-1 overflow-x-auto px-3 py-2 md:sticky md:top-13 md:flex-col md:py-5"
        >
          {GROUPS.map(([group, title]) => {
            const places = mine.filter((place) => place.group === group);
            if (places.length === 0) return null;
            return (
              <div key={group} className="flex gap-x-1 md:mb-4 md:block">
                <p className="px-2.5 pb-1 text-xs text-soft max-md:sr-only">{title}</p>
                {places.map((place) => (
                  <Link
                    key={place.to}
                    to={place.to}
                    data-place={place.to}
                    aria-current={isHere(pathname, place.to) ? 'page' : undefined}
                    className="block rounded-md px-2.5 py-1.5 text-sm whitespace-nowrap no-underline hover:bg-raised aria-[current]:bg-accent-wash aria-[current]:font-semibold pointer-coarse:py-2.5"
                  >
                    {place.name}
                  </Link>
                ))}
              </div>
            );
          })}
        </div>
      </nav>
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 px-4 py-6 outline-none md:px-8">
        {children}
      </main>
    </div>
  );
}

function isHere(pathname: string, to: string): boolean {
  return pathname === to || pathname.startsWith(`${to}/`);
}
