import { type Histogram, percentile, sampleCount } from './histogram.ts';

/** A figure with what it comes from: undefined while there are too few samples to say anything. */
export interface Sampled {
  readonly value: number | undefined;
  readonly n: number;
  readonly needed: number;
}

/** Below these a figure says more about chance than about what was measured. */
export const SAMPLES_MIN = { p50: 20, p90: 50, p95: 100, p99: 500, uptime: 50, rate: 50 } as const;

const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
export type PercentileName = keyof typeof SHARES;

export function sampled(value: number | undefined, n: number, needed: number): Sampled {
  return { value: n < needed ? undefined : value, n, needed };
}

export function samplePercentile(histogram: Histogram, name: PercentileName): Sampled {
  return sampled(percentile(histogram, SHARES[name]), sampleCount(histogram), SAMPLES_MIN[name]);
}

/** Percent: successes of successes and errors. What is in neither (429s, callers' own errors, callers who left) does not count. */
export function sampleUptime(success: number, error: number): Sampled {
  const n = success + error;
  return sampled(n === 0 ? undefined : shorten((100 * success) / n), n, SAMPLES_MIN.uptime);
}

export function sampleRate(hits: number, n: number): Sampled {
  return sampled(n === 0 ? undefined : shorten((100 * hits) / n), n, SAMPLES_MIN.rate);
}

/** Three decimals of a percent: cut, so that one error in a million never reads as none. */
function shorten(percent: number): number {
  return Math.floor(percent * 1000) / 1000;
}
