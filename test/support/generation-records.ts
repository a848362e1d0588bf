import type { GenerationRecord } from '../../src/billing/generation-record.ts';
import { NO_USAGE } from '../../src/generation/usage.ts';

/** A settled generation of 100 + 50 tokens that cost what is asked, with what a test mentions changed. */
export function makeRecord(
  id: string,
  change: Partial<GenerationRecord> & { readonly chargedPico?: bigint } = {},
): GenerationRecord {
  const { chargedPico = 1_200n, ...fields } = change;
  return {
    id,
    requestId: `req-${id}`,
    createdAtMs: 1_795_000_000_000,
    accountId: 'home',
    keyHash: 'key-1',
    workspaceId: 'workspace-1',
    requestedModel: 'demo/talker',
    modelId: 'demo/talker',
    providerId: 'acme',
    providerName: 'Acme',
    endpointId: 'demo/talker|acme',
    apiType: 'completions',
    wireFormat: 'openai-chat',
    streamed: true,
    cancelled: false,
    finishReason: 'stop',
    latencyMs: 120,
    generationMs: 900,
    usage: { ...NO_USAGE, promptTokens: 100, completionTokens: 50 },
    outcome: 'settled',
    holdPico: chargedPico * 2n,
    charge: {
      lines: [{ what: 'prompt', units: 100, unitPico: 8n, totalPico: 800n, provenance: 'reported' }],
      listPico: chargedPico,
      chargedPico,
      promptPico: chargedPico,
      completionPico: 0n,
      priceId: 'acme@2026-07-01',
    },
    isByok: false,
    attempts: [
      {
        endpointId: 'demo/talker|acme',
        providerId: 'acme',
        providerName: 'Acme',
        modelId: 'demo/talker',
        upstreamModel: 'talker',
        status: 200,
        isByok: false,
        startedMs: 1,
        durationMs: 900,
      },
    ],
    app: { url: 'https://app.example', title: 'App', categories: ['chat'] },
    numMediaPrompt: 0,
    ...fields,
  };
}
