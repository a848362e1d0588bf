import type { Endpoint } from '../catalog/endpoint.ts';
import { isSameChoice } from './auto-model.ts';
import type { EngineState } from './engine-state.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from './health-numbers.ts';
import { planRoute } from './plan.ts';
import type { RejectionCode, RouteDecision, RoutePlan } from './route-plan.ts';

/** Rejections that come before the question whether a provider is connected: they don't tell. */
const BEFORE_CONNECTED: ReadonlySet<RejectionCode> = new Set(['bundled', 'retired', 'not_connected']);

/** What is kept of a plan: enough to make it again from the catalogue's facts. `factsKey` names the facts of one model. */
export function recordDecision(plan: RoutePlan, factsKey: (modelId: string) => string): RouteDecision {
  const { policy, catalogVersion, seed, nowMs, features, models, auto } = plan.inputs;
  const health: Record<string, EndpointHealth> = {};
  const engines: Record<string, EngineState> = {};
  const connected = new Set<string>();
  const off = new Set<string>();
  const steps = plan.steps.map(({ endpoint, reason }) => {
    connected.add(endpoint.providerId);
    return { endpointId: endpoint.id, reason };
  });
  const rejected = plan.rejected.map(({ endpoint, reason }) => {
    if (!BEFORE_CONNECTED.has(reason)) connected.add(endpoint.providerId);
    if (reason === 'switched_off') off.add(endpoint.id);
    return { endpointId: endpoint.id, reason };
  });
  for (const { endpoint } of [...plan.steps, ...plan.rejected]) {
    const seen = plan.inputs.health(endpoint.id);
    if (seen !== UNKNOWN_HEALTH) health[endpoint.id] = seen;
    const engine = plan.inputs.engine(endpoint);
    if (engine) engines[endpoint.id] = engine;
  }
  return {
    policy,
    catalogVersion,
    seed,
    nowMs,
    features,
    models: models.map(({ modelId, isBundled, isDistillable, variants }) => ({
      modelId,
      isBundled,
      isDistillable,
      variants,
      factsKey: factsKey(modelId),
    })),
    ...(auto && { auto }),
    connected: [...connected],
    ...(off.size > 0 && { off: [...off] }),
    health,
    ...(Object.keys(engines).length > 0 && { engines }),
    steps,
    rejected,
  };
}

/** Makes the plan again. With the facts of its own time it is the same plan; with today's it answers "what if". */
export function replay(decision: RouteDecision, endpointsOf: (factsKey: string) => readonly Endpoint[]): RoutePlan {
  const { policy, catalogVersion, seed, nowMs, features, models, auto, connected, off, health, engines } = decision;
  return planRoute({
    policy,
    catalogVersion,
    seed,
    nowMs,
    features,
    models: models.map(({ factsKey, ...model }) => ({ ...model, endpoints: endpointsOf(factsKey) })),
    ...(auto && { auto }),
    connected: new Set(connected),
    ...(off && { off: new Set(off) }),
    health: (endpointId) => health[endpointId] ?? UNKNOWN_HEALTH,
    engine: ({ id }) => engines?.[id],
  });
}

/** Steps and rejections of a replay are those that were recorded, and so is the choice of the models. */
export function isSamePlan(decision: RouteDecision, plan: RoutePlan): boolean {
  return (
    (decision.auto === undefined || isSameChoice(decision.auto, decision.features)) &&
    decision.steps.length === plan.steps.length &&
    decision.rejected.length === plan.rejected.length &&
    decision.steps.every((step, index) => {
      const other = plan.steps[index]!;
      return step.endpointId === other.endpoint.id && step.reason === other.reason;
    }) &&
    decision.rejected.every((rejection, index) => {
      const other = plan.rejected[index]!;
      return rejection.endpointId === other.endpoint.id && rejection.reason === other.reason;
    })
  );
}
