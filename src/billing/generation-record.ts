import type { JsonObject } from '../base/json.ts';
import type { FinishReason } from '../generation/event.ts';
import type { FailureKind } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { Usage } from '../generation/usage.ts';
import type { RouteDecision } from '../routing/route-plan.ts';

/** How a hold ended. `estimated`: the process died or the provider was silent, the charge is our own count. */
export type SettlementOutcome = 'settled' | 'voided' | 'estimated';

/** One try at one endpoint, always recorded. */
export interface Attempt {
  readonly endpointId: string;
  readonly providerId: string;
  readonly providerName: string;
  readonly modelId: string;
  readonly upstreamModel: string;
  /** HTTP status the provider answered with; undefined when it never answered. */
  readonly status?: number;
  readonly failure?: FailureKind;
  readonly failureMessage?: string;
  readonly upstreamId?: string;
  /** Set on a try that went on where another answer had broken off after so many characters. */
  readonly continuation?: { readonly mode: 'prefill' | 'completion' | 'instruct'; readonly atCharacter: number };
  readonly isByok: boolean;
  /** Milliseconds from the start of the generation to the start of this attempt. */
  readonly startedMs: number;
  readonly firstContentMs?: number;
  readonly durationMs: number;
}

/** What the gateway itself did before the first try, on the generation's axis: `read` was before its start and is negative. */
export interface Stage {
  readonly name: 'read' | 'plugins' | 'plan' | 'hold';
  readonly startedMs: number;
  readonly durationMs: number;
}

/** What one plugin did to a request or its answer. */
export interface PluginRecord {
  readonly id: string;
  readonly summary: string;
  readonly data?: JsonObject;
  readonly searches?: { readonly engine: string; readonly count: number; readonly results: number };
}

/** A charge line in picodollars with where its count came from. */
export interface ChargeLine {
  readonly what:
    | 'prompt'
    | 'completion'
    | 'cache-read'
    | 'cache-write'
    | 'reasoning'
    | 'image'
    | 'audio'
    | 'request'
    | 'web-search';
  readonly units: number;
  readonly unitPico: bigint;
  readonly totalPico: bigint;
  readonly provenance: Usage['provenance'];
}

export interface Charge {
  readonly lines: readonly ChargeLine[];
  /** The whole price before insurance and the hold's cap. */
  readonly listPico: bigint;
  /** What the caller pays: never above the hold. */
  readonly chargedPico: bigint;
  readonly promptPico: bigint;
  readonly completionPico: bigint;
  readonly priceId: string;
}

/**
 * Everything kept of one generation, written once when its hold is settled. Prompt and answer text are not in it.
 * Journalled as one JSON line (bigints as decimal strings), then drained into storage.
 */
export interface GenerationRecord {
  readonly id: string;
  readonly requestId: string;
  readonly createdAtMs: number;
  readonly accountId: string;
  readonly keyHash: string;
  readonly workspaceId: string;
  readonly requestedModel: string;
  /** Model that ran; undefined when none did. */
  readonly modelId?: string;
  readonly canonicalSlug?: string;
  readonly providerId?: string;
  readonly providerName?: string;
  readonly endpointId?: string;
  readonly apiType: 'completions' | 'embeddings' | 'rerank';
  readonly wireFormat: string;
  readonly streamed: boolean;
  readonly cancelled: boolean;
  readonly finishReason?: FinishReason;
  readonly nativeFinishReason?: string;
  readonly failure?: FailureKind;
  readonly upstreamId?: string;
  /** Milliseconds to the first content, and from the attempt's start to its end. */
  readonly latencyMs?: number;
  readonly generationMs?: number;
  readonly usage: Usage;
  readonly outcome: SettlementOutcome;
  readonly holdPico: bigint;
  readonly charge: Charge;
  readonly isByok: boolean;
  /** Absent in records from before stages were timed. */
  readonly stages?: readonly Stage[];
  readonly attempts: readonly Attempt[];
  readonly route?: RouteDecision;
  readonly app: { readonly url?: string; readonly title?: string; readonly categories: readonly string[] };
  readonly userAgent?: string;
  readonly externalUser?: string;
  readonly sessionId?: string;
  readonly serviceTier?: string;
  readonly numMediaPrompt: number;
  /** What was lost between the caller's format and the provider's. */
  readonly losses?: readonly Loss[];
  /** Only those that did something. */
  readonly plugins?: readonly PluginRecord[];
}
