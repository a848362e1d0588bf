import { Hono } from 'hono';
import type { Caller } from '../accounts/caller.ts';
import type { AccountDirectory } from '../accounts/directory.ts';
import { readApp } from '../accounts/read-app.ts';
import { readCredential } from '../accounts/read-credential.ts';
import { randomText } from '../base/ids.ts';
import type { JsonObject } from '../base/json.ts';
import type { FormatRoute, WireFormat } from '../formats/format.ts';
import type { GatewayParts } from '../gateway/gateway-parts.ts';
import { asFailure, Failure } from '../generation/failure.ts';
import { answerCount } from './answer-count.ts';
import type { Exchange } from './exchange.ts';
import { answerGeneration, type GenerationCall, retryAfter, statusOf } from './generations.ts';
import { listModelsOf, showModelOf } from './list-models-of.ts';
import type { Pages } from './pages.ts';
import type { Audience, Route } from './route.ts';

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
}

/** What `/metrics` counts of every answer. */
export interface RequestMetrics {
  countAnswer(route: string, status: number): void;
}

const KEY_MAX = 512;

/**
 * The front door: one table of routes, each with its audience. Every API path also answers below `/v1`, for clients that are
 * used to OpenAI's address.
 */
export function makeApp(parts: ServerParts): Hono {
  const app = new Hono();
  const base = parts.base ?? '';
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
        return guard(parts, request, route, parts.errorFormat, (caller) =>
          route.answer({
            request,
            params,
            query: new URL(request.url).searchParams,
            exchange: parts.exchange,
            ...(caller && { caller }),
          }),
        );
      });
    }
  }
  app.options('*', () => new Response(undefined, { status: 204, headers: CORS }));
  app.notFound(async (context) => (await answerPage(parts, context.req.raw)) ?? unknownPath(parts, context.req.raw));
  return app;
}

/** Public, as the exchange's own list of models is. */
function addListing(app: Hono, parts: ServerParts, format: WireFormat): void {
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

interface SpokenRoute {
  readonly format: WireFormat;
  readonly route: FormatRoute;
  answer(call: GenerationCall): Promise<Response>;
}

function addFormatRoute(app: Hono, parts: ServerParts, { format, route, answer }: SpokenRoute): void {
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

/** No credentials travel by themselves (no cookies), so any page may call with a key it was given. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PATCH, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': '*, authorization',
  'access-control-expose-headers': 'x-generation-id, retry-after, x-request-id',
  'access-control-max-age': '86400',
} as const;

/** What an address asks of those who come to it. */
interface Door {
  readonly path: string;
  readonly audience: Audience;
  /** A key in the query, where clients of the format put it. */
  readonly key?: string | null | undefined;
}

async function guard(
  parts: ServerParts,
  request: Request,
  door: Door,
  format: WireFormat,
  answer: (caller: Caller | undefined, requestId: string) => Response | Promise<Response>,
): Promise<Response> {
  const requestId = `req-${randomText(20)}`;
  let response: Response;
  try {
    const admitted = admit(parts.exchange.directory, request.headers, door);
    const caller = admitted === 'unknown' ? await admitNewcomer(parts.exchange, request.headers, door) : admitted;
    response = await answer(caller, requestId);
  } catch (error) {
    response = failureResponse(parts, failureOf(error), format, requestId);
  }
  response.headers.set('x-request-id', requestId);
  if (format.server.requestIdHeader) response.headers.set(format.server.requestIdHeader, requestId);
  response.headers.set('access-control-allow-origin', '*');
  response.headers.set('access-control-expose-headers', CORS['access-control-expose-headers']);
  response.headers.set('x-content-type-options', 'nosniff');
  parts.metrics.countAnswer(door.path, response.status);
  return response;
}

/** A database that is away is not a bug. Storage throws an error of its own, which this door knows by its name. */
function failureOf(error: unknown): Failure {
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

/** A key that the CLI or another replica has just made is in storage, not in memory. Looked for at most twice a second, whoever asks. */
async function admitNewcomer(exchange: Exchange, headers: Headers, door: Door): Promise<Caller | undefined> {
  const nowMs = exchange.clock.monotonicMs();
  if (nowMs - lastSearchMs > SEARCH_MS) {
    lastSearchMs = nowMs;
    search = exchange.directory.refresh().catch(() => undefined);
  }
  await search;
  const admitted = admit(exchange.directory, headers, door);
  if (admitted !== 'unknown') return admitted;
  if (door.audience === 'public') return undefined;
  throw new Failure('unauthenticated', { message: REFUSALS.unknown });
}

const SEARCH_MS = 500;
let lastSearchMs = Number.NEGATIVE_INFINITY;
let search: Promise<void> | undefined;

/** Who calls, and may they? A public route takes anyone, but a bad key is refused there too: it is a mistake worth knowing. */
function admit(directory: AccountDirectory, headers: Headers, door: Door): Caller | 'unknown' | undefined {
  const { audience } = door;
  const credential = readCredential(headers, door.key);
  if (credential === 'conflict') throw new Failure('invalid-request', { message: 'Two different API keys were sent' });
  if (credential === undefined) {
    if (audience === 'public') return undefined;
    throw new Failure('unauthenticated', {
      message: 'No API key was sent: use the header Authorization: Bearer <key>',
    });
  }
  const key = credential.length > KEY_MAX ? 'malformed' : directory.authenticate(credential);
  if (key === 'unknown') return key;
  if (typeof key === 'string') {
    if (audience === 'public') return undefined;
    throw new Failure('unauthenticated', { message: REFUSALS[key] });
  }
  if (audience === 'management' && !key.isManagement) {
    throw new Failure('permission-denied', { message: 'This needs a management key' });
  }
  if (audience === 'inference' && key.isManagement) {
    throw new Failure('permission-denied', { message: 'A management key cannot generate: use an API key' });
  }
  const userAgent = headers.get('user-agent');
  return { key, app: readApp(headers), ...(userAgent !== null && { userAgent: userAgent.slice(0, 256) }) };
}

/** An unknown key and a malformed one read alike: nothing tells which keys exist. */
const REFUSALS = {
  malformed: 'The API key is not valid',
  unknown: 'The API key is not valid',
  disabled: 'The API key is disabled',
  expired: 'The API key has expired',
} as const;

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
