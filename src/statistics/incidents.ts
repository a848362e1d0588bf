import type { AttemptClass } from './attempt-class.ts';
import type { AttemptSum } from './statistics-store.ts';
import { HOUR_MS } from './windows.ts';

/** Errors of one kind at one provider that are too many to be chance. */
export interface Incident {
  readonly provider: string;
  readonly outcome: AttemptClass;
  readonly count: number;
  /** Of all tries at the provider in those hours. */
  readonly share: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** It went on in this hour or the one before. */
  readonly isOpen: boolean;
  readonly endpoints: readonly string[];
}

/** Fewer errors, or a smaller part of the tries, are the noise of any network. */
const ERRORS_MIN = 5;
const SHARE_MIN = 0.05;

/** From tries by provider, endpoint and hour. Only what lowers an uptime counts. Open ones first, then the most errors. */
export function findIncidents(sums: readonly AttemptSum[], thisHourMs: number): readonly Incident[] {
  const incidents: Incident[] = [];
  for (const [provider, own] of Map.groupBy(sums, (sum) => sum.provider)) {
    const bad = own.filter(({ down }) => down > 0);
    for (const [outcome, errors] of Map.groupBy(bad, (sum) => sum.outcome)) {
      const hours = new Set(errors.map(({ startMs }) => startMs));
      const count = errors.reduce((sum, { down }) => sum + down, 0);
      const tries = own.reduce((sum, row) => sum + (hours.has(row.startMs) ? row.attempts : 0), 0);
      if (count < ERRORS_MIN || count / tries < SHARE_MIN) continue;
      const lastMs = Math.max(...hours);
      incidents.push({
        provider,
        outcome,
        count,
        share: count / tries,
        firstMs: Math.min(...hours),
        lastMs,
        isOpen: lastMs >= thisHourMs - HOUR_MS,
        endpoints: [...new Set(errors.map(({ endpoint }) => endpoint))].sort(),
      });
    }
  }
  return incidents.sort((a, b) => Number(b.isOpen) - Number(a.isOpen) || b.count - a.count);
}
