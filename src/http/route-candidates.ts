import type { JsonObject } from '../base/json.ts';
import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { RouteCandidate, RouteInputsListing } from '../contract/generation-log.ts';
import type { RoutingPreferences } from '../generation/preferences.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { currentPrice, expectedCost } from '../routing/expected-cost.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from '../routing/health-numbers.ts';
import { REJECTION_WORDS } from '../routing/rejection-words.ts';
import type { RouteDecision } from '../routing/route-plan.ts';
import type { Exchange } from './exchange.ts';

/** The endpoints of a plan as the catalogue had them then; those of today where the facts of that time are not kept. */
export interface RouteFacts {
  readonly byId: ReadonlyMap<string, Endpoint>;
  /** All of them are of that time. */
  readonly isComplete: boolean;
}

export async function readRouteFacts(exchange: Exchange, route: RouteDecision | undefined): Promise<RouteFacts> {
  if (!route) return { byId: new Map(), isComplete: false };
  const kept = await Promise.all(route.models.map(({ factsKey }) => exchange.ledger.findRouteFacts(factsKey)));
  const catalog = exchange.catalog();
  const endpoints = route.models.flatMap(({ modelId }, index) => kept[index] ?? catalog.endpoints(modelId));
  return {
    byId: new Map(endpoints.map((endpoint) => [endpoint.id, endpoint])),
    isComplete: kept.every((facts) => facts !== undefined),
  };
}

/** Every endpoint that was looked at, with its verdict: the plan in its order, then those left out. */
export function listCandidates(record: GenerationRecord, facts: RouteFacts): readonly RouteCandidate[] {
  const { route } = record;
  if (!route) return [];
  const failed = new Set(record.attempts.filter(({ failure }) => failure !== undefined).map((one) => one.endpointId));
  const inputsOf = (id: string) => printInputs(facts.byId.get(id), route.health[id], route);
  const steps = route.steps.map(({ endpointId, reason }, index) => ({
    ...identityOf(endpointId, facts),
    verdict: verdictOf(endpointId, record, failed),
    place: index + 1,
    reason_code: null,
    reason,
    inputs: inputsOf(endpointId),
  }));
  const rejected = route.rejected.map(({ endpointId, reason }) => ({
    ...identityOf(endpointId, facts),
    verdict: 'excluded' as const,
    place: null,
    reason_code: reason,
    reason: REJECTION_WORDS[reason],
    inputs: inputsOf(endpointId),
  }));
  return [...steps, ...rejected];
}

/** An answer that broke off and was gone on with elsewhere was chosen, and failed: the try that failed says so. */
function verdictOf(id: string, record: GenerationRecord, failed: ReadonlySet<string>): RouteCandidate['verdict'] {
  if (failed.has(id)) return 'tried_and_failed';
  return record.attempts.some(({ endpointId }) => endpointId === id) || record.endpointId === id
    ? 'chosen'
    : 'eligible';
}

/** An endpoint's id says its model and its tag, whatever became of it. */
export function identityOf(
  endpointId: string,
  facts: RouteFacts,
): Pick<RouteCandidate, 'endpoint' | 'provider' | 'provider_name' | 'model'> {
  const endpoint = facts.byId.get(endpointId);
  const bar = endpointId.lastIndexOf('|');
  return {
    endpoint: endpointId,
    provider: endpoint?.providerId ?? endpointId.slice(bar + 1).split('/')[0]!,
    provider_name: endpoint?.providerName ?? null,
    model: endpoint?.modelId ?? endpointId.slice(0, Math.max(0, bar)),
  };
}

export function printInputs(
  endpoint: Endpoint | undefined,
  health: EndpointHealth = UNKNOWN_HEALTH,
  { features, nowMs }: { readonly features: RequestFeatures; readonly nowMs: number },
): RouteInputsListing {
  const price = endpoint && currentPrice(endpoint.price, features.promptTokensEstimate, nowMs);
  const cost = endpoint && expectedCost(endpoint.price, features, nowMs);
  return {
    prompt_per_million: price ? formatUsd(price.prompt * 1_000_000n) : null,
    completion_per_million: price ? formatUsd(price.completion * 1_000_000n) : null,
    expected_cost: cost === undefined ? null : formatUsd(BigInt(Math.round(cost))),
    first_content_p50_ms: health.latencyMs?.p50 ?? null,
    tokens_per_second_p50: health.throughput?.p50 ?? null,
    uptime: health.uptime === undefined ? null : Math.floor(health.uptime * 100_000) / 1000,
    n: health.samples,
  };
}

export function preferencesToJson(preferences: RoutingPreferences): JsonObject {
  const { maxPricePico, ...rest } = preferences;
  const max = Object.entries(maxPricePico ?? {}).map(([name, pico]) => [name, formatUsd(pico)]);
  return {
    ...(JSON.parse(JSON.stringify(rest)) as JsonObject),
    ...(maxPricePico && { maxPrice: Object.fromEntries(max) as JsonObject }),
  };
}
