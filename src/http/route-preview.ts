import type { z } from 'zod';
import { type RoutePreview, routePreview, routeQuestion } from '../contract/routing.ts';
import { withLayers } from '../gateway/policies.ts';
import { DEFAULT_PREFERENCES } from '../generation/preferences.ts';
import type { RequestFeatures } from '../generation/request.ts';
import { planRoute } from '../routing/plan.ts';
import { REJECTION_WORDS } from '../routing/rejection-words.ts';
import type { RoutePlan } from '../routing/route-plan.ts';
import { answerPrivate } from './json-response.ts';
import { readJsonBody } from './read-json-body.ts';
import { readPreferences } from './read-preferences.ts';
import type { Route, RouteCall } from './route.ts';
import { printInputs } from './route-candidates.ts';

export const routePreviewRoutes: readonly Route[] = [
  { method: 'POST', path: '/api/x/route/explain', audience: 'caller', isReading: true, answer: explainRoute },
];

/** How often the draw is repeated to say how often each endpoint comes first: right to about 7 of 100. */
const DRAWS = 200;

/** Who would serve such a request now, and who not and why. Plans, and calls nobody. */
async function explainRoute({ request, exchange, caller }: RouteCall): Promise<Response> {
  const { fields } = await readJsonBody(request, routeQuestion);
  const features = withLayers(featuresOf(fields), exchange.policies.layersOf(caller!.key));
  const plan = exchange.plan(features, fields.seed);
  const shares = firstShares(plan);
  const { inputs } = plan;
  const preview: RoutePreview = {
    policy: inputs.policy,
    catalogue_version: inputs.catalogVersion,
    seed: inputs.seed,
    eligible: plan.steps.map(({ endpoint, reason }, index) => ({
      endpoint: endpoint.id,
      provider: endpoint.providerId,
      provider_name: endpoint.providerName,
      model: endpoint.modelId,
      place: index + 1,
      reason,
      first_share: shares.get(endpoint.id) ?? 0,
      inputs: printInputs(endpoint, inputs.health(endpoint.id), inputs),
    })),
    excluded: plan.rejected.map(({ endpoint, reason }) => ({
      endpoint: endpoint.id,
      provider: endpoint.providerId,
      provider_name: endpoint.providerName,
      model: endpoint.modelId,
      reason_code: reason,
      reason: REJECTION_WORDS[reason],
    })),
    problem: plan.steps.length === 0 ? exchange.explainEmpty(plan) : null,
  };
  return answerPrivate(routePreview.parse(preview));
}

/** The same plan with other seeds. Nothing is drawn in a sort or an order: then every seed gives the same. */
function firstShares({ inputs, steps }: RoutePlan): ReadonlyMap<string, number> {
  const firsts = new Map<string, number>();
  const { sort, order } = inputs.features.preferences;
  const draws = steps.length > 1 && !sort && !order ? DRAWS : 1;
  for (let draw = 0; draw < draws; draw++) {
    const first = (draws === 1 ? steps : planRoute({ ...inputs, seed: (inputs.seed + draw) >>> 0 }).steps)[0];
    if (first) firsts.set(first.endpoint.id, (firsts.get(first.endpoint.id) ?? 0) + 1);
  }
  return new Map([...firsts].map(([id, count]) => [id, count / draws]));
}

function featuresOf(question: z.infer<typeof routeQuestion>): RequestFeatures {
  const parameters = question.parameters ?? [];
  return {
    models: [...new Set([question.model, ...(question.models ?? [])])],
    preferences: { ...DEFAULT_PREFERENCES, ...readPreferences(question.provider ?? {}) },
    parameters,
    inputModalities: [...new Set(['text' as const, ...(question.input_modalities ?? [])])],
    outputModalities: question.output_modalities ?? ['text'],
    hasTools: parameters.includes('tools'),
    promptTokensEstimate: question.prompt_tokens,
    promptTokensMax: question.prompt_tokens,
    ...(question.max_output !== undefined && { outputTokensMax: question.max_output }),
    ...(question.service_tier !== undefined && { serviceTier: question.service_tier }),
    stream: true,
  };
}
