export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Rows by the hour are kept so long; those by the day for ever. */
export const HOURS_KEPT_MS = 100 * DAY_MS;

export type Grain = 'hour' | 'day';

export function startOf(grain: Grain, atMs: number): number {
  const width = grain === 'hour' ? HOUR_MS : DAY_MS;
  return Math.floor(atMs / width) * width;
}

/** `YYYY-MM-DD` in UTC. */
export function dateOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The last `days` UTC days up to and with today: their starts, oldest first. */
export function lastDays(days: number, nowMs: number): readonly number[] {
  const today = startOf('day', nowMs);
  return Array.from({ length: days }, (_, index) => today - (days - 1 - index) * DAY_MS);
}
