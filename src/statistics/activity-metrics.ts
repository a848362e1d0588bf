import { type Histogram, mergeHistograms } from './histogram.ts';
import type { LatencyMetric, UsageAmounts } from './rollup.ts';
import { type PercentileName, samplePercentile, sampleRate } from './sample-rules.ts';

export type Unit = 'count' | 'tokens' | 'usd' | 'percent' | 'ms' | 'tokens/s';

/** A value as it is computed: dollars stay picodollars until they are printed. Undefined: too few samples. */
export interface MetricValue {
  readonly value: number | bigint | undefined;
  /** Requests or samples that it is from. */
  readonly n: number;
}

/** A number that can be asked over any stretch of rows, as data: whoever asks knows nothing of it but this. */
export type Metric = { readonly label: string; readonly unit: Unit } & (
  | { readonly of: 'usage'; readonly isSum: boolean; read(usage: UsageAmounts): MetricValue }
  | {
      readonly of: 'latency';
      readonly isSum: false;
      readonly metric: LatencyMetric;
      read(samples: Histogram): MetricValue;
    }
);

function sum(label: string, unit: Unit, read: (usage: UsageAmounts) => number | bigint): Metric {
  return { label, unit, of: 'usage', isSum: true, read: (usage) => ({ value: read(usage), n: usage.requests }) };
}

function percentileOf(label: string, unit: Unit, metric: LatencyMetric, name: PercentileName): Metric {
  return { label, unit, of: 'latency', isSum: false, metric, read: (samples) => samplePercentile(samples, name) };
}

function rate(label: string, hits: (usage: UsageAmounts) => number, of: (usage: UsageAmounts) => number): Metric {
  return { label, unit: 'percent', of: 'usage', isSum: false, read: (usage) => sampleRate(hits(usage), of(usage)) };
}

export const METRICS = {
  requests: sum('Requests', 'count', ({ requests }) => requests),
  successes: sum('Successes', 'count', ({ successes }) => successes),
  errors: sum('Errors', 'count', ({ errors }) => errors),
  rate_limited: sum('Rate limited', 'count', ({ rateLimited }) => rateLimited),
  cancelled: sum('Cancelled by callers', 'count', ({ cancelled }) => cancelled),
  tokens: sum('Tokens', 'tokens', ({ promptTokens, completionTokens }) => promptTokens + completionTokens),
  prompt_tokens: sum('Prompt tokens', 'tokens', ({ promptTokens }) => promptTokens),
  completion_tokens: sum('Completion tokens', 'tokens', ({ completionTokens }) => completionTokens),
  cached_tokens: sum('Cached tokens', 'tokens', ({ cachedTokens }) => cachedTokens),
  reasoning_tokens: sum('Reasoning tokens', 'tokens', ({ reasoningTokens }) => reasoningTokens),
  spend: sum('Spend', 'usd', ({ chargedPico }) => chargedPico),
  list_price: sum('List price', 'usd', ({ listPico }) => listPico),
  cache_saving: sum('Saved by caches', 'usd', ({ savedPico }) => savedPico),
  error_rate: rate(
    'Error rate',
    ({ errors, rateLimited }) => errors + rateLimited,
    ({ requests }) => requests,
  ),
  first_content_p50: percentileOf('First content, p50', 'ms', 'caller-first-content', 'p50'),
  first_content_p90: percentileOf('First content, p90', 'ms', 'caller-first-content', 'p90'),
  tokens_per_second_p50: percentileOf('Tokens per second, p50', 'tokens/s', 'throughput', 'p50'),
  end_to_end_p50: percentileOf('End to end, p50', 'ms', 'end-to-end', 'p50'),
} as const satisfies Record<string, Metric>;

export type MetricId = keyof typeof METRICS;

export function joinSamples(rows: readonly { readonly histogram: Histogram }[]): Histogram {
  return mergeHistograms(rows.map(({ histogram }) => histogram));
}
