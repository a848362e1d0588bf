import { z } from 'zod';
import type { JsonObject } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';
import type { ModelFacts } from '../format.ts';

/** Google's own default and bound for a page. */
const PAGE = 50;
const PAGE_MAX = 1_000;
const querySchema = z.object({
  pageSize: z.coerce.number().int().min(0).default(0),
  /** Where the page begins; to callers a text without meaning. */
  pageToken: z.coerce.number().int().min(0).default(0),
});

/** A model as `GET /v1beta/models` of the Gemini API prints it. */
export function encodeModel(model: ModelFacts): JsonObject {
  return {
    name: `models/${model.id}`,
    version: '1',
    displayName: model.name,
    description: model.description,
    inputTokenLimit: model.contextTokensMax,
    outputTokenLimit: model.outputTokensMax ?? model.contextTokensMax,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
    ...(model.canThink && { thinking: true }),
  };
}

export function encodeList(models: readonly ModelFacts[], query: URLSearchParams): JsonObject {
  const given = { pageSize: query.get('pageSize') ?? undefined, pageToken: query.get('pageToken') || undefined };
  const parsed = querySchema.safeParse(given);
  if (!parsed.success) {
    const field = String(parsed.error.issues[0]?.path[0]);
    throw new Failure('invalid-request', { message: `${field} is not valid`, metadata: { param: field } });
  }
  const { pageSize, pageToken: from } = parsed.data;
  const end = from + Math.min(pageSize || PAGE, PAGE_MAX);
  return {
    models: models.slice(from, end).map(encodeModel),
    ...(end < models.length && { nextPageToken: String(end) }),
  };
}
