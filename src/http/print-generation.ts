import { usdNumber } from '../base/money.ts';
import { cacheSavingPico } from '../billing/cache-saving.ts';
import type { Attempt, GenerationRecord } from '../billing/generation-record.ts';
import type { GenerationListing, ProviderResponse } from '../contract/generation.ts';

/** A settled generation as OpenRouter prints it. Token counts are the provider's own; we normalise none, so both sorts agree. */
export function printGeneration(record: GenerationRecord): GenerationListing {
  const { usage, charge, app, attempts } = record;
  const searches = record.plugins?.flatMap((plugin) => plugin.searches ?? []) ?? [];
  return {
    id: record.id,
    request_id: record.requestId,
    upstream_id: record.upstreamId ?? null,
    model: record.modelId ?? record.requestedModel,
    provider_name: record.providerName ?? null,
    provider_responses: attempts.map(printAttempt),
    created_at: new Date(record.createdAtMs).toISOString(),
    api_type: record.apiType,
    streamed: record.streamed,
    cancelled: record.cancelled,
    finish_reason: record.finishReason ?? null,
    native_finish_reason: record.nativeFinishReason ?? null,
    latency: record.latencyMs ?? null,
    generation_time: record.generationMs ?? null,
    moderation_latency: null,
    tokens_prompt: usage.promptTokens,
    tokens_completion: usage.completionTokens,
    native_tokens_prompt: usage.promptTokens,
    native_tokens_completion: usage.completionTokens,
    native_tokens_reasoning: usage.reasoningTokens,
    native_tokens_cached: usage.cachedTokens,
    native_tokens_completion_images: usage.imageTokens,
    num_media_prompt: record.numMediaPrompt,
    num_media_completion: null,
    num_input_audio_prompt: null,
    num_search_results: searches.length > 0 ? searches.reduce((sum, { results }) => sum + results, 0) : null,
    num_fetches: null,
    web_search_engine: searches[0]?.engine ?? null,
    usage: usdNumber(charge.chargedPico),
    total_cost: usdNumber(charge.chargedPico),
    cache_discount: cacheDiscount(record),
    upstream_inference_cost: record.isByok ? usdNumber(charge.listPico) : null,
    is_byok: record.isByok,
    service_tier: record.serviceTier ?? null,
    router: record.route?.auto ? record.requestedModel : null,
    preset_id: record.route?.features.preset?.id ?? null,
    session_id: record.sessionId ?? null,
    external_user: record.externalUser ?? null,
    app_id: null,
    origin: app.url === undefined ? '' : new URL(app.url).origin,
    http_referer: app.url ?? null,
    user_agent: record.userAgent ?? null,
    workspace_id: record.workspaceId,
    data_region: 'global',
    response_cache_source_id: null,
    ...(record.losses && { losses: record.losses }),
    ...(record.plugins && { plugins: record.plugins.map(({ searches: _, ...entry }) => entry) }),
  };
}

function printAttempt(attempt: Attempt): ProviderResponse {
  return {
    endpoint_id: attempt.endpointId,
    ...(attempt.upstreamId !== undefined && { id: attempt.upstreamId }),
    is_byok: attempt.isByok,
    latency: attempt.firstContentMs ?? attempt.durationMs,
    model_permaslug: attempt.modelId,
    provider_name: attempt.providerName,
    status: attempt.status ?? null,
    ...(attempt.continuation && {
      continuation: { mode: attempt.continuation.mode, at_character: attempt.continuation.atCharacter },
    }),
  };
}

function cacheDiscount({ charge }: GenerationRecord): number | null {
  const savedPico = cacheSavingPico(charge);
  return savedPico === undefined ? null : usdNumber(savedPico);
}
