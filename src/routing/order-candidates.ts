import type { Random } from '../base/random.ts';
import type { SortKey } from '../generation/preferences.ts';
import type { EngineState } from './engine-state.ts';
import { expectedCost } from './expected-cost.ts';
import type { Candidate, RoutingRequest } from './filters.ts';
import { orderEngines } from './order-engines.ts';
import type { RouteStep } from './route-plan.ts';
import { exactoTiers, missesLatency, missesThroughput, type Standing, standingOf } from './standing.ts';
import { explainPlace } from './step-reason.ts';
import { isHonoured, weightyParameters } from './supported-parameters.ts';

/** How one pool of candidates is ordered: a whole model's, or all models' with partition `none`. */
export interface OrderRule {
  readonly sortBy?: SortKey;
  readonly putsPriorityFirst: boolean;
}

/** A candidate with everything its place depends on. */
export interface Place {
  readonly candidate: Candidate;
  readonly standing: Standing;
  /** Expected cost of this request in picodollars. */
  readonly cost: number;
  /** Index in `provider.order`; -1 when it isn't listed. */
  readonly listed: number;
  /** A sent `tools`, `response_format` or `verbosity` that it would drop. */
  readonly lacks: string | undefined;
  readonly missed: 'throughput' | 'latency' | undefined;
  /** There are pictures in the prompt, and it would show them to the model in the wrong order. */
  readonly isMisordered: boolean;
  /** What it was chosen by among engines like it; undefined where there was no choice. */
  readonly engine?: EngineState;
  /** Classes that no draw and no sort mixes; smaller first. */
  group: number;
  /** Order within a group; smaller first. */
  value: number;
  /** Chance of being drawn next among those left in its group; undefined where nothing was drawn. */
  share: number | undefined;
}

/**
 * Every candidate, first choice first. Without `sort` and `order` the draw is OpenRouter's: an endpoint of half the price
 * is four times as likely to come next, stable ones before degraded ones before unstable ones. There is no cut between
 * low-cost candidates and others: at ten times the price one request in a hundred goes there.
 *
 * What outranks the price, strongest first: support of the parameters that spoil an answer when dropped; not being in an
 * outage; the `preferred_` cut-offs; an asked-for service tier; with the default draw also local and free ones, and among
 * these the ones that see pictures right. A sort is strict, but a dead endpoint still goes last. `provider.order` is literal
 * for those listed: only the cut-offs move them. Engines that stand alike after all this are ordered by load and cache.
 */
export function orderCandidates(
  candidates: readonly Candidate[],
  request: RoutingRequest,
  rule: OrderRule,
  random: Random,
): readonly RouteStep[] {
  const weighty = weightyParameters(request.features.parameters, request.features.hasTools);
  const places = candidates.map((candidate) => makePlace(candidate, request, weighty));
  const isDrawn = rule.sortBy === undefined && request.order === undefined;
  const exacto = rule.sortBy === 'exacto' ? exactoTiers(places.map((place) => place.candidate.health)) : undefined;
  places.forEach((place, index) => {
    place.group = isDrawn ? drawnGroup(place) : sortedGroup(place, rule, request.order?.count ?? 0);
    if (exacto !== undefined) place.group += exacto[index]!;
    place.value = isDrawn ? drawValue(place, random) : sortValue(place, rule.sortBy);
  });
  places.sort((a, b) => a.group - b.group || a.value - b.value || a.cost - b.cost);
  orderEngines(places, request, random, isDrawn ? isOneDraw : isOneSort);
  if (isDrawn) shareOut(places);
  return places.map((place, index) => ({
    endpoint: place.candidate.endpoint,
    reason: explainPlace(place, index, request, rule),
  }));
}

function makePlace(candidate: Candidate, request: RoutingRequest, weighty: readonly string[]): Place {
  const { endpoint, health } = candidate;
  const { preferences, features, nowMs } = request;
  return {
    candidate,
    standing: standingOf(health, nowMs),
    cost: expectedCost(endpoint.price, features, nowMs),
    listed: request.order === undefined ? -1 : request.order.rank(endpoint),
    lacks: weighty.find((parameter) => !isHonoured(parameter, endpoint.supportedParameters)),
    missed: missesThroughput(preferences.minThroughput, health.throughput)
      ? 'throughput'
      : missesLatency(preferences.maxLatencySeconds, health.latencyMs)
        ? 'latency'
        : undefined,
    isMisordered: endpoint.imageTokenOrder === 'columns' && features.inputModalities.includes('image'),
    group: 0,
    value: 0,
    share: undefined,
  };
}

const LACKS = 1000;
const DEAD = 500;
const MISSED = 100;
const NOT_PRIORITY = 10;
const LISTED = 10_000;
const MISSED_DESPITE_ORDER = 1e9;

/** Endpoints of one model, drawn by the same chance: the draw between them said nothing. */
function isOneDraw(a: Place, b: Place): boolean {
  return a.candidate.endpoint.modelId === b.candidate.endpoint.modelId && a.group === b.group && a.cost === b.cost;
}

/** What the sort cannot tell apart. */
function isOneSort(a: Place, b: Place): boolean {
  return isOneDraw(a, b) && a.value === b.value;
}

function drawnGroup({ lacks, missed, standing, candidate, cost, isMisordered }: Place): number {
  const isFree = cost === 0;
  const purse = candidate.endpoint.isLocal ? 0 : isFree ? 1 : 2;
  return (
    (lacks === undefined ? 0 : LACKS) +
    (isAlive(standing) ? 0 : DEAD) +
    (missed === undefined ? 0 : MISSED) +
    standing * 6 +
    purse * 2 +
    (isMisordered ? 1 : 0)
  );
}

function sortedGroup({ lacks, missed, standing, candidate, listed }: Place, rule: OrderRule, count: number): number {
  const isMissed = missed !== undefined;
  if (listed !== -1) return (isMissed ? MISSED_DESPITE_ORDER : 0) + listed * LISTED + tierGroup(candidate, rule);
  const own =
    (lacks === undefined ? 0 : LACKS) + (isAlive(standing) ? 0 : DEAD + standing) + tierGroup(candidate, rule);
  if (count > 0) return own + count * LISTED + (isMissed ? MISSED_DESPITE_ORDER : 0);
  return own + (isMissed ? MISSED : 0);
}

/** A degraded endpoint keeps its place in a sort: only one that likely fails is worth passing over. */
function isAlive(standing: Standing): boolean {
  return standing < 2;
}

function tierGroup({ endpoint }: Candidate, rule: OrderRule): number {
  return rule.putsPriorityFirst && endpoint.serviceTier !== 'priority' ? NOT_PRIORITY : 0;
}

/**
 * Waiting times of a race whose runners have the speed 1/cost²: sorted, they are a draw without replacement by this
 * weight. Free ones race at one speed among themselves.
 */
function drawValue({ cost }: Place, random: Random): number {
  const wait = -Math.log(1 - random.next());
  return cost === 0 ? wait : wait * cost * cost;
}

function sortValue({ candidate, cost }: Place, sortBy: SortKey | undefined): number {
  const { throughput, latencyMs } = candidate.health;
  // Endpoints without figures follow those with figures, cheapest first.
  if (sortBy === 'throughput') return throughput === undefined ? Number.MAX_VALUE : -throughput.p50;
  if (sortBy === 'latency') return latencyMs === undefined ? Number.MAX_VALUE : latencyMs.p50;
  return cost;
}

function shareOut(places: readonly Place[]): void {
  for (let start = 0; start < places.length; ) {
    let end = start;
    let left = 0;
    for (; end < places.length && places[end]!.group === places[start]!.group; end++) left += weight(places[end]!);
    for (const place of places.slice(start, end - 1)) {
      place.share = weight(place) / left;
      left -= weight(place);
    }
    start = end;
  }
}

function weight({ cost }: Place): number {
  return cost === 0 ? 1 : 1 / (cost * cost);
}
