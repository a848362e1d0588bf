import { parseUsdPerMillion } from '../../base/money.ts';
import type { PriceOverride } from '../price.ts';
import type { Amounts } from './offer.ts';
import type { GenaiPrice, GenaiRow } from './read-genai.ts';
import type { PiRow } from './read-pi.ts';

/** A JSON number of US dollars per million tokens; the digits are read, never calculated with. Undefined when it is no price. */
export function perMillion(usd: number | undefined): bigint | undefined {
  return usd === undefined ? undefined : parseUsdPerMillion(String(usd));
}

/** A zero beside other prices is how these packages write "not offered". */
function cachePrice(usd: number | undefined): bigint | undefined {
  const amount = perMillion(usd);
  return amount === 0n ? undefined : amount;
}

export function piAmounts({ cost }: PiRow): Amounts | undefined {
  const prompt = perMillion(cost.input);
  const completion = perMillion(cost.output);
  if (prompt === undefined || completion === undefined) return undefined;
  const overrides = (cost.tiers ?? [])
    .toSorted((a, b) => a.inputTokensAbove - b.inputTokensAbove)
    .map(
      (tier): PriceOverride => ({
        minPromptTokens: tier.inputTokensAbove,
        ...given('prompt', perMillion(tier.input)),
        ...given('completion', perMillion(tier.output)),
        ...given('cacheRead', cachePrice(tier.cacheRead)),
        ...given('cacheWrite', cachePrice(tier.cacheWrite)),
      }),
    );
  return {
    prompt,
    completion,
    ...given('cacheRead', cachePrice(cost.cacheRead)),
    ...given('cacheWrite', cachePrice(cost.cacheWrite)),
    ...(overrides.length > 0 && { overrides }),
  };
}

/** Prices as of a day: later rows win, those that begin later are left out, those of an hour become overrides. */
export function genaiAmounts(row: GenaiRow, today: string): Amounts | undefined {
  let base: GenaiPrice['prices'] | undefined;
  const overrides: PriceOverride[] = [];
  for (const { prices, constraint } of row.prices) {
    if (constraint?.type === 'time_of_date') {
      const window = { utcStart: hhmm(constraint.start_time), utcEnd: hhmm(constraint.end_time) };
      overrides.push({ ...window, ...tokenAmounts(prices) });
    } else if (constraint === undefined || constraint.start_date <= today) base = prices;
  }
  const amounts = base && tokenAmounts(base);
  if (base === undefined || amounts?.prompt === undefined) return undefined;
  const all = [...tiersOf(base), ...overrides];
  return {
    ...amounts,
    prompt: amounts.prompt,
    completion: amounts.completion ?? 0n,
    ...given('cacheWrite1h', cachePrice(baseOf(base.cache_write_1h_mtok))),
    ...given('audio', cachePrice(baseOf(base.input_audio_mtok))),
    ...given('audioOutput', cachePrice(baseOf(base.output_audio_mtok))),
    ...(all.length > 0 && { overrides: all }),
  };
}

type GenaiAmount = GenaiPrice['prices']['input_mtok'];

function tokenAmounts(prices: GenaiPrice['prices']) {
  return {
    ...given('prompt', perMillion(baseOf(prices.input_mtok))),
    ...given('completion', perMillion(baseOf(prices.output_mtok))),
    ...given('cacheRead', cachePrice(baseOf(prices.cache_read_mtok))),
    ...given('cacheWrite', cachePrice(baseOf(prices.cache_write_mtok))),
  };
}

function baseOf(amount: GenaiAmount): number | undefined {
  return typeof amount === 'object' ? amount.base : amount;
}

/** One override per prompt length at which any of the prices changes. */
function tiersOf(prices: GenaiPrice['prices']): readonly PriceOverride[] {
  const names = {
    input_mtok: 'prompt',
    output_mtok: 'completion',
    cache_read_mtok: 'cacheRead',
    cache_write_mtok: 'cacheWrite',
  };
  const byStart = new Map<number, Record<string, bigint>>();
  for (const [field, name] of Object.entries(names)) {
    const amount = prices[field as keyof typeof names];
    for (const { start, price } of typeof amount === 'object' ? amount.tiers : []) {
      const value = perMillion(price);
      if (value !== undefined) byStart.set(start, { ...byStart.get(start), [name]: value });
    }
  }
  return [...byStart].sort(([a], [b]) => a - b).map(([start, amounts]) => ({ minPromptTokens: start, ...amounts }));
}

/** `16:30:00Z` is 1630. */
function hhmm(time: string): number {
  return Number(time.slice(0, 2)) * 100 + Number(time.slice(3, 5));
}

function given<K extends string>(name: K, value: bigint | undefined): { readonly [P in K]?: bigint } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: bigint });
}
