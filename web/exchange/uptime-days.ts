import type { UptimeDay } from '../../src/contract/figure.ts';
import type { UptimeBarDay } from '../charts/uptime-bars.tsx';

/** The API's days as the chart's. */
export function barDays(days: readonly UptimeDay[]): readonly UptimeBarDay[] {
  return days.map(({ date, success, error, rate_limited }) => ({ date, success, error, rateLimited: rate_limited }));
}
