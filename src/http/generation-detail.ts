import type { z } from 'zod';
import type { Caller } from '../accounts/caller.ts';
import { formatUsd } from '../base/money.ts';
import { cacheSavingPico } from '../billing/cache-saving.ts';
import type { Attempt, GenerationRecord } from '../billing/generation-record.ts';
import type { attemptListing, GenerationDetail } from '../contract/generation-log.ts';
import type { Usage } from '../generation/usage.ts';
import { layersOf } from '../routing/merge-preferences.ts';
import { fieldsOf } from '../routing/tell-layers.ts';
import { classOfAttempt } from '../statistics/attempt-class.ts';
import { describeContent } from './content-routes.ts';
import type { Exchange } from './exchange.ts';
import { explainGeneration } from './explain-generation.ts';
import { instantOf } from './print-figure.ts';
import { printGenerationRow } from './print-generation-row.ts';
import { listCandidates, preferencesToJson, type RouteFacts, readRouteFacts } from './route-candidates.ts';
import { whatIf } from './what-if.ts';

/** Everything that is kept of one generation, with the facts its route was decided by. */
export async function printGenerationDetail(
  exchange: Exchange,
  record: GenerationRecord,
  caller: Caller,
): Promise<GenerationDetail> {
  const facts = await readRouteFacts(exchange, record.route);
  const counts = printTokens(record.usage);
  return {
    ...printGenerationRow(record, (hash) => exchange.directory.find(hash)?.name),
    request_id: record.requestId,
    upstream_id: record.upstreamId ?? null,
    wire_format: record.wireFormat,
    api_type: record.apiType,
    native_finish_reason: record.nativeFinishReason ?? null,
    user_agent: record.userAgent ?? null,
    service_tier: record.serviceTier ?? null,
    tokens: { native: counts, normalised: counts, provenance: record.usage.provenance },
    charge: printCharge(record),
    stages: (record.stages ?? []).map(({ name, startedMs, durationMs }) => ({
      name,
      start_ms: startedMs,
      duration_ms: durationMs,
    })),
    content: await describeContent(exchange, record, caller),
    attempts: record.attempts.map(printAttempt),
    losses: (record.losses ?? []).map((loss) => ({ ...loss })),
    plugins: (record.plugins ?? []).map(({ searches: _, ...plugin }) => ({ ...plugin })),
    route: printRoute(record, facts),
    what_if: await whatIf(exchange, record, facts),
  };
}

function printTokens(usage: Usage): GenerationDetail['tokens']['native'] {
  return {
    prompt: Math.round(usage.promptTokens),
    completion: Math.round(usage.completionTokens),
    cached: Math.round(usage.cachedTokens),
    cache_write: Math.round(usage.cacheWriteTokens),
    reasoning: Math.round(usage.reasoningTokens),
    image: Math.round(usage.imageTokens),
    audio_prompt: Math.round(usage.audioPromptTokens),
    audio_completion: Math.round(usage.audioCompletionTokens),
  };
}

function printCharge({ charge, holdPico, isByok }: GenerationRecord): GenerationDetail['charge'] {
  return {
    lines: charge.lines.map((line) => ({
      what: line.what,
      units: line.units,
      unit_price: formatUsd(line.unitPico),
      total: formatUsd(line.totalPico),
      provenance: line.provenance,
    })),
    price_id: charge.priceId,
    list: formatUsd(charge.listPico),
    charged: formatUsd(charge.chargedPico),
    held: formatUsd(holdPico),
    cache_saving: formatUsd(cacheSavingPico(charge) ?? 0n),
    is_byok: isByok,
  };
}

function printAttempt(attempt: Attempt): z.infer<typeof attemptListing> {
  const outcome = classOfAttempt(attempt);
  return {
    endpoint: attempt.endpointId,
    provider: attempt.providerId,
    provider_name: attempt.providerName,
    model: attempt.modelId,
    upstream_model: attempt.upstreamModel,
    status: attempt.status ?? null,
    failure: attempt.failure ?? null,
    failure_message: attempt.failureMessage ?? null,
    class: outcome === 'none' ? null : outcome,
    upstream_id: attempt.upstreamId ?? null,
    continuation: attempt.continuation
      ? { mode: attempt.continuation.mode, at_character: attempt.continuation.atCharacter }
      : null,
    started_ms: attempt.startedMs,
    first_content_ms: attempt.firstContentMs ?? null,
    duration_ms: attempt.durationMs,
  };
}

function printRoute(record: GenerationRecord, facts: RouteFacts): GenerationDetail['route'] {
  const { route } = record;
  if (!route) return null;
  const { features } = route;
  return {
    policy: route.policy,
    catalogue_version: route.catalogVersion,
    seed: route.seed,
    decided_at: instantOf(route.nowMs),
    models: [...features.models],
    prompt_tokens_estimate: Math.round(features.promptTokensEstimate),
    output_tokens_max: features.outputTokensMax ?? null,
    parameters: [...features.parameters],
    preferences: preferencesToJson(features.preferences),
    said_by: layersOf(features).map((layer) => ({
      ...{ from: layer.from, version: layer.version ?? null, fields: [...fieldsOf(layer)] },
    })),
    preset: features.preset ? { slug: features.preset.slug, version: features.preset.version } : null,
    candidates: [...listCandidates(record, facts)],
    why: explainGeneration(record, facts),
    has_facts: facts.isComplete,
  };
}
