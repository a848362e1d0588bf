import { formatUsd } from '../base/money.ts';
import type { GenerationRecord } from '../billing/generation-record.ts';
import type { GenerationRow } from '../contract/generation-log.ts';
import { appSlug, appTitle } from '../statistics/app-slug.ts';
import { statusOfRecord } from '../statistics/attempt-class.ts';
import { isDemo, tokensPerSecond } from '../statistics/rollup.ts';
import { instantOf } from './print-figure.ts';

/** A generation as the log shows it. `keyNameOf` knows the names of the account's own keys. */
export function printGenerationRow(
  record: GenerationRecord,
  keyNameOf: (hash: string) => string | undefined,
): GenerationRow {
  const { usage } = record;
  const slug = appSlug(record.app);
  return {
    id: record.id,
    created_at: instantOf(record.createdAtMs),
    requested_model: record.requestedModel,
    model: record.modelId ?? null,
    provider: record.providerId ?? null,
    provider_name: record.providerName ?? null,
    endpoint: record.endpointId ?? null,
    app: slug === '' ? null : { slug, title: appTitle(record.app) },
    key: record.keyHash,
    key_name: keyNameOf(record.keyHash) ?? null,
    external_user: record.externalUser ?? null,
    session: record.sessionId ?? null,
    prompt_tokens: Math.round(usage.promptTokens),
    completion_tokens: Math.round(usage.completionTokens),
    cached_tokens: Math.round(usage.cachedTokens),
    reasoning_tokens: Math.round(usage.reasoningTokens),
    cost: formatUsd(record.charge.chargedPico),
    first_content_ms: record.latencyMs ?? null,
    generation_ms: record.generationMs ?? null,
    tokens_per_second: tokensPerSecond(record) ?? null,
    status: statusOfRecord(record),
    outcome: record.outcome,
    finish_reason: record.finishReason ?? null,
    failure: record.failure ?? null,
    attempts: record.attempts.length,
    streamed: record.streamed,
    is_demo: isDemo(record),
  };
}
