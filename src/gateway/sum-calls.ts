import type { Charge } from '../billing/generation-record.ts';
import { meter } from '../billing/meter.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { NO_USAGE, type Usage, type UsageProvenance } from '../generation/usage.ts';
import type { PluginDeed } from '../plugins/plugin.ts';
import type { EndpointCall } from './call-endpoint.ts';

export const NO_CHARGE: Charge = {
  lines: [],
  listPico: 0n,
  chargedPico: 0n,
  promptPico: 0n,
  completionPico: 0n,
  priceId: '',
};

/** What the provider reported; where it did not, our own estimate from the size of the text, and said to be one. */
export function usageOf(call: EndpointCall, request: GenerationRequest): Usage {
  if (call.usage) return call.usage;
  if (call.firstContentMs === undefined) return NO_USAGE;
  return {
    ...NO_USAGE,
    promptTokens: request.features.promptTokensEstimate + (call.continuation?.outputTokens ?? 0),
    completionTokens: Math.ceil(call.contentBytes / 4),
  };
}

/** An answer made by several calls used what all of them used. It is as sure as the least sure of them. */
export function sumUsage(usages: readonly Usage[]): Usage {
  const [first, ...rest] = usages;
  return rest.reduce(addUsage, first ?? NO_USAGE);
}

const CERTAINTY: readonly UsageProvenance[] = ['estimated', 'counted', 'reported'];

function addUsage(a: Usage, b: Usage): Usage {
  const longer = (a.cacheWrite1hTokens ?? 0) + (b.cacheWrite1hTokens ?? 0);
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    ...(longer > 0 && { cacheWrite1hTokens: longer }),
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    audioPromptTokens: a.audioPromptTokens + b.audioPromptTokens,
    audioCompletionTokens: a.audioCompletionTokens + b.audioCompletionTokens,
    imageTokens: a.imageTokens + b.imageTokens,
    provenance: CERTAINTY[Math.min(CERTAINTY.indexOf(a.provenance), CERTAINTY.indexOf(b.provenance))]!,
  };
}

/** The price of each call by its own endpoint's prices, and their sum. */
export function sumCharges(calls: readonly EndpointCall[], request: GenerationRequest, nowMs: number): Charge {
  const charges = calls.map((call) => meter(call.endpoint.price, usageOf(call, request), nowMs));
  const [first, ...rest] = charges;
  return rest.reduce(addCharge, first ?? NO_CHARGE);
}

/** Searches are charged beside the tokens, at the price that the operator set. */
export function addSearches(charge: Charge, deeds: readonly PluginDeed[]): Charge {
  return deeds.reduce((sum, { searches }) => {
    if (!searches || searches.unitPico === 0n) return sum;
    const totalPico = BigInt(searches.count) * searches.unitPico;
    const units = { units: searches.count, unitPico: searches.unitPico };
    const line = { what: 'web-search' as const, ...units, totalPico, provenance: 'counted' as const };
    const added = { ...NO_CHARGE, lines: [line], listPico: totalPico, chargedPico: totalPico, promptPico: totalPico };
    return addCharge(sum, added);
  }, charge);
}

function addCharge(a: Charge, b: Charge): Charge {
  return {
    lines: [...a.lines, ...b.lines],
    listPico: a.listPico + b.listPico,
    chargedPico: a.chargedPico + b.chargedPico,
    promptPico: a.promptPico + b.promptPico,
    completionPico: a.completionPico + b.completionPico,
    priceId: a.priceId,
  };
}
