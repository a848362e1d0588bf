import type { PercentileCutoffs } from '../generation/preferences.ts';
import type { EndpointHealth, Percentiles } from './health-numbers.ts';

/** How far an endpoint can be trusted right now; a smaller number goes first. */
export type Standing = 0 | 1 | 2 | 3;
export const STABLE = 0;
export const DEGRADED = 1;
export const UNSTABLE = 2;
export const DOWN = 3;

/** Shares of success that OpenRouter publishes in its page for providers. */
const NORMAL_UPTIME = 0.95;
const DOWN_UPTIME = 0.8;

export function standingOf(health: EndpointHealth, nowMs: number): Standing {
  const uptime = health.uptime ?? 1;
  if (uptime < DOWN_UPTIME) return DOWN;
  if (health.recentOutage || isGated(health, nowMs)) return UNSTABLE;
  return uptime < NORMAL_UPTIME ? DEGRADED : STABLE;
}

export function isGated(health: EndpointHealth, nowMs: number): boolean {
  return health.gatedUntilMs !== undefined && health.gatedUntilMs > nowMs;
}

const RANKS = ['p50', 'p75', 'p90', 'p99'] as const;

/** All given cut-offs must hold. An endpoint without figures has missed none. */
export function missesThroughput(cutoffs: PercentileCutoffs | undefined, seen: Percentiles | undefined): boolean {
  if (cutoffs === undefined || seen === undefined) return false;
  return RANKS.some((rank) => cutoffs[rank] !== undefined && seen[rank] < cutoffs[rank]);
}

export function missesLatency(cutoffs: PercentileCutoffs | undefined, seenMs: Percentiles | undefined): boolean {
  if (cutoffs === undefined || seenMs === undefined) return false;
  return RANKS.some((rank) => cutoffs[rank] !== undefined && seenMs[rank] > cutoffs[rank] * 1000);
}

/**
 * `exacto` puts endpoints of doubtful quality last: 0 good, 1 too few figures to say, 2 much slower than the others
 * (below the median by 1.5 deviations, from the median absolute deviation). With fewer than 4 known endpoints nobody
 * is called slow. Tool-call errors and benchmarks join here once they are measured.
 */
export function exactoTiers(all: readonly EndpointHealth[]): readonly (0 | 1 | 2)[] {
  const known = all.flatMap((health) => (hasEnough(health) ? [health.throughput!.p50] : []));
  const middle = median(known);
  const deviation = 1.4826 * median(known.map((value) => Math.abs(value - middle)));
  const slowBelow = known.length < EXACTO_ENDPOINTS_MIN ? 0 : middle - 1.5 * deviation;
  return all.map((health) => (!hasEnough(health) ? 1 : health.throughput!.p50 < slowBelow ? 2 : 0));
}

const EXACTO_SAMPLES_MIN = 100;
const EXACTO_ENDPOINTS_MIN = 4;

function hasEnough(health: EndpointHealth): boolean {
  return health.throughput !== undefined && health.samples >= EXACTO_SAMPLES_MIN;
}

/** The lower of the two middle values when their number is even. Zero of nothing. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
