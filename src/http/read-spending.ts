import type { KeyUsage } from '../accounts/account-store.ts';
import type { ApiKey } from '../accounts/api-key.ts';
import { usdNumber } from '../base/money.ts';
import type { KeySpending } from '../contract/api-key.ts';
import type { Exchange } from './exchange.ts';

const READS_MAX = 3;

/** Reads storage so that a charge on its way from the journal into storage is counted once, not twice and not never. */
export async function readSettled<T>(
  readStored: () => Promise<T>,
  readUndrained: () => bigint,
): Promise<{ readonly stored: T; readonly undrainedPico: bigint }> {
  for (let reads = 1; ; reads++) {
    const before = readUndrained();
    const stored = await readStored();
    // Something drained meanwhile may be in both figures or in neither.
    if (reads === READS_MAX || readUndrained() === before) return { stored, undrainedPico: before };
  }
}

/** A key's spending up to now, in all its windows. What is not in storage yet was spent moments ago: it belongs to each of them. */
export async function readSpending(exchange: Exchange, key: ApiKey): Promise<KeyUsage> {
  const nowMs = exchange.clock.nowMs();
  const { stored, undrainedPico } = await readSettled(
    () => exchange.directory.store.keyUsage(key.hash, nowMs),
    () => exchange.undrainedSpending(key.hash),
  );
  return {
    ...stored,
    totalPico: stored.totalPico + undrainedPico,
    dailyPico: stored.dailyPico + undrainedPico,
    weeklyPico: stored.weeklyPico + undrainedPico,
    monthlyPico: stored.monthlyPico + undrainedPico,
  };
}

export function printSpending(usage: KeyUsage): KeySpending {
  return {
    usage: usdNumber(usage.totalPico),
    usage_daily: usdNumber(usage.dailyPico),
    usage_weekly: usdNumber(usage.weeklyPico),
    usage_monthly: usdNumber(usage.monthlyPico),
    byok_usage: usdNumber(usage.byokTotalPico),
    byok_usage_daily: usdNumber(usage.byokDailyPico),
    byok_usage_weekly: usdNumber(usage.byokWeeklyPico),
    byok_usage_monthly: usdNumber(usage.byokMonthlyPico),
  };
}

/** What is left of the limit in its current window; undefined without a limit. Never below zero. */
export function remainingPico(key: ApiKey, usage: KeyUsage): bigint | undefined {
  if (key.limitPico === undefined) return undefined;
  const [ownPico, byokPico] = spentInWindow(key, usage);
  const leftPico = key.limitPico - ownPico - (key.includeByokInLimit ? byokPico : 0n);
  return leftPico > 0n ? leftPico : 0n;
}

function spentInWindow(key: ApiKey, usage: KeyUsage): readonly [own: bigint, byok: bigint] {
  switch (key.limitReset) {
    case 'daily':
      return [usage.dailyPico, usage.byokDailyPico];
    case 'weekly':
      return [usage.weeklyPico, usage.byokWeeklyPico];
    case 'monthly':
      return [usage.monthlyPico, usage.byokMonthlyPico];
    default:
      return [usage.totalPico, usage.byokTotalPico];
  }
}
