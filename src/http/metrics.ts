/** What `GET /metrics` shows, in Prometheus' text format. Counting costs map look-ups; text is built only when it is asked for. */

import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { type Cell, Family } from './metrics-family.ts';
import type { Route } from './route.ts';

const NONE = 'none';
/** Upper bounds in seconds. The first ones tell a cached answer from a cold one, the last a stuck one. */
const BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

interface Count extends Cell {
  value: number;
}
interface Money extends Cell {
  pico: bigint;
}
interface Histogram extends Cell {
  /** How many fell below each bound, but not below the one before. */
  readonly buckets: Float64Array;
  sum: number;
  count: number;
}

export class Metrics {
  readonly #answers = counter('answers_total', 'Answers given, by route and HTTP status.', ['route', 'status']);
  readonly #generations = counter('generations_total', 'Generations settled.', [
    'model',
    'provider',
    'outcome',
    'finish_reason',
  ]);
  readonly #failures = counter('generation_failures_total', 'Generations that ended in a failure, by its kind.', [
    'kind',
  ]);
  readonly #tokens = counter('tokens_total', 'Tokens; cached and reasoning ones are inside prompt and completion.', [
    'model',
    'provider',
    'kind',
  ]);
  readonly #cost = new Family<Money>({
    name: 'trunkline_cost_usd_total',
    help: 'What callers were charged, in US dollars.',
    type: 'counter',
    labels: ['model', 'provider'],
    make: (labels) => ({ labels, pico: 0n }),
    lines: (name, labels, cell) => [`${name}${labels()} ${formatUsd(cell.pico)}`],
  });
  readonly #attempts = counter('attempts_total', 'Tries at providers, by how they ended.', ['provider', 'result']);
  readonly #firstContent = histogram('first_content_seconds', 'From the request to the first content.');
  readonly #duration = histogram('generation_seconds', 'From the start of the answering attempt to its end.');

  countAnswer(route: string, status: number): void {
    this.#answers.find(route, status).value++;
  }

  countGeneration(record: GenerationRecord): void {
    const { modelId: model = NONE, providerId: provider = NONE, usage } = record;
    this.#generations.find(model, provider, record.outcome, record.finishReason ?? NONE).value++;
    if (record.failure) this.#failures.find(record.failure).value++;
    this.#countTokens(model, provider, usage);
    this.#cost.find(model, provider).pico += record.charge.chargedPico;
    if (record.latencyMs !== undefined) observe(this.#firstContent.find(provider), record.latencyMs / 1000);
    if (record.generationMs !== undefined) observe(this.#duration.find(provider), record.generationMs / 1000);
    for (const attempt of record.attempts) this.#attempts.find(attempt.providerId, attempt.failure ?? 'ok').value++;
  }

  #countTokens(model: string, provider: string, usage: GenerationRecord['usage']): void {
    if (usage.promptTokens > 0) this.#tokens.find(model, provider, 'prompt').value += usage.promptTokens;
    if (usage.completionTokens > 0) this.#tokens.find(model, provider, 'completion').value += usage.completionTokens;
    if (usage.cachedTokens > 0) this.#tokens.find(model, provider, 'cached').value += usage.cachedTokens;
    if (usage.reasoningTokens > 0) this.#tokens.find(model, provider, 'reasoning').value += usage.reasoningTokens;
  }

  /** Gauges are named without our prefix and read now; one that has no number at the moment is left out. */
  render(gauges: Readonly<Record<string, () => number | undefined>> = {}): string {
    const families = [
      this.#answers,
      this.#generations,
      this.#failures,
      this.#tokens,
      this.#cost,
      this.#attempts,
      this.#firstContent,
      this.#duration,
    ];
    const lines = families.flatMap((family) => family.render());
    for (const [name, read] of Object.entries(gauges)) lines.push(...gaugeLines(`trunkline_${name}`, read()));
    lines.push(...gaugeLines('process_resident_memory_bytes', process.memoryUsage.rss()));
    lines.push(...gaugeLines('trunkline_uptime_seconds', process.uptime()));
    return `${lines.join('\n')}\n`;
  }
}

export function metricsRoute(metrics: Metrics, gauges: Readonly<Record<string, () => number | undefined>>): Route {
  return {
    method: 'GET',
    path: '/metrics',
    audience: 'public',
    answer: () =>
      new Response(metrics.render(gauges), {
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
      }),
  };
}

function counter(name: string, help: string, labels: readonly string[]): Family<Count> {
  return new Family<Count>({
    name: `trunkline_${name}`,
    help,
    type: 'counter',
    labels,
    make: (values) => ({ labels: values, value: 0 }),
    lines: (full, print, cell) => [`${full}${print()} ${cell.value}`],
  });
}

function histogram(name: string, help: string): Family<Histogram> {
  return new Family<Histogram>({
    name: `trunkline_${name}`,
    help,
    type: 'histogram',
    labels: ['provider'],
    make: (labels) => ({ labels, buckets: new Float64Array(BOUNDS.length), sum: 0, count: 0 }),
    lines(full, print, cell) {
      let below = 0;
      const buckets = BOUNDS.map((bound, i) => {
        below += cell.buckets[i]!;
        return `${full}_bucket${print(`le="${bound}"`)} ${below}`;
      });
      return [
        ...buckets,
        `${full}_bucket${print('le="+Inf"')} ${cell.count}`,
        `${full}_sum${print()} ${cell.sum}`,
        `${full}_count${print()} ${cell.count}`,
      ];
    },
  });
}

function observe(cell: Histogram, seconds: number): void {
  const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) cell.buckets[bucket]!++;
  cell.sum += seconds;
  cell.count++;
}

function gaugeLines(name: string, value: number | undefined): readonly string[] {
  return value === undefined || Number.isNaN(value) ? [] : [`# TYPE ${name} gauge`, `${name} ${value}`];
}
