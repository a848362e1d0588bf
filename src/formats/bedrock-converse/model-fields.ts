import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { budgetOfEffort, type Effort, effortOfBudget, readReasoningWish } from '../../generation/reasoning.ts';
import type { RequestTarget } from '../format.ts';

/** Where nobody sets a limit, a budget for thinking is measured against this many tokens. */
const OUTPUT_TOKENS_ASSUMED = 16_384;
const BUDGET_MIN = 1_024;

/**
 * The wish for reasoning, in `additionalModelRequestFields`: Converse has no word for it, and each family of models its own,
 * which the provider declares as a quirk.
 */
export function reasoningFields(
  fields: Readonly<Record<string, Json>>,
  { target, isForced, maxTokens = OUTPUT_TOKENS_ASSUMED }: ReasoningPlace,
  losses: Loss[],
): JsonObject {
  const wish = readReasoningWish(fields);
  if (!wish || (wish.effort === undefined && wish.tokensMax === undefined)) return {};
  const lose = (outcome: Loss['outcome'], reason: string, field = 'reasoning'): void =>
    void losses.push({ field, outcome, reason });
  const { reasoning: kind } = target.quirks;
  if (kind === undefined) {
    if (wish.effort !== 'none') lose('dropped', 'this model has no word for it in Converse');
    return {};
  }
  if (kind === 'thinking') {
    if (wish.effort === 'none') return { thinking: { type: 'disabled' } };
    if (isForced) {
      lose('dropped', 'a forced call and thinking exclude each other');
      return {};
    }
    const takesEffort = ['reasoning_effort', 'verbosity'].some((name) => target.supportedParameters.includes(name));
    if (!takesEffort) return budgetFields(wish.tokensMax ?? wish.effort!, maxTokens, lose);
  }
  if (wish.tokensMax !== undefined) lose('approximated', 'sent as an effort', 'reasoning.max_tokens');
  const effort = wish.effort ?? effortOfBudget(wish.tokensMax!, maxTokens);
  if (kind === 'effort') return { reasoning_effort: effort };
  if (kind === 'object') return { reasoning: { effort } };
  const spoken = effort === 'minimal' ? 'low' : effort;
  if (spoken !== effort) lose('approximated', 'the least effort is "low"', 'reasoning.effort');
  return { thinking: { type: 'adaptive' }, output_config: { effort: spoken } };
}

export interface ReasoningPlace {
  readonly target: RequestTarget;
  /** The caller forces a call of a tool. */
  readonly isForced: boolean;
  /** The limit for the whole answer. */
  readonly maxTokens?: number;
}

function budgetFields(
  wanted: Effort | number,
  limit: number,
  lose: (outcome: Loss['outcome'], reason: string, field?: string) => void,
): JsonObject {
  const tokens = typeof wanted === 'number' ? wanted : budgetOfEffort(wanted, limit);
  const budget = Math.min(Math.max(tokens, BUDGET_MIN), limit - 1);
  if (budget < BUDGET_MIN) {
    lose('dropped', `an answer of ${limit} tokens leaves no room for thinking`);
    return {};
  }
  if (typeof wanted === 'number' && wanted !== budget)
    lose('approximated', `the budget is ${budget}`, 'reasoning.max_tokens');
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

export function isThinking(modelFields: JsonObject): boolean {
  return isJsonObject(modelFields.thinking) && modelFields.thinking.type !== 'disabled';
}
