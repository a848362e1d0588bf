import type { LimitReset } from './api-key.ts';

const DAY_MS = 86_400_000;

/** The UTC window that holds `nowMs`: days from midnight, weeks from Monday, months from the first. No reset is one window for ever. */
export function windowStartMs(
  reset: LimitReset | undefined,
  nowMs: number,
): { readonly windowStartMs: number; readonly windowEndMs?: number } {
  const now = new Date(nowMs);
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
  switch (reset) {
    case 'daily':
      return { windowStartMs: midnight, windowEndMs: midnight + DAY_MS };
    case 'weekly': {
      const monday = midnight - ((now.getUTCDay() + 6) % 7) * DAY_MS;
      return { windowStartMs: monday, windowEndMs: monday + 7 * DAY_MS };
    }
    case 'monthly':
      return {
        windowStartMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1),
        windowEndMs: Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1),
      };
    default:
      return { windowStartMs: 0 };
  }
}
