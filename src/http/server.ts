import { Hono } from 'hono';
import type { Caller } from '../accounts/caller.ts';
import { PersonConflict, type SessionBook } from '../accounts/session-book.ts';
import { randomText } from '../base/ids.ts';
import type { JsonObject } from '../base/json.ts';
import type { FormatRoute, WireFormat } from '../formats/format.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import { type Door, Porter } from './admit.ts';
import { answerCount } from './answer-count.ts';
import type { AuditLog, AuditNote } from './audit-log.ts';
import type { Exchange } from './exchange.ts';
import { answerGeneration, type GenerationCall, retryAfter, statusOf } from './generations.ts';
import { listModelsOf, showModelOf } from './list-models-of.ts';
import type { Pages } from './pages.ts';
import { auditName, type Route } from './route.ts';

export interface ServerParts {
  readonly exchange: Exchange;
  readonly gateway: GatewayParts;
  readonly routes: readonly Route[];
  /** What callers may speak: each format says at which addresses. */
  readonly formats: readonly WireFormat[];
  /** Prints failures where no wire format is at hand. */
  readonly errorFormat: WireFormat;
  readonly metrics: RequestMetrics;
  /** The site, for every address that is none of the table's. */
  readonly pages?: Pages;
  /** Path prefix that a proxy leaves on: every address answers below it too. '' or `/gw`. */
  readonly base?: string;
  /** Whose sessions count where no key was sent. */
  readonly book: SessionBook;
  readonly audit: AuditLog;
}

/** What the socket knows of a request. */
export interface Peer {
  readonly Bindings: { readonly address?: string };
}

/** What the door has at hand for every request. */
interface Hall extends ServerParts {
  readonly porter: Porter;
}

/** What `/metrics` counts of every answer. */
export interface RequestMetrics {
  countAnswer(route: string, status: number): void;
}

/**
 * The front door: one table of routes, each with its audience. Every API path also answers below `/v1`, for clients that are
 * used to OpenAI's address.
 */
export function makeApp(given: ServerParts): Hono<Peer> {
  const app = new Hono<Peer>();
  const base = given.base ?? '';
  const parts: Hall = { ...given, porter: new Porter(given.exchange, given.book) };
  for (const format of parts.formats) {
    addListing(app, parts, format);
    const { routes, counting } = format.server;
    for (const route of counting?.routes ?? []) addFormatRoute(app, parts, { format, route, answer: answerCount });
    for (const route of routes) addFormatRoute(app, parts, { format, route, answer: answerGeneration });
  }
  for (const route of parts.routes) {
    for (const alias of aliases(route.path, base)) {
      app.on(route.method, alias, (context) => {
        const request = context.req.raw;
        const params = context.req.param() as Record<string, string>;
        return answerRoute(parts, route, { request, params, address: context.env?.address });
      });
    }
  }
  app.options('*', () => new Response(undefined, { status: 204, headers: CORS }));
  app.notFound(async (context) => (await answerPage(parts, context.req.raw)) ?? unknownPath(parts, context.req.raw));
  return app;
}

/** Public, as the exchange's own list of models is. */
function addListing(app: Hono<Peer>, parts: Hall, format: WireFormat): void {
  const { listing } = format.server;
  for (const path of (listing?.paths ?? []).flatMap((path) => aliases(path, parts.base ?? ''))) {
    const door = (query: URLSearchParams): Door => ({
      ...{ path, audience: 'public' },
      key: listing?.keyParameter === undefined ? undefined : query.get(listing.keyParameter),
    });
    app.get(path, ({ req }) => {
      const query = new URL(req.url).searchParams;
      return guard(parts, req.raw, door(query), format, () => listModelsOf(format, parts.exchange, query));
    });
    app.get(`${path}/:model{.+}`, ({ req }) => {
      const query = new URL(req.url).searchParams;
      const model = req.param('model');
      return guard(parts, req.raw, door(query), format, () => showModelOf(format, parts.exchange, model));
    });
  }
}

interface Visit {
  readonly request: Request;
  readonly params: Readonly<Record<string, string>>;
  readonly address: string | undefined;
}

/** A change is in the audit log, done or refused, before its caller hears of it. */
async function answerRoute(parts: Hall, route: Route, { request, params, address }: Visit): Promise<Response> {
  const { exchange } = parts;
  const audit: AuditNote = {};
  let caller: Caller | undefined;
  const response = await guard(parts, request, route, parts.errorFormat, (admitted) => {
    caller = admitted;
    const query = new URL(request.url).searchParams;
    return route.answer({
      ...{ request, params, query, exchange, audit },
      ...(caller && { caller }),
      ...(address !== undefined && { address }),
    });
  });
  const action = auditName(route);
  if (action !== undefined) {
    await parts.audit.record({ action, note: audit, caller, params, status: response.status, address });
  }
  return response;
}

interface SpokenRoute {
  readonly format: WireFormat;
  readonly route: FormatRoute;
  answer(call: GenerationCall): Promise<Response>;
}

function addFormatRoute(app: Hono<Peer>, parts: Hall, { format, route, answer }: SpokenRoute): void {
  for (const alias of aliases(route.path, parts.base ?? '')) {
    app.post(alias, (context) => {
      const request = context.req.raw;
      const query = new URL(request.url).searchParams;
      const key = route.keyParameter === undefined ? undefined : query.get(route.keyParameter);
      const door = { path: route.path, audience: 'inference', key } as const;
      return guard(parts, request, door, format, (caller, requestId) => {
        const params = route.read ? (context.req.param() as Record<string, string>) : {};
        const address = route.read?.(params, query);
        const call = { request, caller: caller!, format, requestId, parts: parts.gateway };
        return answer(address ? { ...call, address } : call);
      });
    });
  }
}

/** API addresses answer without `/api` too, and all of them with the installation's prefix or without. */
function aliases(path: string, base: string): readonly string[] {
  const paths = /^\/api\/v1(?:alpha|beta)?\//.test(path) ? [path, path.slice('/api'.length)] : [path];
  return base === '' ? paths : [...paths, ...paths.map((one) => base + one)];
}

async function answerPage(parts: ServerParts, request: Request): Promise<Response | undefined> {
  const response = await parts.pages?.answer(request);
  if (response) parts.metrics.countAnswer('page', response.status);
  return response;
}

/** Any page may call with a key it was given. A session's cookie is good for our own pages only, and no other may read its answers. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': '*, authorization',
  'access-control-expose-headers': 'x-generation-id, retry-after, x-request-id',
  'access-control-max-age': '86400',
} as const;

async function guard(
  parts: Hall,
  request: Request,
  door: Door,
  format: WireFormat,
  answer: (caller: Caller | undefined, requestId: string) => Response | Promise<Response>,
): Promise<Response> {
  const requestId = `req-${randomText(20)}`;
  let response: Response;
  let caller: Caller | undefined;
  try {
    const admitted = parts.porter.admit(request, door);
    caller = admitted instanceof Promise ? await admitted : admitted;
    response = await answer(caller, requestId);
  } catch (error) {
    response = failureResponse(parts, failureOf(error), format, requestId);
  }
  response.headers.set('x-request-id', requestId);
  if (format.server.requestIdHeader) response.headers.set(format.server.requestIdHeader, requestId);
  if (caller?.session) {
    response.headers.set('vary', 'cookie');
  } else {
    response.headers.set('access-control-allow-origin', '*');
    response.headers.set('access-control-expose-headers', CORS['access-control-expose-headers']);
  }
  response.headers.set('x-content-type-options', 'nosniff');
  parts.metrics.countAnswer(door.path, response.status);
  return response;
}

/** A database that is away is not a bug. Storage throws an error of its own, which this door knows by its name. */
function failureOf(error: unknown): Failure {
  if (error instanceof PersonConflict) return new Failure('conflict', { message: error.message });
  if (error instanceof Error && error.name === 'StorageAway') {
    return new Failure('storage-away', { message: 'The database does not answer at the moment', cause: error });
  }
  return asFailure(error);
}

export function failureResponse(parts: ServerParts, failure: Failure, format: WireFormat, requestId: string): Response {
  if (failure.kind === 'internal') {
    const { cause } = failure.detail;
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    parts.exchange.log.write('error', 'A bug while answering', { requestId, stack });
  }
  const body: JsonObject = format.server.encodeFailure(failure, requestId);
  return Response.json(body, { status: statusOf(failure, format), headers: retryAfter(failure) });
}

function unknownPath(parts: ServerParts, request: Request): Response {
  const { pathname } = new URL(request.url);
  const generating = parts.formats.flatMap(({ server }) => [...server.routes, ...(server.counting?.routes ?? [])]);
  const listings = parts.formats.flatMap(({ server }) => (server.listing?.paths ?? []).map((path) => ({ path })));
  const known = [...generating, ...listings, ...parts.routes].flatMap((route) => aliases(route.path, parts.base ?? ''));
  const isKnown = known.includes(pathname);
  const failure = isKnown
    ? new Failure('method-not-allowed', { message: `${request.method} is not what ${pathname} answers to` })
    : new Failure('not-found', { message: `There is nothing at ${pathname.slice(0, 200)}` });
  const response = failureResponse(parts, failure, parts.errorFormat, '');
  response.headers.set('access-control-allow-origin', '*');
  return response;
}
