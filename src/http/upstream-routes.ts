import type { Endpoint } from '../catalog/endpoint.ts';
import type { HealthEvent } from '../contract/generation-log.ts';
import { switchNote, type Upstream, type Upstreams } from '../contract/routing.ts';
import { Failure } from '../generation/failure.ts';
import type { EndpointHealth } from '../routing/health-numbers.ts';
import { DEGRADED, DOWN, isGated, standingOf } from '../routing/standing.ts';
import { SAMPLES_MIN, sampled } from '../statistics/sample-rules.ts';
import type { Exchange } from './exchange.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf, printFigure } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';

export const upstreamRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/api/x/upstreams',
    audience: 'management',
    answer: ({ exchange }) => showUpstreams(exchange),
  },
  { method: 'POST', path: '/api/x/upstreams/:id{.+}/disable', audience: 'management', answer: disable },
  { method: 'POST', path: '/api/x/upstreams/:id{.+}/enable', audience: 'management', answer: enable },
];

export type Breaker = HealthEvent['breaker'];

/** What keeps an endpoint out or back, in one word. */
export function breakerOf(health: EndpointHealth, isOff: boolean, nowMs: number): Breaker {
  if (isOff) return 'off';
  if (health.vetoed) return 'refused';
  const standing = standingOf(health, nowMs);
  if (standing >= DOWN || health.recentOutage || isGated(health, nowMs)) return 'open';
  return standing === DEGRADED ? 'half' : 'closed';
}

/** Endpoints that are connected, were called or are switched off: all from memory. */
function showUpstreams(exchange: Exchange): Response {
  const connected = new Set(exchange.providers().flatMap(({ id, connected }) => (connected ? [id] : [])));
  const off = new Map(exchange.switches.list().map((one) => [one.target, one]));
  const called = new Set(exchange.calledEndpoints());
  const catalog = exchange.catalog();
  const data = catalog.models
    .flatMap(({ id }) => catalog.endpoints(id))
    .filter(({ id, providerId }) => connected.has(providerId) || called.has(id) || off.has(id))
    .map((endpoint) => printUpstream(exchange, endpoint, connected.has(endpoint.providerId)));
  const providers = new Set(exchange.providers().map(({ id }) => id));
  const upstreams: Upstreams = {
    data,
    providers_off: [...off.values()]
      .filter(({ target }) => providers.has(target))
      .map(({ target, atMs, by, note }) => ({ provider: target, at: instantOf(atMs), by, note })),
  };
  return answerPrivate(upstreams);
}

function printUpstream(exchange: Exchange, endpoint: Endpoint, isConnected: boolean): Upstream {
  const { id, providerId } = endpoint;
  const nowMs = exchange.clock.nowMs();
  const health = exchange.health(id);
  const uptime = exchange.uptime(id);
  const own = exchange.switches.list().find(({ target }) => target === id || target === providerId);
  const figure = (value: number | undefined) => printFigure(sampled(value, health.samples, SAMPLES_MIN.p50));
  return {
    endpoint: id,
    provider: providerId,
    provider_name: endpoint.providerName,
    model: endpoint.modelId,
    connected: isConnected,
    breaker: breakerOf(health, own !== undefined, nowMs),
    gated_until: health.gatedUntilMs === undefined ? null : instantOf(health.gatedUntilMs),
    first_content_ms: figure(health.latencyMs?.p50),
    tokens_per_second: figure(health.throughput?.p50),
    uptime: {
      last_5m: uptime.last5m ?? null,
      last_30m: uptime.last30m ?? null,
      last_1d: uptime.last1d ?? null,
    },
    in_flight: exchange.inFlight(id),
    switched_off: own ? { at: instantOf(own.atMs), by: own.by, note: own.note } : null,
  };
}

async function disable({ request, params, caller, exchange }: RouteCall): Promise<Response> {
  const target = params.id ?? '';
  if (!isKnown(exchange, target)) throw unknownTarget();
  const hasBody = request.headers.get('content-type') !== null;
  const note = hasBody ? ((await readJsonBody(request, switchNote)).fields.note ?? '') : '';
  const by = caller!.key.label;
  await exchange.switches.turnOff({ target, atMs: exchange.clock.nowMs(), by, note });
  exchange.log.write('warn', 'Switched off', { target, byKeyHash: caller!.key.hash });
  return showUpstreams(exchange);
}

/** What left the catalogue can still be switched on. */
async function enable({ params, caller, exchange }: RouteCall): Promise<Response> {
  const target = params.id ?? '';
  const wasOff = await exchange.switches.turnOn(target);
  if (!wasOff && !isKnown(exchange, target)) throw unknownTarget();
  if (wasOff) exchange.log.write('warn', 'Switched on', { target, byKeyHash: caller!.key.hash });
  return showUpstreams(exchange);
}

function isKnown(exchange: Exchange, target: string): boolean {
  const bar = target.lastIndexOf('|');
  if (bar < 0) return exchange.providers().some(({ id }) => id === target);
  return exchange
    .catalog()
    .endpoints(target.slice(0, bar))
    .some(({ id }) => id === target);
}

function unknownTarget(): Failure {
  return new Failure('not-found', { message: 'There is no endpoint and no provider with this id' });
}
