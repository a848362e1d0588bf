import { createContext, type ReactNode, useContext } from 'react';
import type { Boot } from '../src/contract/page.ts';
import type { Role } from '../src/contract/session.ts';
import { hasRole } from './boot.ts';

const BootContext = createContext<Boot | undefined>(undefined);

export function BootProvider({ boot, children }: { readonly boot: Boot; readonly children: ReactNode }) {
  return <BootContext value={boot}>{children}</BootContext>;
}

/** What the server wrote into the page: address, version, session. */
export function useBoot(): Boot {
  const boot = useContext(BootContext);
  if (!boot) throw new Error('useBoot outside BootProvider');
  return boot;
}

/** Is the visitor signed in with at least this role? */
export function useRole(needed: Role): boolean {
  return hasRole(useBoot().session.user?.role, needed);
}
