import type { Caller } from '../accounts/caller.ts';
import type { Role } from '../accounts/person.ts';
import type { AuditNote } from './audit-log.ts';
import type { Exchange } from './exchange.ts';

/**
 * Who may call a route. `public`: anyone. `caller`: any valid key, anybody signed in. `inference`: a key that may generate, members.
 * `management`: a key that administers, admins. `person`: only somebody signed in, whatever their role; no key.
 */
export type Audience = 'public' | 'caller' | 'inference' | 'management' | 'person';

/** One line of the table of routes. A route without an audience cannot be written: deny by default. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Hono pattern from the root, such as `/api/v1/models/:author/:slug/endpoints`. */
  readonly path: string;
  readonly audience: Audience;
  /** The least role of somebody signed in, where it is not the audience's own. */
  readonly role?: Role;
  /** Its name in the audit log. A change without a name stands there by its method and path; a reading only by its name. */
  readonly action?: string;
  /** Changes nothing, though it is no GET. */
  readonly isReading?: true;
  answer(call: RouteCall): Response | Promise<Response>;
}

export interface RouteCall {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Present for every audience but `public`, where it may be absent. */
  readonly caller?: Caller;
  readonly exchange: Exchange;
  /** For the audit log, of routes that stand there: see `note`. */
  readonly audit?: AuditNote;
  /** Where the request came from, as far as our own proxies are to be believed. */
  readonly address?: string;
}

/** Its name in the audit log; undefined when it does not stand there. */
export function auditName({ method, path, action, isReading }: Route): string | undefined {
  return action ?? (method === 'GET' || isReading ? undefined : `${method} ${path}`);
}

/** Tells the audit log more than the door knows. */
export function note({ audit }: RouteCall, more: AuditNote): void {
  if (audit) Object.assign(audit, more);
}
