import type { RoutingVariant } from '../../src/catalog/catalog.ts';
import type { Endpoint } from '../../src/catalog/endpoint.ts';
import type { PriceList } from '../../src/catalog/price.ts';
import { DEFAULT_PREFERENCES, type RoutingPreferences } from '../../src/generation/preferences.ts';
import type { RequestFeatures } from '../../src/generation/request.ts';
import type { EngineState } from '../../src/routing/engine-state.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from '../../src/routing/health-numbers.ts';
import type { RouteCandidateModel, RouteInputs, RoutePlan } from '../../src/routing/route-plan.ts';

/** Plain values for routing tests: an endpoint that anything may use, unless the test says otherwise. */
export const MODEL = 'author/model';
export const NOW_MS = 1_795_000_000_000;

export function makeEndpoint(tag: string, facts: Partial<Endpoint> = {}): Endpoint {
  const providerId = tag.split('/')[0]!;
  const modelId = facts.modelId ?? MODEL;
  return {
    id: `${modelId}|${tag}`,
    modelId,
    tag,
    providerId,
    providerName: providerId.toUpperCase(),
    upstreamModel: 'model',
    quantization: 'fp8',
    contextTokensMax: 131_072,
    supportedParameters: ['temperature', 'max_tokens', 'tools', 'response_format'],
    inputModalities: ['text'],
    outputModalities: ['text'],
    price: makePrice(1),
    implicitCaching: false,
    isModerated: false,
    trainsOnPrompts: false,
    zeroDataRetention: true,
    status: 'active',
    isLocal: false,
    ...facts,
  };
}

/** The same dollars per million tokens in and out. */
export function makePrice(usdPerMillion: number, facts: Partial<PriceList> = {}): PriceList {
  const perToken = BigInt(Math.round(usdPerMillion * 1_000_000));
  return { id: 'test', prompt: perToken, completion: perToken, source: 'test', seenAt: '2026-09-01', ...facts };
}

export function makeModel(
  endpoints: readonly Endpoint[],
  facts: Partial<RouteCandidateModel> = {},
): RouteCandidateModel {
  const modelId = facts.modelId ?? endpoints[0]?.modelId ?? MODEL;
  return { modelId, isBundled: false, isDistillable: true, variants: [], endpoints, ...facts };
}

export function makeHealth(facts: Partial<EndpointHealth>): EndpointHealth {
  return { ...UNKNOWN_HEALTH, samples: 500, ...facts };
}

export const steady = (value: number) => ({ p50: value, p75: value, p90: value, p99: value });

export interface World {
  readonly endpoints?: readonly Endpoint[];
  readonly models?: readonly RouteCandidateModel[];
  readonly variants?: readonly RoutingVariant[];
  readonly preferences?: Partial<RoutingPreferences>;
  readonly features?: Partial<RequestFeatures>;
  /** By tag. */
  readonly health?: Readonly<Record<string, EndpointHealth>>;
  /** By tag. */
  readonly engines?: Readonly<Record<string, EngineState>>;
  readonly connected?: ReadonlySet<string>;
  readonly seed?: number;
}

export function makeInputs(world: World): RouteInputs {
  const models = world.models ?? [makeModel(world.endpoints ?? [], { variants: world.variants ?? [] })];
  const providers = models.flatMap(({ endpoints }) => endpoints.map(({ providerId }) => providerId));
  return {
    policy: 'documented',
    catalogVersion: 'v1',
    seed: world.seed ?? 1,
    nowMs: NOW_MS,
    features: {
      models: models.map(({ modelId }) => modelId),
      preferences: { ...DEFAULT_PREFERENCES, ...world.preferences },
      parameters: [],
      inputModalities: ['text'],
      outputModalities: ['text'],
      hasTools: false,
      promptTokensEstimate: 1000,
      promptTokensMax: 4000,
      stream: true,
      ...world.features,
    },
    models,
    connected: world.connected ?? new Set(providers),
    health: (endpointId) => world.health?.[endpointId.slice(endpointId.lastIndexOf('|') + 1)] ?? UNKNOWN_HEALTH,
    engine: ({ tag }) => world.engines?.[tag],
  };
}

export function tags(plan: RoutePlan): readonly string[] {
  return plan.steps.map(({ endpoint }) => endpoint.tag);
}

/** `tag: code` of everything that was refused. */
export function refusals(plan: RoutePlan): readonly string[] {
  return plan.rejected.map(({ endpoint, reason }) => `${endpoint.tag}: ${reason}`);
}
