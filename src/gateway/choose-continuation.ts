import type { Continuation } from '../formats/format.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { RoutePlan, RouteStep } from '../routing/route-plan.ts';
import { connectionOf, type ProviderConnection } from './connection.ts';
import { quirksFor } from './quirks-for.ts';

/** One that goes on, and how it is asked to. */
export interface ContinuationStep {
  readonly step: RouteStep;
  /** The ways to ask it, the most exact one first. */
  readonly ways: readonly ContinuationWay[];
}

export interface ContinuationWay {
  readonly mode: Continuation['mode'];
  /** As it is spoken to in this way. */
  readonly connection: ProviderConnection;
}

/**
 * Who could go on with an answer that breaks off, in order: endpoints of the plan that were not tried, the same weights first.
 * Another model is in the plan only when the caller allowed it. None for answers whose parts can't be written in two pieces.
 */
export function findContinuations(
  request: GenerationRequest,
  plan: RoutePlan,
  running: { readonly modelId: string; readonly tried: ReadonlySet<string> },
  connections: ReadonlyMap<string, ProviderConnection>,
): readonly ContinuationStep[] {
  if (!isDivisible(request)) return [];
  const able = plan.steps.flatMap((step): ContinuationStep[] => {
    const connection = connections.get(step.endpoint.providerId);
    if (!connection || running.tried.has(step.endpoint.id)) return [];
    const ways = waysOf(connection, step.endpoint.upstreamModel);
    return ways.length > 0 ? [{ step, ways }] : [];
  });
  const isSame = ({ step }: ContinuationStep) => step.endpoint.modelId === running.modelId;
  return [...able.filter(isSame), ...able.filter((other) => !isSame(other))];
}

function waysOf(given: ProviderConnection, upstreamModel: string): readonly ContinuationWay[] {
  const connection = connectionOf(given, upstreamModel);
  const { provider } = connection;
  const { completes: format, continues: mode } = provider;
  const isKnown = quirksFor(provider.quirks, upstreamModel).template !== undefined;
  return [
    ...(format !== undefined && isKnown
      ? [{ mode: 'completion' as const, connection: { ...connection, provider: { ...provider, format } } }]
      : []),
    ...(mode ? [{ mode, connection }] : []),
  ];
}

/** JSON under a schema begins anew at every endpoint, several choices can't be told apart, and sound has no middle. */
function isDivisible(request: GenerationRequest): boolean {
  const { features } = request;
  if (!features.stream || !features.preferences.allowContinuation) return false;
  if (features.outputModalities.some((modality) => modality !== 'text')) return false;
  const format = request.field('response_format');
  const isStructured = typeof format === 'object' && format !== null && 'type' in format && format.type !== 'text';
  const choices = request.field('n');
  return !isStructured && request.field('logprobs') !== true && (choices === undefined || choices === 1);
}
