import { z } from 'zod';
import type { EngineKind } from './engine.ts';
import type { Probe } from './probe.ts';
import { type MetricSample, readMetrics } from './prometheus-text.ts';

/** What an engine says of its work at one moment. Undefined is what it does not say. */
export interface EngineLoad {
  readonly running?: number;
  readonly waiting?: number;
  /** Share of the key-value memory that requests under way hold, 0 to 1. */
  readonly kvUse?: number;
  /** Requests that it runs at once. */
  readonly parallel?: number;
  /** Tokens that its key-value memory holds. */
  readonly cacheTokens?: number;
  /** Share of prompt tokens that came out of its cache, since its start or of late, 0 to 1. */
  readonly cachedShare?: number;
  /** Names of the models in memory, where the engine loads them on demand. */
  readonly loadedModels?: readonly string[];
}

type LoadReader = (probe: Probe) => Promise<EngineLoad | undefined>;

/** Undefined: this kind of engine says nothing of its load. */
export const LOAD_READERS: Readonly<Record<EngineKind, LoadReader | undefined>> = {
  vllm: (probe) => readPage(probe, VLLM_NAMES, readVllm),
  sglang: (probe) => readPage(probe, SGLANG_NAMES, readSglang),
  'llama-server': readLlamaServer,
  ollama: readOllama,
  lmstudio: undefined,
};

async function readPage(
  probe: Probe,
  names: ReadonlySet<string>,
  read: (samples: readonly MetricSample[]) => EngineLoad | undefined,
): Promise<EngineLoad | undefined> {
  const text = await probe.text('/metrics');
  return text === undefined ? undefined : read(readMetrics(text, names));
}

const VLLM_NAMES = new Set([
  'vllm:num_requests_running',
  'vllm:num_requests_waiting',
  'vllm:kv_cache_usage_perc',
  // Its name before version 0.10.
  'vllm:gpu_cache_usage_perc',
  'vllm:cache_config_info',
  'vllm:prefix_cache_queries_total',
  'vllm:prefix_cache_hits_total',
  'vllm:gpu_prefix_cache_queries_total',
  'vllm:gpu_prefix_cache_hits_total',
  'vllm:gpu_prefix_cache_hit_rate',
]);

/** One page may speak for several ranks of data parallelism: each has its own queue and cache, under its own `engine`. */
function readVllm(samples: readonly MetricSample[]): EngineLoad | undefined {
  const of = (...names: readonly string[]) => byRank(samples, names, 'engine');
  const running = of('vllm:num_requests_running');
  if (running.length === 0) return undefined;
  const queried = sum(of('vllm:prefix_cache_queries_total', 'vllm:gpu_prefix_cache_queries_total'));
  const hit = sum(of('vllm:prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits_total'));
  const cacheTokens = sum(samples.filter(({ name }) => name === 'vllm:cache_config_info').map(cacheTokensOf));
  return compact({
    running: sum(running),
    waiting: total(of('vllm:num_requests_waiting')),
    kvUse: mean(of('vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc')),
    cacheTokens: cacheTokens > 0 ? cacheTokens : undefined,
    cachedShare: queried > 0 ? hit / queried : mean(of('vllm:gpu_prefix_cache_hit_rate')),
  });
}

function cacheTokensOf({ labels }: MetricSample): number {
  const label = (name: string): number => {
    const value = Number(labels.get(name));
    return Number.isFinite(value) && value > 0 ? value : 0;
  };
  return label('kv_cache_size_tokens') || label('block_size') * label('num_gpu_blocks');
}

const SGLANG_NAMES = new Set([
  'sglang:num_running_reqs',
  'sglang:num_queue_reqs',
  'sglang:token_usage',
  'sglang:max_total_num_tokens',
  'sglang:cache_hit_rate',
]);

/** With `--enable-metrics-for-all-schedulers` every rank of tensor parallelism repeats the figures of its group. */
function readSglang(samples: readonly MetricSample[]): EngineLoad | undefined {
  const of = (name: string) => byRank(samples, [`sglang:${name}`], 'dp_rank');
  const running = of('num_running_reqs');
  if (running.length === 0) return undefined;
  const cacheTokens = sum(of('max_total_num_tokens'));
  return compact({
    running: sum(running),
    waiting: total(of('num_queue_reqs')),
    kvUse: mean(of('token_usage')),
    cacheTokens: cacheTokens > 0 ? cacheTokens : undefined,
    cachedShare: mean(of('cache_hit_rate')),
  });
}

const LLAMA_NAMES = new Set([
  'llamacpp:requests_processing',
  'llamacpp:requests_deferred',
  'llamacpp:prompt_tokens_total',
  'llamacpp:prompt_tokens_cached_total',
]);
/** Slots tell much more, prompts among it: nothing else of them is kept. */
const slotsSchema = z.array(z.object({ is_processing: z.boolean(), n_ctx: z.number().int().positive() })).max(1024);

/** `/metrics` must be switched on and knows the queue; `/slots` is there by default and knows how many there are. */
async function readLlamaServer(probe: Probe): Promise<EngineLoad | undefined> {
  const [page, slots] = await Promise.all([
    readPage(probe, LLAMA_NAMES, readLlamaPage),
    probe.detail('/slots', slotsSchema),
  ]);
  if (!page && !slots) return undefined;
  return compact({
    ...page,
    running: page?.running ?? slots?.filter((slot) => slot.is_processing).length,
    parallel: slots && slots.length > 0 ? slots.length : undefined,
    cacheTokens: slots && slots.length > 0 ? sum(slots.map((slot) => slot.n_ctx)) : undefined,
  });
}

function readLlamaPage(samples: readonly MetricSample[]): EngineLoad | undefined {
  const of = (name: string) => samples.find((sample) => sample.name === `llamacpp:${name}`)?.value;
  if (of('requests_processing') === undefined) return undefined;
  const cached = of('prompt_tokens_cached_total');
  const all = cached === undefined ? 0 : cached + (of('prompt_tokens_total') ?? 0);
  return compact({
    running: count(of('requests_processing')),
    waiting: count(of('requests_deferred')),
    cachedShare: cached === undefined || all <= 0 ? undefined : cached / all,
  });
}

const psSchema = z.object({ models: z.array(z.object({ name: z.string().min(1).max(512) })).max(1000) });

/** It says what is in memory and nothing of its work. */
async function readOllama(probe: Probe): Promise<EngineLoad | undefined> {
  const answer = await probe.detail('/api/ps', psSchema);
  return answer && { loadedModels: answer.models.map(({ name }) => name) };
}

/** One value a rank. Series that differ in other labels repeat it, or split it: the largest is the whole. */
function byRank(samples: readonly MetricSample[], names: readonly string[], rank: string): readonly number[] {
  const ranks = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    if (!names.includes(name)) continue;
    const key = labels.get(rank) ?? '';
    ranks.set(key, Math.max(ranks.get(key) ?? 0, value));
  }
  return [...ranks.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function total(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values);
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

const COUNT_MAX = 1_000_000_000;

function count(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(COUNT_MAX, Math.max(0, Math.round(value)));
}

function share(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.min(1, Math.max(0, value));
}

/** Leaves out what is not known, and brings the rest into its range. */
function compact(load: { readonly [key in keyof EngineLoad]: EngineLoad[key] | undefined }): EngineLoad {
  const checked = {
    ...load,
    running: count(load.running),
    waiting: count(load.waiting),
    kvUse: share(load.kvUse),
    parallel: count(load.parallel),
    cacheTokens: count(load.cacheTokens),
    cachedShare: share(load.cachedShare),
  };
  return Object.fromEntries(Object.entries(checked).filter(([, value]) => value !== undefined));
}
