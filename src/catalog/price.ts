/** Prices of one endpoint, all in picodollars: per token, or per unit where the name says so. Never negative. */
export interface PriceList {
  /** Identifies the row that billed a generation, such as `deepinfra/fp8@2026-07-02`. */
  readonly id: string;
  readonly prompt: bigint;
  readonly completion: bigint;
  readonly cacheRead?: bigint;
  readonly cacheWrite?: bigint;
  readonly cacheWrite1h?: bigint;
  readonly reasoning?: bigint;
  readonly audio?: bigint;
  readonly audioOutput?: bigint;
  readonly perImage?: bigint;
  readonly perRequest?: bigint;
  readonly perWebSearch?: bigint;
  /** Later entries win. An override holds when the prompt is strictly longer and the UTC time (HHMM) is in the window. */
  readonly overrides?: readonly PriceOverride[];
  readonly source: string;
  /** ISO date on which the source said so. */
  readonly seenAt: string;
}

export interface PriceOverride {
  readonly minPromptTokens?: number;
  readonly utcStart?: number;
  readonly utcEnd?: number;
  readonly prompt?: bigint;
  readonly completion?: bigint;
  readonly cacheRead?: bigint;
  readonly cacheWrite?: bigint;
  readonly cacheWrite1h?: bigint;
}

export const FREE: Pick<PriceList, 'prompt' | 'completion'> = { prompt: 0n, completion: 0n };
