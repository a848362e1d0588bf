/** Everything that one person's session can fetch from a site: each route of the table, and each page as the server draws it. */
import type { BrowserContext } from 'playwright-core';
import { isAtLeast, type Role } from '../../src/accounts/person.ts';
import { oidcRoutes } from '../../src/http/oidc-routes.ts';
import { passkeyRoutes } from '../../src/http/passkey-routes.ts';
import type { PeopleParts } from '../../src/http/people-parts.ts';
import { type ProviderKeyParts, providerKeyRoutes } from '../../src/http/provider-key-routes.ts';
import { roomRoutes } from '../../src/http/room-routes.ts';
import type { Route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes.ts';
import { sessionRoutes } from '../../src/http/session-routes.ts';
import { type SystemParts, systemRoutes } from '../../src/http/system-routes.ts';
import { userRoutes } from '../../src/http/user-routes.ts';
import type { Site } from './site.ts';
import { PUBLIC_PATHS, SIGNED_PATHS } from './site-paths.ts';

/** Only read for method, path and audience: none of them is answered here. */
const nobody = {} as PeopleParts;
const TABLE: readonly Route[] = [
  ...routes,
  ...[...sessionRoutes(nobody), ...userRoutes(nobody), ...passkeyRoutes(nobody), ...oidcRoutes(nobody)],
  ...roomRoutes({} as Parameters<typeof roomRoutes>[0]),
  ...systemRoutes({} as SystemParts),
  ...providerKeyRoutes({} as ProviderKeyParts),
];

const LEAST: Readonly<Record<Exclude<Route['audience'], 'public'>, Role>> = {
  ...{ caller: 'viewer', inference: 'member', management: 'admin', person: 'viewer' },
};

function mayCall(role: Role, route: Route): boolean {
  return route.audience === 'public' || isAtLeast(role, route.role ?? LEAST[route.audience]);
}

/** What stands for the parts of an address that the table leaves open. */
export interface Known {
  readonly model: string;
  readonly generation: string;
  readonly keyHash: string;
  readonly provider: string;
  readonly app: string;
}

export interface Read {
  readonly path: string;
  readonly status: number;
  readonly text: string;
  /** Whether the person's role is enough for it, by the table. */
  readonly isMeant: boolean;
}

const NOWHERE = 'nobody-has-this-id';

/** A stream has no end: what it says within this time is looked at. */
const STREAM_MS = 1_500;
/** Starts a journey elsewhere, or ends one: nothing to read. */
const NOT_READ = /\/oidc\//;

export async function readEverything(site: Site, context: BrowserContext, role: Role, known: Known): Promise<Read[]> {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const read = async (path: string, isMeant: boolean, accept: string): Promise<Read> => {
    const response = await fetch(site.address + path, {
      headers: { cookie, accept },
      redirect: 'manual',
      signal: AbortSignal.timeout(STREAM_MS * 10),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    const text = isStream ? await readFor(response, STREAM_MS) : await response.text();
    return { path, status: response.status, text, isMeant };
  };
  const asked = TABLE.filter(({ method, path }) => method === 'GET' && !NOT_READ.test(path)).map(
    (route) => [addressOf(route.path, known), mayCall(role, route)] as const,
  );
  const done: Read[] = [];
  for (const [path, isMeant] of asked) done.push(await read(path, isMeant, 'application/json'));
  for (const path of ['/metrics', '/health/live', '/health/ready']) done.push(await read(path, true, '*/*'));
  const pages = [...PUBLIC_PATHS, ...SIGNED_PATHS, `/generations/${known.generation}`];
  for (const path of pages) done.push(await read(path, true, 'text/html'));
  return done;
}

/** Addresses of this server that stand in the pages, as the server drew them. */
export function linksIn(read: readonly Read[]): readonly string[] {
  return read.flatMap(({ text }) => [...text.matchAll(/ (?:href|src|action)="(\/[^"]*)"/g)].map(([, link]) => link!));
}

/** What somebody gets who may ask: of what is nowhere, that it is nowhere. */
export function statusOf(path: string): 200 | 404 {
  return path.includes(NOWHERE) || path === '/nothing/here' ? 404 : 200;
}

/** Every change that the table keeps for a higher role, tried with an empty body: `METHOD path status`. */
export async function tryForbiddenChanges(site: Site, context: BrowserContext, role: Role, known: Known) {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const forbidden = TABLE.filter((route) => route.method !== 'GET' && !mayCall(role, route));
  const tried: string[] = [];
  for (const { method, path } of forbidden) {
    const response = await fetch(site.address + addressOf(path, known), {
      ...{ method, body: method === 'DELETE' ? null : '{}' },
      headers: { cookie, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    });
    tried.push(`${method} ${path} ${response.status}`);
  }
  return tried;
}

/** Of routes that answer only to a question. */
const QUESTIONS: readonly (readonly [string, (known: Known) => string])[] = [
  ['/api/v1/generation', ({ generation }) => `id=${generation}`],
  ['/api/v1/generation/content', ({ generation }) => `id=${generation}`],
  ['/api/x/stats/timeseries', ({ model }) => `model=${model}&metric=throughput`],
  ['/api/x/stats/uptime', ({ model }) => `model=${model}`],
  ['/api/x/stats/endpoints', ({ model }) => `model=${model}`],
  ['/api/x/catalogue/prices', ({ model }) => `model=${model}`],
];

function addressOf(path: string, known: Known): string {
  const query = QUESTIONS.find(([asked]) => asked === path)?.[1](known);
  const filled = path
    .replace(':author/:slug', known.model)
    .replace('/apps/:slug', `/apps/${known.app}`)
    .replace('/generations/:id', `/generations/${known.generation}`)
    .replace(':hash', known.keyHash)
    .replace(':model', encodeURIComponent(known.model))
    .replace(/providers\/:id\{.*\}/, `providers/${known.provider}`)
    .replace(':provider', known.provider)
    .replace(/:\w+(?:\{[^}]*\})?/g, NOWHERE);
  return query === undefined ? filled : `${filled}?${query}`;
}

async function readFor(response: Response, ms: number): Promise<string> {
  const reader = response.body!.getReader();
  const end = setTimeout(() => void reader.cancel(), ms);
  const decoder = new TextDecoder();
  let text = '';
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) text += decoder.decode(piece.value);
  clearTimeout(end);
  return text;
}
