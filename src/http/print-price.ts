import type { JsonObject } from '../base/json.ts';
import { formatUsd } from '../base/money.ts';
import type { PriceList, PriceOverride } from '../catalog/price.ts';

/** Our names of prices and OpenRouter's, in the order of printing. */
const NAMES = [
  ['perRequest', 'request'],
  ['perImage', 'image'],
  ['audio', 'audio'],
  ['audioOutput', 'audio_output'],
  ['perWebSearch', 'web_search'],
  ['reasoning', 'internal_reasoning'],
  ['cacheRead', 'input_cache_read'],
  ['cacheWrite', 'input_cache_write'],
  ['cacheWrite1h', 'input_cache_write_1h'],
] as const satisfies readonly (readonly [keyof PriceList, string])[];

/** Decimal strings in USD, per token or per unit. What has no price of its own is left out. */
export function printPrice(price: PriceList): JsonObject {
  const printed: Record<string, JsonObject[string]> = {
    prompt: formatUsd(price.prompt),
    completion: formatUsd(price.completion),
  };
  for (const [own, name] of NAMES) {
    const pico = price[own];
    if (pico !== undefined) printed[name] = formatUsd(pico);
  }
  if (price.overrides && price.overrides.length > 0) printed.overrides = price.overrides.map(printOverride);
  return printed;
}

function printOverride(override: PriceOverride): JsonObject {
  const { minPromptTokens, utcStart, utcEnd, prompt, completion, cacheRead, cacheWrite } = override;
  return {
    ...(minPromptTokens !== undefined && { min_prompt_tokens: minPromptTokens }),
    ...(utcStart !== undefined && { utc_start: utcStart }),
    ...(utcEnd !== undefined && { utc_end: utcEnd }),
    ...(prompt !== undefined && { prompt: formatUsd(prompt) }),
    ...(completion !== undefined && { completion: formatUsd(completion) }),
    ...(cacheRead !== undefined && { input_cache_read: formatUsd(cacheRead) }),
    ...(cacheWrite !== undefined && { input_cache_write: formatUsd(cacheWrite) }),
  };
}
