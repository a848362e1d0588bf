import { bucketOf } from '../base/log-buckets.ts';
import { cacheSavingPico } from '../billing/cache-saving.ts';
import { DEMO_WORKSPACE } from '../billing/demo.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import { type App, appSlug, appTitle } from './app-slug.ts';
import { type AttemptClass, classOfAttempt, classOfOutcome, isDown } from './attempt-class.ts';
import { type Grain, startOf } from './windows.ts';

export function isDemo(record: Pick<GenerationRecord, 'workspaceId'>): boolean {
  return record.workspaceId === DEMO_WORKSPACE;
}

/** What all rollup rows are told apart by. Texts are empty where there is none. */
export interface RollupPlace {
  readonly grain: Grain;
  readonly startMs: number;
  readonly isDemo: boolean;
  readonly accountId: string;
  readonly modelId: string;
  readonly providerId: string;
  readonly endpointId: string;
}

export interface UsageAmounts {
  readonly requests: number;
  readonly successes: number;
  readonly errors: number;
  readonly rateLimited: number;
  readonly callerErrors: number;
  readonly cancelled: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly reasoningTokens: number;
  readonly chargedPico: bigint;
  readonly listPico: bigint;
  readonly savedPico: bigint;
  /** List price of what ran on callers' own provider keys. */
  readonly byokPico: bigint;
}

export interface UsageRow extends RollupPlace, UsageAmounts {
  readonly keyHash: string;
  /** Slug, empty for requests that named none. */
  readonly app: string;
}

export interface AttemptRow extends RollupPlace {
  readonly outcome: AttemptClass;
  readonly attempts: number;
  /** Of these, those that lower the uptime. */
  readonly down: number;
}

/** `first-content` from the call to the endpoint, `caller-first-content` from the request, with all tries before. */
export const LATENCY_METRICS = ['first-content', 'throughput', 'end-to-end', 'caller-first-content'] as const;
export type LatencyMetric = (typeof LATENCY_METRICS)[number];

export interface LatencyRow extends RollupPlace {
  readonly metric: LatencyMetric;
  readonly bucket: number;
  readonly samples: number;
}

/** What settled generations add to the rollups: hours and days at once, so that a year is read from days. Pure. */
export interface Rollup {
  readonly usage: readonly UsageRow[];
  readonly attempts: readonly AttemptRow[];
  readonly latencies: readonly LatencyRow[];
  readonly apps: readonly App[];
}

const GRAINS: readonly Grain[] = ['hour', 'day'];

/** Rows that add up are added up already, in the order of their keys: everyone locks rows in the same order. */
export function rollUp(records: readonly GenerationRecord[]): Rollup {
  const usage = new Sums<UsageRow>(addUsage);
  const attempts = new Sums<AttemptRow>((a, b) => ({ ...a, attempts: a.attempts + b.attempts, down: a.down + b.down }));
  const latencies = new Sums<LatencyRow>((a, b) => ({ ...a, samples: a.samples + b.samples }));
  const apps = new Sums<App>(joinApps);
  for (const record of records) {
    const app = appSlug(record.app);
    if (app !== '') apps.add(app, makeApp(app, record));
    for (const grain of GRAINS) {
      const place = placeOf(record, grain);
      const id = placeId(place);
      usage.add(`${id}\0${record.keyHash}\0${app}`, { ...place, keyHash: record.keyHash, app, ...amountsOf(record) });
      for (const attempt of record.attempts) {
        const { modelId, providerId, endpointId } = attempt;
        const own = { ...place, modelId, providerId, endpointId };
        const outcome = classOfAttempt(attempt);
        if (outcome === 'none') continue;
        attempts.add(`${placeId(own)}\0${outcome}`, { ...own, outcome, attempts: 1, down: isDown(attempt) ? 1 : 0 });
      }
      for (const { metric, bucket, ...own } of measurementsOf(record, place)) {
        latencies.add(`${placeId(own)}\0${metric}\0${bucket}`, { ...own, metric, bucket, samples: 1 });
      }
    }
  }
  return { usage: usage.inOrder(), attempts: attempts.inOrder(), latencies: latencies.inOrder(), apps: apps.inOrder() };
}

/** What ran; for a generation that nobody answered, the model of the first try. */
function placeOf(record: GenerationRecord, grain: Grain): RollupPlace {
  return {
    grain,
    startMs: startOf(grain, wholeMs(record.createdAtMs)),
    isDemo: isDemo(record),
    accountId: record.accountId,
    modelId: record.modelId ?? record.attempts[0]?.modelId ?? '',
    providerId: record.providerId ?? '',
    endpointId: record.endpointId ?? '',
  };
}

function placeId(place: RollupPlace): string {
  const { grain, startMs, accountId, modelId, providerId, endpointId } = place;
  return `${grain}\0${startMs}\0${place.isDemo ? 1 : 0}\0${accountId}\0${modelId}\0${providerId}\0${endpointId}`;
}

function amountsOf(record: GenerationRecord): UsageAmounts {
  const { usage, charge } = record;
  const outcome = classOfOutcome(record);
  return {
    requests: 1,
    successes: outcome === 'success' ? 1 : 0,
    errors: outcome === 'error' ? 1 : 0,
    rateLimited: outcome === 'rate-limited' ? 1 : 0,
    callerErrors: outcome === 'caller-error' ? 1 : 0,
    cancelled: outcome === 'cancelled' ? 1 : 0,
    promptTokens: wholeTokens(usage.promptTokens),
    completionTokens: wholeTokens(usage.completionTokens),
    cachedTokens: wholeTokens(usage.cachedTokens),
    reasoningTokens: wholeTokens(usage.reasoningTokens),
    chargedPico: charge.chargedPico,
    listPico: charge.listPico,
    savedPico: cacheSavingPico(charge) ?? 0n,
    byokPico: record.isByok && record.outcome !== 'voided' ? charge.listPico : 0n,
  };
}

type Measurement = Omit<LatencyRow, 'samples'>;

/** Only answers that came whole are measured: a cut one would look fast. */
function* measurementsOf(record: GenerationRecord, place: RollupPlace): Generator<Measurement> {
  for (const attempt of record.attempts) {
    const { modelId, providerId, endpointId, firstContentMs } = attempt;
    if (attempt.failure !== undefined || firstContentMs === undefined || attempt.continuation) continue;
    const own = { ...place, modelId, providerId, endpointId };
    yield { ...own, metric: 'first-content', bucket: bucketOf(firstContentMs) };
  }
  if (record.failure !== undefined || record.cancelled) return;
  if (record.latencyMs !== undefined) {
    yield { ...place, metric: 'caller-first-content', bucket: bucketOf(record.latencyMs) };
  }
  const last = record.attempts.at(-1);
  if (!last || last.continuation) return;
  yield { ...place, metric: 'end-to-end', bucket: bucketOf(last.startedMs + last.durationMs) };
  const speed = tokensPerSecond(record);
  if (speed !== undefined) yield { ...place, metric: 'throughput', bucket: bucketOf(speed) };
}

/** Output tokens over the whole time of the answer (reference/openrouter.md d.2). Undefined where nothing was written. */
export function tokensPerSecond({
  usage,
  generationMs,
}: Pick<GenerationRecord, 'usage' | 'generationMs'>): number | undefined {
  if (generationMs === undefined || !(generationMs > 0) || !(usage.completionTokens > 0)) return undefined;
  return (usage.completionTokens * 1000) / generationMs;
}

function makeApp(slug: string, { app, createdAtMs }: GenerationRecord): App {
  const atMs = wholeMs(createdAtMs);
  return {
    slug,
    title: appTitle(app),
    ...(app.url !== undefined && { url: app.url.slice(0, 256) }),
    categories: app.categories.slice(0, 2).map((category) => category.slice(0, 30)),
    firstSeenMs: atMs,
    lastSeenMs: atMs,
  };
}

/** What it said last names it. */
function joinApps(a: App, b: App): App {
  const newer = b.lastSeenMs >= a.lastSeenMs ? b : a;
  return {
    ...newer,
    firstSeenMs: Math.min(a.firstSeenMs, b.firstSeenMs),
    lastSeenMs: Math.max(a.lastSeenMs, b.lastSeenMs),
  };
}

export function addUsage<T extends UsageAmounts>(a: T, b: UsageAmounts): T {
  return {
    ...a,
    requests: a.requests + b.requests,
    successes: a.successes + b.successes,
    errors: a.errors + b.errors,
    rateLimited: a.rateLimited + b.rateLimited,
    callerErrors: a.callerErrors + b.callerErrors,
    cancelled: a.cancelled + b.cancelled,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    chargedPico: a.chargedPico + b.chargedPico,
    listPico: a.listPico + b.listPico,
    savedPico: a.savedPico + b.savedPico,
    byokPico: a.byokPico + b.byokPico,
  };
}

export const NO_USAGE_AMOUNTS: UsageAmounts = {
  requests: 0,
  successes: 0,
  errors: 0,
  rateLimited: 0,
  callerErrors: 0,
  cancelled: 0,
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  chargedPico: 0n,
  listPico: 0n,
  savedPico: 0n,
  byokPico: 0n,
};

class Sums<T> {
  readonly #rows = new Map<string, T>();
  readonly #join: (a: T, b: T) => T;

  constructor(join: (a: T, b: T) => T) {
    this.#join = join;
  }

  add(id: string, row: T): void {
    const known = this.#rows.get(id);
    this.#rows.set(id, known === undefined ? row : this.#join(known, row));
  }

  inOrder(): T[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }
}

/** Counts and times reach us as doubles. */
function wholeTokens(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.round(value))) : 0;
}

function wholeMs(value: number): number {
  return Number.isFinite(value) ? Math.max(-8.64e15, Math.min(8.64e15, Math.round(value))) : 0;
}
