export interface Percentiles {
  readonly p50: number;
  readonly p75: number;
  readonly p90: number;
  readonly p99: number;
}

/** The recent record of one endpoint as routing reads it. Undefined figures have too few samples to be used. */
export interface EndpointHealth {
  /** Share of requests that succeeded, 0 to 1, without the caller's own errors and without 429s. */
  readonly uptime?: number;
  /** A significant outage within the last 30 seconds. */
  readonly recentOutage: boolean;
  /** Until when a 429 or `Retry-After` asked us to stay away; milliseconds since 1970. */
  readonly gatedUntilMs?: number;
  /** Its key was refused or unpaid: out until someone mends it. */
  readonly vetoed: boolean;
  /** Milliseconds to first content, over the last 5 minutes. */
  readonly latencyMs?: Percentiles;
  /** Output tokens per second, over the last 5 minutes. */
  readonly throughput?: Percentiles;
  readonly samples: number;
}

export const UNKNOWN_HEALTH: EndpointHealth = { recentOutage: false, vetoed: false, samples: 0 };
