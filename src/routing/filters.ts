import type { Endpoint } from '../catalog/endpoint.ts';
import type { Quantization, RoutingPreferences } from '../generation/preferences.ts';
import type { RequestFeatures } from '../generation/request.ts';
import type { EngineState } from './engine-state.ts';
import { currentPrice } from './expected-cost.ts';
import type { EndpointHealth } from './health-numbers.ts';
import { ProviderSlugs } from './provider-slugs.ts';
import type { RejectionCode, RouteCandidateModel, RouteInputs } from './route-plan.ts';
import { isHonoured } from './supported-parameters.ts';

/** The request as filters and order read it: built once per plan. */
export interface RoutingRequest {
  readonly features: RequestFeatures;
  readonly preferences: RoutingPreferences;
  readonly nowMs: number;
  readonly connected: ReadonlySet<string>;
  readonly off?: ReadonlySet<string>;
  engine(endpoint: Endpoint): EngineState | undefined;
  /** So much of the estimated prompt counts where it is held against a context. */
  readonly promptShare: number;
  readonly order?: ProviderSlugs;
  readonly only?: ProviderSlugs;
  readonly within?: readonly ProviderSlugs[];
  readonly ignore?: ProviderSlugs;
  readonly quantizations?: ReadonlySet<Quantization>;
}

/** An endpoint on its way into the plan, with its health as it was at that moment. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly model: RouteCandidateModel;
  /** Place of its model in the caller's list. */
  readonly modelIndex: number;
  readonly health: EndpointHealth;
}

export interface Filter {
  readonly code: RejectionCode;
  /** False lets everything pass unread. Absent means always asked. */
  isAsked?(request: RoutingRequest): boolean;
  rejects(candidate: Candidate, request: RoutingRequest): boolean;
}

/** Whether an endpoint can be called at all. First, since what remains decides which service tiers there are. */
export const STANDING_FILTERS: readonly Filter[] = [
  // A bundled model answers only to its own slug, listed first: never a quiet stand-in for a larger one.
  { code: 'bundled', rejects: ({ model, modelIndex }) => model.isBundled && modelIndex > 0 },
  {
    code: 'demonstration',
    rejects: ({ endpoint, model }, { features }) =>
      !model.isBundled && (endpoint.isDemo === true) !== (features.isDemo === true),
  },
  { code: 'retired', rejects: ({ endpoint }) => endpoint.status === 'retired' },
  { code: 'not_connected', rejects: ({ endpoint }, { connected }) => !connected.has(endpoint.providerId) },
  {
    code: 'switched_off',
    isAsked: ({ off }) => off !== undefined,
    rejects: ({ endpoint }, { off }) => off!.has(endpoint.id) || off!.has(endpoint.providerId),
  },
  { code: 'key_refused', rejects: ({ health }) => health.vetoed },
];

/** What the request allows, in the order in which OpenRouter documents it. The service tier stands before these. */
export const REQUEST_FILTERS: readonly Filter[] = [
  {
    code: 'allowed_providers',
    isAsked: ({ only, within }) => only !== undefined || within !== undefined,
    rejects: ({ endpoint }, { only, within }) =>
      only?.matches(endpoint) === false || within?.every((list) => list.matches(endpoint)) === false,
  },
  {
    code: 'ignored_providers',
    isAsked: ({ ignore }) => ignore !== undefined,
    rejects: ({ endpoint }, { ignore }) => ignore!.matches(endpoint),
  },
  {
    code: 'data_policy:training',
    isAsked: ({ preferences }) => preferences.dataCollection === 'deny',
    // Unknown counts as yes: the caller asked for a promise.
    rejects: ({ endpoint }) => endpoint.trainsOnPrompts !== false,
  },
  {
    code: 'data_policy:zdr',
    isAsked: ({ preferences }) => preferences.zdr,
    rejects: ({ endpoint }) => endpoint.zeroDataRetention !== true,
  },
  {
    code: 'distillable',
    isAsked: ({ preferences }) => preferences.enforceDistillableText,
    rejects: ({ model }) => !model.isDistillable,
  },
  {
    code: 'quantization',
    isAsked: ({ quantizations }) => quantizations !== undefined,
    rejects: ({ endpoint }, { quantizations }) => !quantizations!.has(endpoint.quantization),
  },
  {
    code: 'max_price',
    isAsked: ({ preferences }) => preferences.maxPricePico !== undefined,
    rejects: ({ endpoint }, request) => exceedsMaxPrice(endpoint, request),
  },
  { code: 'context_length', rejects: ({ endpoint }, request) => exceedsContext(endpoint, request) },
  {
    code: 'max_tokens',
    isAsked: ({ features }) => features.outputTokensMax !== undefined,
    // An unknown output limit isn't a small one.
    rejects: ({ endpoint }, { features }) => endpoint.outputTokensMax! < features.outputTokensMax!,
  },
  {
    code: 'input_modality',
    rejects: ({ endpoint }, { features }) => !readsAll(endpoint, features),
  },
  {
    code: 'output_modality',
    rejects: ({ endpoint }, { features }) => !includesAll(endpoint.outputModalities, features.outputModalities),
  },
  {
    code: 'require_parameters',
    isAsked: ({ preferences, features }) => preferences.requireParameters && features.parameters.length > 0,
    rejects: ({ endpoint }, { features }) =>
      !features.parameters.every((parameter) => isHonoured(parameter, endpoint.supportedParameters)),
  },
];

export function readRequest(inputs: RouteInputs, promptShare: number): RoutingRequest {
  const { features, nowMs, connected, off } = inputs;
  const { preferences } = features;
  const { order, only, within, ignore, quantizations } = preferences;
  return {
    features,
    preferences,
    nowMs,
    connected,
    ...(off && off.size > 0 && { off }),
    engine: inputs.engine,
    promptShare,
    ...(order?.length && { order: new ProviderSlugs(order) }),
    ...(only?.length && { only: new ProviderSlugs(only) }),
    ...(within?.length && { within: within.map((list) => new ProviderSlugs(list)) }),
    ...(ignore?.length && { ignore: new ProviderSlugs(ignore) }),
    ...(quantizations?.length && { quantizations: new Set(quantizations.flatMap((name) => FAMILIES[name] ?? [name])) }),
  };
}

/** A name without block size stands for its block formats too. */
const FAMILIES: Readonly<Partial<Record<Quantization, readonly Quantization[]>>> = {
  fp4: ['fp4', 'mxfp4', 'nvfp4'],
  fp8: ['fp8', 'mxfp8'],
};

function exceedsMaxPrice({ price }: Endpoint, { features, preferences, nowMs }: RoutingRequest): boolean {
  const most = preferences.maxPricePico!;
  const { prompt, completion } = currentPrice(price, features.promptTokensEstimate, nowMs);
  return (
    isAbove(prompt, most.prompt) ||
    isAbove(completion, most.completion) ||
    isAbove(price.perRequest, most.request) ||
    isAbove(price.perImage, most.image) ||
    isAbove(price.audio, most.audio)
  );
}

/** A price that isn't listed isn't charged. */
function isAbove(price: bigint | undefined, most: bigint | undefined): boolean {
  return price !== undefined && most !== undefined && price > most;
}

function exceedsContext(endpoint: Endpoint, { features, promptShare }: RoutingRequest): boolean {
  const promptTokens = features.promptTokensEstimate * promptShare;
  const share = features.adapts?.contextShare;
  if (share !== undefined) {
    // What is left of the prompt is cut to fit, beside the output that was asked for.
    const room = endpoint.contextTokensMax - (features.outputTokensMax ?? 0);
    return Math.min(endpoint.promptTokensMax ?? room, room) < promptTokens * share;
  }
  if (endpoint.promptTokensMax !== undefined && promptTokens > endpoint.promptTokensMax) return true;
  return promptTokens + (features.outputTokensMax ?? 0) > endpoint.contextTokensMax;
}

/** Kinds of input that a plugin turns into text need no endpoint that reads them. */
function readsAll(endpoint: Endpoint, { inputModalities, adapts }: RequestFeatures): boolean {
  const emulated = adapts?.modalities;
  const wanted = emulated ? inputModalities.filter((modality) => !emulated.includes(modality)) : inputModalities;
  return includesAll(endpoint.inputModalities, wanted);
}

function includesAll(offered: readonly string[], wanted: readonly string[]): boolean {
  for (const one of wanted) if (!offered.includes(one)) return false;
  return true;
}
