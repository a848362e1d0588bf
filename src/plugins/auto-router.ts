import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import type { AutoWish, GenerationRequest } from '../generation/request.ts';
import type { Plugin } from './plugin.ts';

const PATTERN_LETTERS_MAX = 65_536;
const patterns = z
  .array(z.string().min(1).max(1_024))
  .max(1_024)
  .refine((list) => list.reduce((sum, pattern) => sum + pattern.length, 0) <= PATTERN_LETTERS_MAX, {
    message: `at most ${PATTERN_LETTERS_MAX} characters in all`,
  })
  .nullish();
const settings = z.looseObject({
  allowed_models: patterns,
  excluded_models: patterns,
  cost_tier: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  /** OpenRouter's older word for the cost: 10 allows the cheapest tenth, 0 all but the dearest. */
  cost_quality_tradeoff: z.number().int().min(0).max(10).nullish(),
  pin_model: z.boolean().nullish(),
});

const SLUGS: readonly string[] = ['trunkline/auto', 'openrouter/auto'];

function leavesChoice(slug: string): boolean {
  return SLUGS.includes(slug.toLowerCase().split(':')[0]!);
}

/** Callers who send an answer's `model` back with its turn say which one it was. */
function modelOfLastTurn(request: GenerationRequest): string | undefined {
  const turn = request.content().messages.findLast(({ role }) => role === 'assistant');
  const model = turn?.extra?.fields.model;
  return typeof model === 'string' ? model.slice(0, 256) : undefined;
}

/** Which models a request without a model may get. The choice itself is the router's: docs/auto-router.md. */
export default {
  id: 'auto-router',
  settings: settings as unknown as z.ZodType<JsonObject>,
  askedBy: ({ features }) => (features.models.some(leavesChoice) ? {} : undefined),
  open({ request, settings: given }) {
    if (!request.features.models.some(leavesChoice)) return undefined;
    const { allowed_models, excluded_models, cost_tier, cost_quality_tradeoff, pin_model } = settings.parse(given);
    const pinned = pin_model === true ? modelOfLastTurn(request) : undefined;
    const auto: AutoWish = {
      slugs: SLUGS,
      ...(allowed_models?.length && { allowed: allowed_models }),
      ...(excluded_models?.length && { excluded: excluded_models }),
      ...(cost_tier && { costTier: cost_tier }),
      ...(typeof cost_quality_tradeoff === 'number' && { costCeiling: 90 - 8 * cost_quality_tradeoff }),
      ...(pinned !== undefined && { pinned }),
    };
    return {
      revise: (_: GenerationRequest) => ({ features: { auto } }),
      // What was chosen, and out of which, is kept with the route.
      did: () => undefined,
    };
  },
} satisfies Plugin;
