import type { Role, SessionSummary } from '../src/contract/session.ts';

/** What the server writes into a page: where it lives, who looks at it, and the answers it needs first. */
export interface Boot {
  /** Path prefix of the installation without a slash at its end: '' or '/gw'. */
  readonly base: string;
  /** Scheme, host and prefix as callers reach the installation: `https://llm.example.org/gw`. */
  readonly address: string;
  readonly version: string;
  readonly theme: Theme;
  readonly session: SessionSummary;
  /** Answers by address, as `preload` of the page asked for them. */
  readonly data: Readonly<Record<string, unknown>>;
  /** For style elements that a component must add. */
  readonly nonce: string;
}

export type Theme = 'system' | 'light' | 'dark' | 'contrast';

const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

/** Does a role include another? An owner may do what an admin may, and so on. */
export function hasRole(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Read once, in the browser. */
export function readBoot(): Boot {
  const element = document.getElementById('boot');
  if (!element?.textContent) throw new Error('the page came without its boot data');
  return JSON.parse(element.textContent) as Boot;
}
