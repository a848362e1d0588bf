export type Quantization =
  | 'int4'
  | 'int8'
  | 'fp4'
  | 'mxfp4'
  | 'nvfp4'
  | 'fp6'
  | 'fp8'
  | 'mxfp8'
  | 'fp16'
  | 'bf16'
  | 'fp32'
  | 'unknown';

export type SortKey = 'price' | 'throughput' | 'latency' | 'exacto';

/** Cut-offs by percentile. A bare number in the API means p50. */
export interface PercentileCutoffs {
  readonly p50?: number;
  readonly p75?: number;
  readonly p90?: number;
  readonly p99?: number;
}

/**
 * The caller's `provider` object after validation (reference/openrouter.md b.2). Absent fields mean the default.
 * Prices are picodollars per token (`prompt`, `completion`) or per unit (`request`, `image`, `audio`).
 */
export interface RoutingPreferences {
  readonly order?: readonly string[];
  readonly only?: readonly string[];
  /** More lists like `only`, of which each must name the provider too: allow-lists of those who may only narrow. */
  readonly within?: readonly (readonly string[])[];
  readonly ignore?: readonly string[];
  readonly allowFallbacks: boolean;
  readonly requireParameters: boolean;
  readonly dataCollection: 'allow' | 'deny';
  readonly zdr: boolean;
  readonly enforceDistillableText: boolean;
  readonly quantizations?: readonly Quantization[];
  readonly sort?: { readonly by: SortKey; readonly partition: 'model' | 'none' };
  readonly maxPricePico?: {
    readonly prompt?: bigint;
    readonly completion?: bigint;
    readonly request?: bigint;
    readonly image?: bigint;
    readonly audio?: bigint;
  };
  /** Tokens per second. */
  readonly minThroughput?: PercentileCutoffs;
  /** Seconds to the first token. */
  readonly maxLatencySeconds?: PercentileCutoffs;
  readonly allowContinuation: boolean;
}

export const DEFAULT_PREFERENCES: RoutingPreferences = {
  allowFallbacks: true,
  requireParameters: false,
  dataCollection: 'allow',
  zdr: false,
  enforceDistillableText: false,
  allowContinuation: true,
};

/** What one of those who may speak says of routing, without defaults filled in. */
export interface PreferenceLayer {
  readonly from: 'request' | 'preset' | 'key' | 'workspace';
  /** Of what is kept in versions. */
  readonly version?: number;
  readonly preferences: Partial<RoutingPreferences>;
}
