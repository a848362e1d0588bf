import type { SortKey } from '../generation/preferences.ts';
import type { Candidate, RoutingRequest } from './filters.ts';
import type { RouteCandidateModel } from './route-plan.ts';

/** Which service tiers of one model take part, and how the tier or the slug's variant sorts them. */
export interface TierRule {
  /** Besides the default tier, and besides tiers that the caller names by their full slug. */
  readonly admits?: 'flex' | 'priority';
  /** Flex was asked for and is on offer: nothing dearer takes part. */
  readonly isFlexOnly: boolean;
  /** Priority was asked for: its endpoints stand before the others. */
  readonly putsPriorityFirst: boolean;
  /** Holds unless the caller gave `provider.sort`. */
  readonly sortBy?: SortKey;
}

/** `callable` are the model's endpoints that could be called at all: flex counts as on offer only when it is among them. */
export function tierRule(
  model: RouteCandidateModel,
  callable: readonly Candidate[],
  request: RoutingRequest,
): TierRule {
  const asked = request.features.serviceTier;
  if (asked === 'priority' || asked === 'fast') {
    return { admits: 'priority', isFlexOnly: false, putsPriorityFirst: true, sortBy: 'throughput' };
  }
  if (asked === 'flex' && callable.some(({ endpoint }) => endpoint.serviceTier === 'flex')) {
    return { admits: 'flex', isFlexOnly: true, putsPriorityFirst: false, sortBy: 'price' };
  }
  return variantRule(model, asked !== 'default' && request.order === undefined);
}

/** `:nitro` and `:floor` open a tier besides sorting, unless the caller chose the default tier or an order. */
function variantRule(model: RouteCandidateModel, opensTiers: boolean): TierRule {
  const plain = { isFlexOnly: false, putsPriorityFirst: false };
  for (const variant of model.variants) {
    if (variant === 'nitro') return { ...plain, sortBy: 'throughput', ...(opensTiers && { admits: 'priority' }) };
    if (variant === 'floor') return { ...plain, sortBy: 'price', ...(opensTiers && { admits: 'flex' }) };
    if (variant === 'exacto') return { ...plain, sortBy: 'exacto' };
  }
  return plain;
}

export function isTierAdmitted({ endpoint }: Candidate, rule: TierRule, request: RoutingRequest): boolean {
  const tier = endpoint.serviceTier;
  if (tier === undefined) return !rule.isFlexOnly;
  if (tier === rule.admits) return true;
  return request.only?.namesExactly(endpoint) === true || request.order?.namesExactly(endpoint) === true;
}
