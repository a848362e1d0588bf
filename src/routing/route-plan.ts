import type { RoutingVariant } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { RequestFeatures } from '../generation/request.ts';
import type { AutoChoice } from './auto-model.ts';
import type { EngineState } from './engine-state.ts';
import type { EndpointHealth } from './health-numbers.ts';

/** Why an endpoint is not in the plan. Stable: printed in `excluded_by`, in records and by `trunkline explain`. */
export type RejectionCode =
  | 'retired'
  | 'not_connected'
  | 'switched_off'
  | 'key_refused'
  | 'service_tier'
  | 'allowed_providers'
  | 'ignored_providers'
  | 'data_policy:training'
  | 'data_policy:zdr'
  | 'distillable'
  | 'quantization'
  | 'max_price'
  | 'context_length'
  | 'max_tokens'
  | 'input_modality'
  | 'output_modality'
  | 'require_parameters'
  | 'no_fallbacks'
  | 'bundled'
  | 'demonstration';

/** Why a step stands where it stands, for people: `cheapest of 3 stable, drawn with 64 %`. */
export interface RouteStep {
  readonly endpoint: Endpoint;
  readonly reason: string;
}

export interface Rejection {
  readonly endpoint: Endpoint;
  readonly reason: RejectionCode;
}

/** Endpoints in order with reasons. `inputs` replays it. */
export interface RoutePlan {
  readonly steps: readonly RouteStep[];
  readonly rejected: readonly Rejection[];
  readonly inputs: RouteInputs;
}

/** One model the caller asked for, with its endpoints as the catalogue had them. */
export interface RouteCandidateModel {
  readonly modelId: string;
  readonly isBundled: boolean;
  readonly isDistillable: boolean;
  readonly variants: readonly RoutingVariant[];
  readonly endpoints: readonly Endpoint[];
}

/** All that a plan depends on. Plain data: the same inputs give the same plan, always. */
export interface RouteInputs {
  readonly policy: string;
  readonly catalogVersion: string;
  readonly seed: number;
  /** Milliseconds since 1970, for gates. */
  readonly nowMs: number;
  readonly features: RequestFeatures;
  readonly models: readonly RouteCandidateModel[];
  /** How the models were chosen, where the request left that to us. */
  readonly auto?: AutoChoice;
  /** Providers that have a usable key or need none. */
  readonly connected: ReadonlySet<string>;
  /** Endpoints, and providers as a whole, that an operator took out, by id. Absent: none. */
  readonly off?: ReadonlySet<string>;
  health(endpointId: string): EndpointHealth;
  /** Asked only where there is a choice between engines: it may read the whole prompt. */
  engine(endpoint: Endpoint): EngineState | undefined;
}

/** A plan's inputs and outcome as they are kept with the generation: small, without endpoints and without the prompt. */
export interface RouteDecision {
  readonly policy: string;
  readonly catalogVersion: string;
  readonly seed: number;
  readonly nowMs: number;
  readonly features: RequestFeatures;
  /** `factsKey` finds the endpoints the plan was made from; kept once per catalogue version and model. */
  readonly models: readonly {
    readonly modelId: string;
    readonly isBundled: boolean;
    readonly isDistillable: boolean;
    readonly variants: readonly RoutingVariant[];
    readonly factsKey: string;
  }[];
  readonly auto?: AutoChoice;
  readonly connected: readonly string[];
  /** Of what an operator had taken out, what this plan would have used. */
  readonly off?: readonly string[];
  /** Only endpoints whose health was not blank. */
  readonly health: Readonly<Record<string, EndpointHealth>>;
  /** Only engines between which there was a choice. */
  readonly engines?: Readonly<Record<string, EngineState>>;
  readonly steps: readonly { readonly endpointId: string; readonly reason: string }[];
  readonly rejected: readonly { readonly endpointId: string; readonly reason: RejectionCode }[];
}
