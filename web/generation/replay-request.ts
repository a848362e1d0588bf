import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { multiply } from '../text/numbers.ts';
import { tagOf } from './tell-route.ts';

type Preferences = NonNullable<GenerationDetail['route']>['preferences'];

/** Names of a recorded plan's preferences as a request spells them. */
const NAMES: Readonly<Record<string, string>> = {
  allowFallbacks: 'allow_fallbacks',
  requireParameters: 'require_parameters',
  dataCollection: 'data_collection',
  enforceDistillableText: 'enforce_distillable_text',
  allowContinuation: 'allow_continuation',
  minThroughput: 'preferred_min_throughput',
  maxLatencySeconds: 'preferred_max_latency',
  maxPrice: 'max_price',
};
const USUAL: Readonly<Record<string, unknown>> = {
  allowFallbacks: true,
  requireParameters: false,
  dataCollection: 'allow',
  zdr: false,
  enforceDistillableText: false,
  allowContinuation: true,
};
/** Prices are kept per token and asked for per million. */
const PER_TOKEN = new Set(['prompt', 'completion']);

/** What the request said under `provider`, without what it would mean anyway. */
export function requestPreferences(preferences: Preferences): Record<string, unknown> {
  const said = Object.entries(preferences).filter(([name, value]) => USUAL[name] !== value);
  return Object.fromEntries(
    said.map(([name, value]) => [NAMES[name] ?? name, name === 'maxPrice' ? perMillion(value) : value]),
  );
}

function perMillion(prices: unknown): Record<string, unknown> {
  const entries = Object.entries(prices as Record<string, string>);
  return Object.fromEntries(
    entries.map(([what, price]) => [what, PER_TOKEN.has(what) ? multiply(price, 1_000_000) : price]),
  );
}

/** The same request to one endpoint and to no other; `messages` come from whoever has them. */
export function replayBody(
  detail: Pick<GenerationDetail, 'requested_model' | 'model' | 'route' | 'streamed' | 'session'>,
  endpoint: string | undefined,
  messages: unknown,
): Record<string, unknown> {
  // Lists of a workspace or a key have no name in a request; they count again by themselves.
  const { within: _within, ...own } = requestPreferences(detail.route?.preferences ?? {});
  const { order: _order, only: _only, ignore: _ignore, sort: _sort, ...kept } = own;
  const provider = endpoint === undefined ? own : { ...kept, order: [tagOf(endpoint)], allow_fallbacks: false };
  const model = endpoint === undefined ? detail.requested_model : endpoint.slice(0, endpoint.lastIndexOf('|'));
  return {
    model,
    messages,
    ...(detail.streamed && { stream: true }),
    ...(Object.keys(provider).length > 0 && { provider }),
  };
}

/** A shell's single quotes end at a single quote. */
export function curlOf(address: string, path: string, body?: unknown): string {
  const lines = [`curl ${address}${path}`, `-H "Authorization: Bearer $TRUNKLINE_API_KEY"`];
  if (body !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}

/** Fit for a bug report: how it was routed, timed and priced, without whose it was and what it was called. */
export function redact(detail: GenerationDetail): string {
  const {
    key: _key,
    key_name: _name,
    app: _app,
    external_user: _user,
    session: _session,
    user_agent: _agent,
    request_id: _request,
    upstream_id: _upstream,
    ...rest
  } = detail;
  const attempts = rest.attempts.map(({ upstream_id: _, ...attempt }) => attempt);
  return JSON.stringify({ ...rest, attempts }, undefined, 2);
}
