import type { PriceList } from '../catalog/price.ts';
import type { FinishReason } from '../generation/event.ts';
import type { Usage } from '../generation/usage.ts';
import type { Charge, ChargeLine } from './generation-record.ts';

/** The prices that hold for a prompt of this size at this moment: the last matching override wins for the fields it names. */
export function pricesAt(list: PriceList, promptTokens: number, nowMs: number): PriceList {
  if (!list.overrides) return list;
  const now = new Date(nowMs);
  const utcTime = now.getUTCHours() * 100 + now.getUTCMinutes();
  let prices = list;
  for (const override of list.overrides) {
    const { minPromptTokens, utcStart, utcEnd, ...changed } = override;
    if (minPromptTokens !== undefined && promptTokens <= minPromptTokens) continue;
    if (!isInWindow(utcTime, utcStart, utcEnd)) continue;
    prices = { ...prices, ...changed };
  }
  return prices;
}

/** Half-open and may cross midnight. */
function isInWindow(time: number, start: number | undefined, end: number | undefined): boolean {
  if (start === undefined || end === undefined) return true;
  return start <= end ? time >= start && time < end : time >= start || time < end;
}

/** The list price of an answer, line by line: exact integers, nothing rounded. */
export function meter(list: PriceList, usage: Usage, nowMs: number): Charge {
  const prices = pricesAt(list, usage.promptTokens, nowMs);
  const lines: ChargeLine[] = [];
  const add = (what: ChargeLine['what'], units: number, unitPico: bigint): bigint => {
    if (units <= 0) return 0n;
    const totalPico = BigInt(units) * unitPico;
    lines.push({ what, units, unitPico, totalPico, provenance: usage.provenance });
    return totalPico;
  };
  // Cached and written tokens are inside the prompt's total; without a price of their own they cost what the prompt costs.
  const cached = Math.min(usage.cachedTokens, usage.promptTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.promptTokens - cached);
  let promptPico = add('prompt', usage.promptTokens - cached - written, prices.prompt);
  promptPico += add('cache-read', cached, prices.cacheRead ?? prices.prompt);
  const longer = Math.min(usage.cacheWrite1hTokens ?? 0, written);
  const cacheWrite = prices.cacheWrite ?? prices.prompt;
  promptPico += add('cache-write', written - longer, cacheWrite);
  promptPico += add('cache-write', longer, prices.cacheWrite1h ?? cacheWrite);
  if (prices.perRequest !== undefined) promptPico += add('request', 1, prices.perRequest);
  const reasoning = prices.reasoning === undefined ? 0 : Math.min(usage.reasoningTokens, usage.completionTokens);
  let completionPico = add('completion', usage.completionTokens - reasoning, prices.completion);
  completionPico += add('reasoning', reasoning, prices.reasoning ?? 0n);
  const listPico = promptPico + completionPico;
  return { lines, listPico, chargedPico: listPico, promptPico, completionPico, priceId: list.id };
}

/**
 * Zero-completion insurance (reference/openrouter.md g.14): an answer without output and without a finish, or one that ended in
 * an error, costs the caller nothing.
 */
export function isInsured(usage: Usage, finishReason: FinishReason | undefined): boolean {
  return finishReason === 'error' || (usage.completionTokens === 0 && finishReason === undefined);
}

/** A charge capped at what the hold covers; the parts shrink in proportion and always sum to the whole. */
export function capCharge(charge: Charge, maxPico: bigint): Charge {
  if (charge.listPico <= maxPico) return charge;
  const promptPico = charge.listPico === 0n ? 0n : (charge.promptPico * maxPico) / charge.listPico;
  return { ...charge, chargedPico: maxPico, promptPico, completionPico: maxPico - promptPico };
}

export function freeCharge(charge: Charge): Charge {
  return { ...charge, chargedPico: 0n, promptPico: 0n, completionPico: 0n };
}

/** The dearest an answer can become at these prices: for a hold. */
export function worstCase(list: PriceList, promptTokens: number, outputTokens: number): bigint {
  let prompt = max(max(list.prompt, list.cacheWrite), list.cacheWrite1h);
  let completion = max(list.completion, list.reasoning);
  for (const override of list.overrides ?? []) {
    prompt = max(max(max(prompt, override.prompt), override.cacheWrite), override.cacheWrite1h);
    completion = max(completion, override.completion);
  }
  return BigInt(promptTokens) * prompt + BigInt(outputTokens) * completion + (list.perRequest ?? 0n);
}

function max(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b > a ? b : a;
}
