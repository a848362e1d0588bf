import { explainEngine } from './engine-state.ts';
import type { RoutingRequest } from './filters.ts';
import type { OrderRule, Place } from './order-candidates.ts';
import { DEGRADED, DOWN, isGated, STABLE } from './standing.ts';

/** Why a step stands where it stands, in words that `trunkline explain` prints as they are. Built on every request: cheap. */
export function explainPlace(place: Place, index: number, request: RoutingRequest, rule: OrderRule): string {
  let reason = explainChoice(place, rule);
  if (place.engine) reason += `; ${explainEngine(place.engine)}`;
  if (place.standing !== STABLE) reason += `; ${explainStanding(place, request)}`;
  if (place.lacks !== undefined) reason += `; lacks ${place.lacks}`;
  if (place.isMisordered) reason += '; sees pictures in the wrong order';
  if (place.missed !== undefined) reason += `; misses the preferred ${place.missed}`;
  return index === 0 ? reason : `fallback: ${reason}`;
}

function explainChoice(place: Place, rule: OrderRule): string {
  const { candidate, listed, share, cost } = place;
  if (listed !== -1) return `place ${listed + 1} in provider.order`;
  if (rule.sortBy === undefined) {
    if (candidate.endpoint.isLocal) return 'runs on this machine';
    if (cost === 0) return 'costs nothing';
    if (share === undefined) return 'by price';
    return `drawn by price with ${percent(share)} %`;
  }
  if (rule.putsPriorityFirst && candidate.endpoint.serviceTier === 'priority') return 'priority tier';
  return explainSort(place, rule);
}

function explainSort({ candidate }: Place, { sortBy }: OrderRule): string {
  const { throughput, latencyMs } = candidate.health;
  if (sortBy === 'throughput') {
    return throughput === undefined ? 'throughput unknown' : `throughput ${Math.round(throughput.p50)} tokens/s`;
  }
  if (sortBy === 'latency') {
    return latencyMs === undefined ? 'latency unknown' : `latency ${Math.round(latencyMs.p50)} ms`;
  }
  return sortBy === 'exacto' ? 'sorted by quality, then price' : 'sorted by price';
}

function explainStanding({ standing, candidate }: Place, { nowMs }: RoutingRequest): string {
  const { health } = candidate;
  if (standing === DEGRADED || standing === DOWN) return `uptime ${percent(health.uptime!)} %`;
  if (!isGated(health, nowMs)) return 'outage in the last 30 s';
  return `rate limited for ${Math.ceil((health.gatedUntilMs! - nowMs) / 1000)} s`;
}

/** Whole percent, but never rounds a chance to nothing or to certainty. */
function percent(share: number): string {
  if (share > 0 && share < 0.01) return '< 1';
  if (share > 0.99 && share < 1) return '> 99';
  return `${Math.round(share * 100)}`;
}
