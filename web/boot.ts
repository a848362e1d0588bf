import type { Boot } from '../src/contract/page.ts';
import type { Role } from '../src/contract/session.ts';

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
