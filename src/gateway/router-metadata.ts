import type { JsonObject } from '../base/json.ts';
import { FAILURES } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import type { RequestFeatures } from '../generation/request.ts';
import type { RoutePlan } from '../routing/route-plan.ts';
import type { PlanRun } from './run-plan.ts';

/** OpenRouter's `OpenRouterMetadata`: which endpoints were in question, which one ran, and every try before it. */
export function routerMetadata(
  features: RequestFeatures,
  plan: RoutePlan,
  run: PlanRun,
  { stages, losses }: { readonly stages: readonly JsonObject[]; readonly losses: readonly Loss[] },
): JsonObject {
  const chosen = (run.calls[0] ?? run.call)?.endpoint;
  const endpoints = plan.steps.map(({ endpoint }) => endpoint);
  const attempts = run.attempts.map((attempt) => ({
    model: attempt.modelId,
    provider: attempt.providerName,
    status: attempt.status ?? (attempt.failure ? FAILURES[attempt.failure].status : 200),
    ...(attempt.continuation && {
      continuation: { mode: attempt.continuation.mode, at_character: attempt.continuation.atCharacter },
    }),
  }));
  const reason = plan.steps.find(({ endpoint }) => endpoint === chosen)?.reason ?? '';
  return {
    requested: features.models[0]!,
    strategy: plan.inputs.auto
      ? 'auto'
      : chosen && chosen.modelId !== plan.steps[0]?.endpoint.modelId
        ? 'fallback'
        : 'direct',
    region: null,
    summary: chosen ? `${chosen.providerName}: ${reason}` : 'no endpoint answered',
    attempt: Math.max(1, run.attempts.length),
    attempts,
    is_byok: false,
    ...(stages.length > 0 && { pipeline: stages }),
    ...(losses.length > 0 && { losses: losses.map((loss) => ({ ...loss })) }),
    endpoints: {
      total: plan.steps.length + plan.rejected.length,
      available: endpoints.map((endpoint) => ({
        model: endpoint.modelId,
        provider: endpoint.providerName,
        selected: endpoint === chosen,
      })),
    },
  };
}
