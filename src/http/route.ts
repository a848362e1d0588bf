import type { Caller } from '../accounts/caller.ts';
import type { Exchange } from './exchange.ts';

/**
 * Who may call a route. `public`: anyone, a valid key or none. `caller`: any valid key. `inference`: a key that may generate.
 * `management`: a key that administers.
 */
export type Audience = 'public' | 'caller' | 'inference' | 'management';

/** One line of the table of routes. A route without an audience cannot be written: deny by default. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Hono pattern from the root, such as `/api/v1/models/:author/:slug/endpoints`. */
  readonly path: string;
  readonly audience: Audience;
  answer(call: RouteCall): Response | Promise<Response>;
}

export interface RouteCall {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Present for every audience but `public`, where it may be absent. */
  readonly caller?: Caller;
  readonly exchange: Exchange;
}
