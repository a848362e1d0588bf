import { seededRandom } from '../base/random.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { EngineState } from './engine-state.ts';
import {
  type Candidate,
  type Filter,
  REQUEST_FILTERS,
  type RoutingRequest,
  readRequest,
  STANDING_FILTERS,
} from './filters.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from './health-numbers.ts';
import { orderCandidates } from './order-candidates.ts';
import type { Rejection, RejectionCode, RouteCandidateModel, RouteInputs, RoutePlan } from './route-plan.ts';
import { isTierAdmitted, type TierRule, tierRule } from './service-tier.ts';
import { isGated } from './standing.ts';

/**
 * Which endpoints may serve a request and in which order: OpenRouter's documented policy. Pure: the same inputs give the
 * same plan. Every endpoint of every model is either a step or rejected, with the first filter that refused it.
 *
 * Models come in the caller's order, all endpoints of one before the next, unless `sort.partition` is `none`, which makes
 * one pool of them. A model that is listed twice counts where it stands first. `allow_fallbacks: false` keeps the providers
 * that `order` lists, or else the first step alone, whatever the number of models (reference/openrouter.md b.2).
 *
 * Where only the length of the prompt leaves nobody, and that length is our estimate, those endpoints stand in the plan that a prompt of
 * half the length would fit: they count it exactly, and one that is too long costs a call without a token.
 */
export function planRoute(inputs: RouteInputs): RoutePlan {
  const plan = planFor(inputs, 1);
  if (plan.steps.length > 0) return plan;
  const has = (code: RejectionCode) => plan.rejected.some(({ reason }) => reason === code);
  const isDoubtful =
    has('context_length') && !has('no_fallbacks') && inputs.features.adapts?.contextShare === undefined;
  if (!isDoubtful) return plan;
  const daring = planFor(plan.inputs, DARING_SHARE);
  if (daring.steps.length === 0) return plan;
  const doubt = `; too short for our estimate of ${inputs.features.promptTokensEstimate} prompt tokens, which may be too high`;
  return { ...daring, steps: daring.steps.map((step) => ({ ...step, reason: step.reason + doubt })) };
}

/** Prose in English has up to 5 bytes a token, other scripts and blanks more, where the estimate takes 4. */
const DARING_SHARE = 0.5;

function planFor(inputs: RouteInputs, promptShare: number): RoutePlan {
  const engines = new Map<string, EngineState>();
  const request = readRequest({ ...inputs, engine: (endpoint) => readEngine(endpoint, inputs, engines) }, promptShare);
  const random = seededRandom(inputs.seed);
  const rejected: Rejection[] = [];
  const seen = new Map<string, EndpointHealth>();
  const pools = inputs.models
    .filter((model, index) => inputs.models.findIndex(({ modelId }) => modelId === model.modelId) === index)
    .map((model, index) => passFilters(findCandidates(model, index, inputs, seen), model, request, rejected));
  const { sort, allowFallbacks } = request.preferences;
  const ordered = (sort?.partition === 'none' ? [joinPools(pools)] : pools).map(({ passed, rule }) =>
    orderCandidates(passed, request, sort === undefined ? rule : { ...rule, sortBy: sort.by }, random),
  );
  const steps = ordered.length === 1 ? ordered[0]! : ordered.flat();
  const listed = request.order ? steps.filter(({ endpoint }) => request.order?.matches(endpoint)) : steps.slice(0, 1);
  const kept = allowFallbacks ? steps : listed;
  for (const step of steps)
    if (!kept.includes(step)) rejected.push({ endpoint: step.endpoint, reason: 'no_fallbacks' });
  return {
    steps: kept,
    rejected,
    inputs: {
      ...inputs,
      health: (id) => seen.get(id) ?? UNKNOWN_HEALTH,
      engine: ({ id }) => engines.get(id),
    },
  };
}

/** As with health: read once, and kept as it was. */
function readEngine(
  endpoint: Endpoint,
  inputs: RouteInputs,
  engines: Map<string, EngineState>,
): EngineState | undefined {
  const known = engines.get(endpoint.id) ?? inputs.engine(endpoint);
  if (known) engines.set(endpoint.id, known);
  return known;
}

/**
 * Until when every step of the plan has asked to be left alone: the caller may then be told to come back, without a try
 * that would only be refused. Undefined when some step can be tried now.
 */
export function findGateEndMs(plan: RoutePlan): number | undefined {
  let earliestMs: number | undefined;
  for (const { endpoint } of plan.steps) {
    const health = plan.inputs.health(endpoint.id);
    if (!isGated(health, plan.inputs.nowMs)) return undefined;
    earliestMs = Math.min(earliestMs ?? Number.POSITIVE_INFINITY, health.gatedUntilMs!);
  }
  return earliestMs;
}

interface Pool {
  readonly passed: readonly Candidate[];
  readonly rule: TierRule;
}

/** Reads each endpoint's health once and keeps it: the plan must be replayed from what it saw, not from what came later. */
function findCandidates(
  model: RouteCandidateModel,
  modelIndex: number,
  inputs: RouteInputs,
  seen: Map<string, EndpointHealth>,
): readonly Candidate[] {
  return model.endpoints.map((endpoint) => {
    const health = inputs.health(endpoint.id);
    if (health !== UNKNOWN_HEALTH) seen.set(endpoint.id, health);
    return { endpoint, model, modelIndex, health };
  });
}

/** The order of filters is the order of these lines. */
function passFilters(
  candidates: readonly Candidate[],
  model: RouteCandidateModel,
  request: RoutingRequest,
  rejected: Rejection[],
): Pool {
  const standing = STANDING_FILTERS.filter((filter) => filter.isAsked?.(request) ?? true);
  const callable = keepPassing(candidates, standing, request, rejected);
  const rule = tierRule(model, callable, request);
  const serviceTier: Filter = {
    code: 'service_tier',
    rejects: (candidate) => !isTierAdmitted(candidate, rule, request),
  };
  const asked = REQUEST_FILTERS.filter((filter) => filter.isAsked?.(request) ?? true);
  return { passed: keepPassing(callable, [serviceTier, ...asked], request, rejected), rule };
}

function keepPassing(
  candidates: readonly Candidate[],
  filters: readonly Filter[],
  request: RoutingRequest,
  rejected: Rejection[],
): readonly Candidate[] {
  return candidates.filter((candidate) => {
    for (const filter of filters) {
      if (!filter.rejects(candidate, request)) continue;
      rejected.push({ endpoint: candidate.endpoint, reason: filter.code });
      return false;
    }
    return true;
  });
}

function joinPools(pools: readonly Pool[]): Pool {
  return {
    passed: pools.flatMap(({ passed }) => passed),
    rule: { isFlexOnly: false, putsPriorityFirst: pools.some(({ rule }) => rule.putsPriorityFirst) },
  };
}
