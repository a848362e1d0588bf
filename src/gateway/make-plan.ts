import { drawSeed } from '../base/random.ts';
import type { Catalog, RoutingVariant } from '../catalog/catalog.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import { parseSlug } from '../catalog/parse-slug.ts';
import { Failure } from '../generation/failure.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { type AutoChoice, isAutoSlug } from '../routing/auto-model.ts';
import type { EngineView } from '../routing/engine-book.ts';
import type { EngineState } from '../routing/engine-state.ts';
import { explainEmpty } from '../routing/explain-empty.ts';
import { findGateEndMs, planRoute } from '../routing/plan.ts';
import type { RouteCandidateModel, RoutePlan } from '../routing/route-plan.ts';
import { tellLayers } from '../routing/tell-layers.ts';
import { type AutoModel, chooseAuto } from './choose-auto.ts';
import type { GatewayParts } from './gateway-parts.ts';

/** Names the policy in every recorded decision; a change of the rules is a new name. */
const POLICY = 'inverse-square-price-2';

/** The plan for a request, or the failure that says why nothing can serve it. */
export function makePlan(parts: GatewayParts, features: RequestFeatures, view: EngineView): RoutePlan {
  const plan = draftPlan(parts, features, view);
  if (plan.steps.length === 0) throw emptyPlan(parts, plan);
  const gateEndMs = findGateEndMs(plan);
  if (gateEndMs !== undefined) throw everyoneBusy(plan, (gateEndMs - plan.inputs.nowMs) / 1000);
  return plan;
}

/**
 * The plan, also one without steps or of endpoints that are all busy: for questions that nobody is called for. Throws only
 * when a model is unknown. A seed repeats a draw.
 */
export function draftPlan(
  parts: GatewayParts,
  features: RequestFeatures,
  view: { state(endpoint: Endpoint, nowMs: number): EngineState | undefined },
  seed = drawSeed(parts.random),
): RoutePlan {
  const catalog = parts.catalog();
  const nowMs = parts.clock.nowMs();
  const inputs = {
    policy: POLICY,
    catalogVersion: catalog.version,
    seed,
    nowMs,
    features,
    connected: parts.connectedIds(),
    off: parts.off(),
    health: (endpointId: string) => parts.health.health(endpointId, nowMs),
    engine: (endpoint: Endpoint) => view.state(endpoint, nowMs),
  };
  const models: RouteCandidateModel[] = [];
  let auto: AutoChoice | undefined;
  for (const slug of features.models) {
    if (isAutoSlug(slug, features.auto)) {
      const { variants = [] } = parseSlug(slug) ?? {};
      const all = catalog.models.map((model) => autoModelOf(catalog, model, variants));
      auto ??= chooseAuto(all, inputs);
      models.push(...all.filter(({ modelId }) => auto!.chosen.includes(modelId)).sort(inOrderOf(auto.chosen)));
      continue;
    }
    const resolved = catalog.find(slug);
    if (!resolved) {
      // In a list of fallbacks an unknown model is passed over, as long as another one is known.
      if (slug !== features.models[0]) continue;
      throw unknownModel(slug, catalog.near(slug, 5), features.models);
    }
    models.push(candidateOf(catalog, resolved.model, resolved.variants));
  }
  return planRoute({ ...inputs, models, ...(auto && { auto }) });
}

function candidateOf(catalog: Catalog, model: Model, variants: readonly RoutingVariant[]): RouteCandidateModel {
  return {
    modelId: model.id,
    isBundled: model.isBundled ?? false,
    isDistillable: model.distillable ?? false,
    variants,
    endpoints: catalog.endpoints(model.id),
  };
}

function autoModelOf(catalog: Catalog, model: Model, variants: readonly RoutingVariant[]): AutoModel {
  return {
    ...candidateOf(catalog, model, variants),
    ...(isDated(catalog, model) && { created: model.created }),
    outputModalities: model.outputModalities,
  };
}

/** Where no source says when a model came out, the catalogue has its own day. */
function isDated(catalog: Catalog, { created }: Model): boolean {
  return new Date(created * 1000).toISOString().slice(0, 10) !== catalog.builtAt.slice(0, 10);
}

function inOrderOf(ids: readonly string[]): (a: RouteCandidateModel, b: RouteCandidateModel) => number {
  return (a, b) => ids.indexOf(a.modelId) - ids.indexOf(b.modelId);
}

/** Why nothing can serve, for the caller. */
export function emptyPlan(parts: GatewayParts, plan: RoutePlan): Failure {
  const asked = plan.inputs.features.models;
  const fallbackModels = parts
    .catalog()
    .near(asked[0]!, 4)
    .filter((slug) => !asked.includes(slug));
  const { kind, message, availability } = explainEmpty(plan, { keysOf: parts.keysOf, fallbackModels });
  const others = tellLayers(plan.inputs.features);
  const more = others.length > 0 ? ` Not only the request has a say: also ${others.join('; ')}.` : '';
  return new Failure(kind, { message: message + more, availability });
}

/** Every endpoint asked to be left alone for a while: the caller is told how long, without a try that would only be refused. */
function everyoneBusy(plan: RoutePlan, seconds: number): Failure {
  const retryAfterSeconds = Math.max(0.1, seconds);
  return new Failure('rate-limited', {
    message: `Every provider of ${plan.inputs.features.models[0]} is rate limited`,
    retryAfterSeconds,
    availability: {
      code: 'capacity_exhausted',
      retryable: true,
      retryAfterSeconds,
      requestedModels: plan.inputs.features.models,
      affectedProviders: [...new Set(plan.steps.map(({ endpoint }) => endpoint.providerName))],
      excludedBy: [],
      fallbackModels: [],
    },
  });
}

function unknownModel(slug: string, near: readonly string[], requestedModels: readonly string[]): Failure {
  const hint = near.length > 0 ? ` Did you mean ${near.slice(0, 3).join(', ')}?` : '';
  return new Failure('unknown-model', {
    message: `${slug.slice(0, 200)} is not a valid model ID.${hint}`,
    availability: {
      code: 'model_not_found',
      retryable: false,
      requestedModels,
      affectedProviders: [],
      excludedBy: [],
      fallbackModels: near,
    },
  });
}
