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
});

const SLUGS: readonly string[] = ['trunkline/auto', 'openrouter/auto'];

function leavesChoice(slug: string): boolean {
  return SLUGS.includes(slug.toLowerCase().split(':')[0]!);
}

/** Which models a request without a model may get. The choice itself is the router's: docs/auto-router.md. */
export default {
  id: 'auto-router',
  settings: settings as unknown as z.ZodType<JsonObject>,
  askedBy: ({ features }) => (features.models.some(leavesChoice) ? {} : undefined),
  open({ request, settings: given }) {
    if (!request.features.models.some(leavesChoice)) return undefined;
    const { allowed_models, excluded_models, cost_tier } = settings.parse(given);
    const auto: AutoWish = {
      slugs: SLUGS,
      ...(allowed_models?.length && { allowed: allowed_models }),
      ...(excluded_models?.length && { excluded: excluded_models }),
      ...(cost_tier && { costTier: cost_tier }),
    };
    return {
      revise: (_: GenerationRequest) => ({ features: { auto } }),
      // What was chosen, and out of which, is kept with the route.
      did: () => undefined,
    };
  },
} satisfies Plugin;
