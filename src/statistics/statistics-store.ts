import type { GenerationRecord } from '../billing/generation-record.ts';
import type { App } from './app-slug.ts';
import type { AttemptClass } from './attempt-class.ts';
import type { CatalogChange, CatalogFact } from './catalog-changes.ts';
import type { Histogram } from './histogram.ts';
import type { LatencyMetric, UsageAmounts } from './rollup.ts';
import type { Grain } from './windows.ts';

export type DemoChoice = 'include' | 'exclude' | 'only';

/** What rows of statistics can be told apart by. Attempts and latencies know neither key nor app. */
export type Dimension = 'start' | 'account' | 'key' | 'model' | 'provider' | 'endpoint' | 'app' | 'demo';
export type PlaceDimension = Exclude<Dimension, 'key' | 'app'>;

export interface RollupQuery<D extends Dimension = Dimension> {
  readonly grain: Grain;
  /** Inclusive; rows are those that start in the range. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly by: readonly D[];
  /** For each dimension the values that count, at most 200 of each. An empty text is "none". */
  readonly where?: Partial<Record<Exclude<D, 'start' | 'demo'>, readonly string[]>>;
  readonly demo: DemoChoice;
}

/** The dimensions that were asked for; the others are empty, 0 and false. */
export interface Group {
  readonly startMs: number;
  readonly account: string;
  readonly key: string;
  readonly model: string;
  readonly provider: string;
  readonly endpoint: string;
  readonly app: string;
  readonly isDemo: boolean;
}

export type UsageSum = Group & UsageAmounts;
export type AttemptSum = Group & { readonly outcome: AttemptClass; readonly attempts: number; readonly down: number };
export type LatencySum = Group & { readonly metric: LatencyMetric; readonly histogram: Histogram };

export interface LogQuery {
  readonly accountId: string;
  readonly model?: string;
  /** A part of the model's slug, in lower case. */
  readonly modelPart?: string;
  readonly provider?: string;
  readonly sessionId?: string;
  /** Slug; empty for none. */
  readonly app?: string;
  readonly keyHash?: string;
  readonly status?: 'success' | 'error' | 'cancelled';
  readonly outcome?: GenerationRecord['outcome'];
  /** Any of these ends. */
  readonly ends?: {
    readonly success: boolean;
    readonly cancelled: boolean;
    /** Kinds of failure of those that ended as errors. */
    readonly failures: readonly string[];
  };
  readonly finish?: string;
  readonly costMinPico?: bigint;
  readonly costMaxPico?: bigint;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly idPart?: string;
  readonly demo: DemoChoice;
  readonly limit: number;
  /** Only what is older than this one. */
  readonly after?: { readonly createdAtMs: number; readonly id: string };
}

/** One generation's measurements, for windows shorter than a row of the rollups. */
export interface Sample {
  readonly atMs: number;
  readonly providerId: string;
  readonly endpointId: string;
  readonly latencyMs: number | undefined;
  readonly generationMs: number | undefined;
  readonly completionTokens: number;
}

/** An endpoint or a whole provider that an operator took out of routing. */
export interface OffSwitch {
  /** Endpoint id or provider id. */
  readonly target: string;
  readonly atMs: number;
  /** Who did it: the label of a key. */
  readonly by: string;
  readonly note: string;
}

/** What is kept for statistics, beside the ledger and written with it. Every question is answered in a few statements. */
export interface StatisticsStore {
  sumUsage(query: RollupQuery): Promise<readonly UsageSum[]>;
  sumAttempts(query: RollupQuery<PlaceDimension>): Promise<readonly AttemptSum[]>;
  sumLatencies(query: RollupQuery<PlaceDimension>, metrics: readonly LatencyMetric[]): Promise<readonly LatencySum[]>;
  /** Successful generations of a model, newest first. */
  recentSamples(query: {
    readonly model: string;
    readonly endpoint?: string;
    readonly fromMs: number;
    readonly demo: DemoChoice;
    readonly limit: number;
  }): Promise<readonly Sample[]>;
  /** Whether generations of the demonstration were stored in this time. */
  hasDemo(range: { readonly fromMs: number; readonly toMs: number }): Promise<boolean>;
  findApps(slugs: readonly string[]): Promise<ReadonlyMap<string, App>>;
  /** Newest first; at most 500. */
  listGenerations(query: LogQuery): Promise<readonly GenerationRecord[]>;
  /** Rolls up generations that were stored before there were rollups, a batch at a time; how many. Safe to repeat, exact. */
  backfill(): Promise<number>;
  /** Drops rows by the hour that begin before; those by the day say the same in fewer rows. */
  forgetHours(beforeMs: number): Promise<void>;
  /**
   * Keeps what changed since the version of the catalogue that was seen last, by whichever replica. The first one ever is only
   * remembered. How many changes there were.
   */
  recordCatalog(seen: {
    readonly version: string;
    readonly facts: readonly CatalogFact[];
    readonly atMs: number;
  }): Promise<number>;
  /** Newest first. */
  catalogChanges(query: { readonly model?: string; readonly limit: number }): Promise<readonly CatalogChange[]>;
  offSwitches(): Promise<readonly OffSwitch[]>;
  saveOffSwitch(off: OffSwitch): Promise<void>;
  removeOffSwitch(target: string): Promise<boolean>;
}
