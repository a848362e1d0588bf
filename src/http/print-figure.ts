import { formatUsd } from '../base/money.ts';
import type { ErrorClasses, Figure, PercentileFigures, UptimeCounts, UptimeDay } from '../contract/figure.ts';
import type { AttemptClass } from '../statistics/attempt-class.ts';
import type { Histogram } from '../statistics/histogram.ts';
import { mergeHistograms } from '../statistics/histogram.ts';
import type { LatencyMetric } from '../statistics/rollup.ts';
import { type Sampled, samplePercentile, sampleUptime } from '../statistics/sample-rules.ts';
import type { AttemptSum, LatencySum, UsageSum } from '../statistics/statistics-store.ts';
import { dateOf } from '../statistics/windows.ts';

export function printFigure({ value, n, needed }: Sampled): Figure {
  return { value: value ?? null, n, needed };
}

export function printPercentiles(histogram: Histogram): PercentileFigures {
  return {
    p50: printFigure(samplePercentile(histogram, 'p50')),
    p90: printFigure(samplePercentile(histogram, 'p90')),
    p99: printFigure(samplePercentile(histogram, 'p99')),
  };
}

export function printP50(histogram: Histogram): Figure {
  return printFigure(samplePercentile(histogram, 'p50'));
}

/** All of one metric in one histogram. */
export function histogramIn(sums: readonly LatencySum[], metric: LatencyMetric): Histogram {
  return mergeHistograms(sums.filter((sum) => sum.metric === metric).map(({ histogram }) => histogram));
}

interface Counts {
  readonly success: number;
  readonly error: number;
  readonly rateLimited: number;
}

export function printCounts({ success, error, rateLimited }: Counts): UptimeCounts {
  return { success, error, rate_limited: rateLimited, uptime: printFigure(sampleUptime(success, error)) };
}

export function attemptCounts(sums: readonly AttemptSum[]): Counts {
  return {
    success: total(sums, (sum) => (sum.outcome === 'success' ? sum.attempts : 0)),
    error: total(sums, ({ down }) => down),
    rateLimited: total(sums, (sum) => (sum.outcome === 'rate-limited' ? sum.attempts : 0)),
  };
}

/** What callers saw, after fallback. */
export function usageCounts(sums: readonly UsageSum[]): Counts {
  return {
    success: total(sums, ({ successes }) => successes),
    error: total(sums, ({ errors }) => errors),
    rateLimited: total(sums, ({ rateLimited }) => rateLimited),
  };
}

/** One entry for each day, also for those without any. */
export function printUptimeDays<T extends { readonly startMs: number }>(
  days: readonly number[],
  sums: readonly T[],
  count: (ofDay: readonly T[]) => Counts,
): UptimeDay[] {
  const byDay = Map.groupBy(sums, ({ startMs }) => startMs);
  return days.map((startMs) => ({ date: dateOf(startMs), ...printCounts(count(byDay.get(startMs) ?? [])) }));
}

export function printErrors(sums: readonly AttemptSum[]): ErrorClasses {
  const of = (outcome: AttemptClass) => total(sums, (sum) => (sum.outcome === outcome ? sum.attempts : 0));
  return {
    rate_limited: of('rate-limited'),
    server: of('server'),
    timeout: of('timeout'),
    cut: of('cut'),
    content_filter: of('content-filter'),
    bad_request: of('bad-request'),
    configuration: of('configuration'),
  };
}

export function total<T>(rows: readonly T[], read: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + read(row), 0);
}

export function totalPico<T>(rows: readonly T[], read: (row: T) => bigint): bigint {
  return rows.reduce((sum, row) => sum + read(row), 0n);
}

export function tokensOf(usage: { readonly promptTokens: number; readonly completionTokens: number }): number {
  return usage.promptTokens + usage.completionTokens;
}

/** Dollars per million tokens, from what a number of tokens cost. Undefined without tokens. */
export function printPerMillion(pico: bigint, tokens: number): string | null {
  return tokens > 0 ? formatUsd((pico * 1_000_000n) / BigInt(tokens)) : null;
}

export function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
