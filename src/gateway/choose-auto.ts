import { Failure } from '../generation/failure.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { type AutoCandidate, type AutoChoice, chooseModels, isAllowed, percentileOf } from '../routing/auto-model.ts';
import { expectedCost } from '../routing/expected-cost.ts';
import { planRoute } from '../routing/plan.ts';
import type { RouteCandidateModel, RouteInputs } from '../routing/route-plan.ts';
import { standingOf, UNSTABLE } from '../routing/standing.ts';
import { isHonoured, weightyParameters } from '../routing/supported-parameters.ts';

export interface AutoModel extends RouteCandidateModel {
  /** Seconds since 1970; absent where nobody says when it came out. */
  readonly created?: number;
  readonly outputModalities: readonly string[];
}

/** The models for a request that names none. Throws when no connected model can serve it. */
export function chooseAuto(models: readonly AutoModel[], inputs: Omit<RouteInputs, 'models'>): AutoChoice {
  const { features, connected } = inputs;
  const usable = models.filter(
    // The bundled model knows little and says so: it answers to its own name, never for another.
    ({ isBundled, outputModalities, endpoints }) =>
      !isBundled &&
      outputModalities.includes('text') &&
      endpoints.some(({ providerId, status }) => status === 'active' && connected.has(providerId)),
  );
  // A listing such as `:free` is no model of its own.
  const listed = usable.filter(({ modelId }) => !modelId.includes(':'));
  const costs = listed.map((model) => lowestCost(model, inputs)).sort((a, b) => a - b);
  const eligible = usable
    .filter(({ modelId }) => isAllowed(modelId, features.auto))
    .flatMap((model): AutoCandidate[] => {
      const candidate = consider(model, inputs);
      return candidate ? [{ ...candidate, percentile: percentileOf(lowestCost(model, inputs), costs) }] : [];
    });
  if (eligible.length === 0) throw nobody(features, usable.length);
  // One conversation stays with one draw.
  const seed = features.sessionId === undefined ? inputs.seed : seedOf(features.sessionId);
  return chooseModels(eligible, features, seed);
}

/** Undefined when none of the model's endpoints may serve: the same filters hold as for a model that was named. */
function consider(
  model: AutoModel,
  inputs: Omit<RouteInputs, 'models'>,
): Omit<AutoCandidate, 'percentile'> | undefined {
  const { features, nowMs } = inputs;
  const needs = needsOf(features);
  // Which engine has the least to do is asked for the chosen models only.
  const { steps } = planRoute({ ...inputs, models: [model], engine: () => undefined });
  const able = steps.filter(({ endpoint }) => needs.every((name) => isHonoured(name, endpoint.supportedParameters)));
  if (able.length === 0) return undefined;
  return {
    modelId: model.modelId,
    cost: Math.min(...able.map(({ endpoint }) => expectedCost(endpoint.price, features, nowMs))),
    releasedDay: Math.floor((model.created ?? 0) / 86_400),
    isUnwell: able.every(({ endpoint }) => standingOf(inputs.health(endpoint.id), nowMs) >= UNSTABLE),
  };
}

/** What would spoil the answer if it were left out. */
function needsOf({ parameters, hasTools }: RequestFeatures): readonly string[] {
  const thinks = parameters.filter((name) => name === 'reasoning' || name === 'reasoning_effort');
  return [...weightyParameters(parameters, hasTools), ...thinks];
}

/** By the same request for every model, so that bands do not depend on what is asked. */
const USUAL: Pick<RequestFeatures, 'promptTokensEstimate'> = { promptTokensEstimate: 1_000 };

function lowestCost({ endpoints }: AutoModel, { connected, nowMs, features }: Omit<RouteInputs, 'models'>): number {
  const { outputTokensMax: _, ...rest } = features;
  const usual: RequestFeatures = { ...rest, ...USUAL };
  const costs = endpoints
    .filter(({ providerId, status }) => status === 'active' && connected.has(providerId))
    .map(({ price }) => expectedCost(price, usual, nowMs));
  return Math.min(...costs);
}

function seedOf(sessionId: string): number {
  let mixed = 0x811c9dc5;
  for (let i = 0; i < sessionId.length; i++) mixed = Math.imul(mixed ^ sessionId.charCodeAt(i), 0x01000193);
  return mixed >>> 0;
}

function nobody(features: RequestFeatures, connected: number): Failure {
  const slug = features.models[0]!;
  const message =
    connected === 0
      ? `${slug} has no model to choose: no provider of a text model is connected.`
      : `None of the ${connected} connected models can serve this request for ${slug}.`;
  return new Failure('no-endpoint', {
    message,
    availability: {
      code: connected === 0 ? 'no_endpoints' : 'constraint_filtered',
      retryable: false,
      requestedModels: features.models,
      affectedProviders: [],
      excludedBy: [],
      fallbackModels: [],
    },
  });
}
