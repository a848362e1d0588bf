import type { ApiKey } from '../accounts/api-key.ts';
import { formatUsd } from '../base/money.ts';
import type { Budgets, Hold } from '../billing/budgets.ts';
import { worstCase } from '../billing/meter.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { Failure } from '../generation/failure.ts';
import type { RequestFeatures } from '../generation/request.ts';
import type { RoutePlan } from '../routing/route-plan.ts';

/**
 * Without a `max_tokens` of the caller's, so much output is set aside: most answers are shorter, and a longer one takes more from
 * the budget when it is settled. Holding a model's full output length would refuse callers who can pay for what they get.
 */
const OUTPUT_TOKENS_HELD = 8_192;

/** Sets aside what the plan's dearest step may cost. Throws `payment-required` when a budget does not have it. */
export function holdFor(budgets: Budgets, key: ApiKey, plan: RoutePlan): Hold | Promise<Hold> {
  const { features } = plan.inputs;
  let amountPico = 0n;
  for (const { endpoint } of plan.steps) {
    const cost = worstCase(endpoint.price, features.promptTokensMax, outputTokensOf(features, endpoint));
    if (cost > amountPico) amountPico = cost;
  }
  const hold = budgets.hold(key, amountPico);
  if (hold instanceof Promise) return hold.then((taken) => taken ?? holdLess(budgets, key, plan, amountPico));
  return hold ?? holdLess(budgets, key, plan, amountPico);
}

function outputTokensOf(features: RequestFeatures, endpoint: Endpoint): number {
  const limit = endpoint.outputTokensMax ?? OUTPUT_TOKENS_HELD;
  return Math.min(features.outputTokensMax ?? OUTPUT_TOKENS_HELD, limit);
}

/** A caller who named no length gets what the budget still allows; one who did is told how much that is. */
async function holdLess(budgets: Budgets, key: ApiKey, plan: RoutePlan, wantedPico: bigint): Promise<Hold> {
  const { features } = plan.inputs;
  const affordablePico = await budgets.affordable(key, wantedPico);
  const cheapest = plan.steps.reduce(
    (least, { endpoint }) => {
      const cost = worstCase(endpoint.price, features.promptTokensMax, 0);
      return cost < least.cost ? { cost, endpoint } : least;
    },
    promptCost(plan.steps[0]!.endpoint, features),
  );
  const leftPico = affordablePico - cheapest.cost;
  const perTokenPico = worstCase(cheapest.endpoint.price, 0, 1) - worstCase(cheapest.endpoint.price, 0, 0);
  const tokens = leftPico <= 0n ? 0n : perTokenPico === 0n ? leftPico : leftPico / perTokenPico;
  if (features.outputTokensMax === undefined && tokens > 0n) {
    const hold = await budgets.hold(key, affordablePico);
    if (hold) return hold;
  }
  const asked = features.outputTokensMax ?? outputTokensOf(features, cheapest.endpoint);
  throw new Failure('payment-required', {
    message:
      `This request requires more credits, or fewer max_tokens. It may cost up to $${formatUsd(wantedPico)} ` +
      `for ${asked} tokens of output; $${formatUsd(affordablePico)} is left, enough for ${tokens}.`,
    metadata: {
      affordable_max_tokens: Number(tokens),
      limited_by: key.limitPico === undefined ? 'credits' : 'key or credits',
    },
  });
}

function promptCost(endpoint: Endpoint, features: RequestFeatures): { cost: bigint; endpoint: Endpoint } {
  return { cost: worstCase(endpoint.price, features.promptTokensMax, 0), endpoint };
}
