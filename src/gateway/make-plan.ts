import { drawSeed } from '../base/random.ts';
import { Failure } from '../generation/failure.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { explainEmpty } from '../routing/explain-empty.ts';
import { POLICY, planRoute } from '../routing/plan.ts';
import type { RouteCandidateModel, RoutePlan } from '../routing/route-plan.ts';
import type { GatewayParts } from './gateway-parts.ts';

/** The plan for a request, or the failure that says why nothing can serve it. */
export function makePlan(parts: GatewayParts, features: RequestFeatures): RoutePlan {
  const catalog = parts.catalog();
  const nowMs = parts.clock.nowMs();
  const models: RouteCandidateModel[] = [];
  for (const slug of features.models) {
    const resolved = catalog.find(slug);
    if (!resolved) {
      // In a list of fallbacks an unknown model is passed over, as long as another one is known.
      if (slug !== features.models[0]) continue;
      throw unknownModel(slug, catalog.near(slug, 5), features.models);
    }
    const { model, variants } = resolved;
    models.push({
      modelId: model.id,
      isBundled: model.isBundled ?? false,
      isDistillable: model.distillable ?? false,
      variants,
      endpoints: catalog.endpoints(model.id),
    });
  }
  const plan = planRoute({
    policy: POLICY,
    catalogVersion: catalog.version,
    seed: drawSeed(parts.random),
    nowMs,
    features,
    models,
    connected: parts.connectedIds(),
    health: (endpointId) => parts.health.health(endpointId, nowMs),
  });
  if (plan.steps.length > 0) return plan;
  const explained = explainEmpty(plan, {
    keysOf: parts.keysOf,
    fallbackModels: () => catalog.near(features.models[0]!, 3).filter((slug) => !features.models.includes(slug)),
  });
  throw explained;
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
