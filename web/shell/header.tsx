import { useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { hasRole } from '../boot.ts';
import { useBoot } from '../boot-context.tsx';
import { buttonLook, IconButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { useEscape } from '../parts/use-escape.ts';
import { PLACES, type Place } from './places.ts';

const loadAccountMenu = () => import('./account-menu.tsx');
const AccountMenu = lazy(loadAccountMenu);

/** The bar on top. Below 48 rem its places move into a sheet. */
export function Header({ openPalette }: { readonly openPalette: () => void }) {
  const { session } = useBoot();
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEscape(
    'site-menu',
    isOpen,
    useCallback(() => setOpen(false), []),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes the sheet
  useEffect(() => setOpen(false), [pathname]);
  return (
    <header className="sticky top-0 z-40 border-b border-line bg-ground">
      <div className="mx-auto flex h-13 max-w-[90rem] items-center gap-1 px-4">
        <Link
          to="/"
          className="mr-3 flex items-center gap-2 font-semibold tracking-tight whitespace-nowrap no-underline"
        >
          <Sign />
          Trunkline
        </Link>
        <nav aria-label="Site" className="hidden items-center md:flex">
          {PLACES.filter(({ group }) => group === 'bar').map((place) => (
            <BarLink key={place.to} place={place} pathname={pathname} />
          ))}
        </nav>
        <div className="flex-1" />
        <button
          type="button"
          onClick={openPalette}
          aria-keyshortcuts="Control+K Meta+K"
          className="flex min-h-8 items-center gap-2 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-soft hover:bg-raised md:w-56 pointer-coarse:min-h-11"
        >
          <Icon name="search" />
          <span className="sr-only flex-1 text-left md:not-sr-only md:truncate">Search models, pages…</span>
          <kbd className="hidden font-sans text-xs whitespace-nowrap md:inline">Ctrl K</kbd>
        </button>
        <ThemeAndAccount />
        {!session.signed_in && (
          <Link to="/login" className={`${buttonLook('main')} no-underline max-[22rem]:hidden`}>
            Sign in
          </Link>
        )}
        <IconButton
          label="Menu"
          className="md:hidden"
          aria-expanded={isOpen}
          aria-controls="site-menu"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'close' : 'menu'} />
        </IconButton>
      </div>
      {isOpen && <MenuSheet pathname={pathname} />}
    </header>
  );
}

/** The menu is a fifth of the page's scripts: it is fetched when somebody comes near, and opens where the button was. */
function ThemeAndAccount() {
  const { user } = useBoot().session;
  const [isWanted, setWanted] = useState(false);
  const button = (
    <IconButton
      label={user ? `Account of ${user.name}, theme` : 'Theme'}
      aria-haspopup="menu"
      onPointerEnter={() => void loadAccountMenu()}
      onFocus={() => void loadAccountMenu()}
      onClick={() => setWanted(true)}
    >
      <Icon name={user ? 'user' : 'theme'} />
    </IconButton>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <AccountMenu />
    </Suspense>
  );
}

function BarLink({ place, pathname }: { readonly place: Place; readonly pathname: string }) {
  const isHere = isBelow(pathname, place.to);
  return (
    <Link
      to={place.to}
      aria-current={isHere ? 'page' : undefined}
      className={`rounded-md px-2.5 py-1.5 text-sm no-underline hover:bg-raised ${isHere ? 'font-semibold underline decoration-accent decoration-2 underline-offset-8' : 'text-soft hover:text-ink'}`}
    >
      {place.name}
    </Link>
  );
}

/** The router's path has the installation's prefix taken off. */
export function isBelow(pathname: string, to: string): boolean {
  return pathname === to || pathname.startsWith(`${to}/`);
}

function MenuSheet({ pathname }: { readonly pathname: string }) {
  const { session } = useBoot();
  const places = PLACES.filter(({ needs }) => !needs || hasRole(session.user?.role, needs));
  return (
    <nav
      id="site-menu"
      aria-label="All pages"
      className="max-h-[calc(100dvh-3.25rem)] overflow-y-auto border-t border-line bg-surface px-4 py-3 md:hidden"
    >
      <ul className="grid grid-cols-2 gap-x-3">
        {places.map((place) => (
          <li key={place.to}>
            <Link
              to={place.to}
              aria-current={pathname === place.to ? 'page' : undefined}
              className="flex min-h-11 items-center no-underline aria-[current]:font-semibold"
            >
              {place.name}
            </Link>
          </li>
        ))}
        {!session.signed_in && (
          <li>
            <Link to="/login" className="flex min-h-11 items-center font-semibold no-underline">
              Sign in
            </Link>
          </li>
        )}
      </ul>
    </nav>
  );
}

/** Two tracks that join: the sign of a trunk line. */
export function Sign() {
  return (
    <svg className="size-6" viewBox="0 0 24 24" fill="none" aria-hidden="true" strokeWidth="2.4" strokeLinecap="round">
      <path className="stroke-ink" d="M2 12h20" />
      <path className="stroke-accent" d="M2 5c6 0 6 7 12 7M2 19c6 0 6-7 12-7" />
      <circle className="fill-accent" cx="19" cy="12" r="2.6" />
    </svg>
  );
}
