import { isolate } from '../text/clean-text.ts';
import { compact, counted, percent } from '../text/numbers.ts';

/** One sentence per chart, made of its data: what a glance would tell. */

export interface DayTotal {
  /** `YYYY-MM-DD` in UTC. */
  readonly date: string;
  readonly total: number;
}

/** For days in order, the last one still going on. */
export function summariseDays(days: readonly DayTotal[], unit: string): string {
  const sum = days.reduce((all, { total }) => all + total, 0);
  if (sum === 0) return `No ${unit} in ${counted(days.length, 'day')}.`;
  const top = days.reduce((best, one) => (one.total > best.total ? one : best));
  return `${compact(sum)} ${unit} in ${counted(days.length, 'day')}; most on ${shortDay(top.date)} with ${compact(top.total)}.${trendOf(days)}`;
}

/** The second half against the first, without today, which is not over. Only where both halves say something. */
function trendOf(days: readonly DayTotal[]): string {
  const whole = days.slice(0, -1);
  const half = Math.floor(whole.length / 2);
  if (half < 3) return '';
  const sum = (part: readonly DayTotal[]) => part.reduce((all, { total }) => all + total, 0);
  const before = sum(whole.slice(whole.length - 2 * half, whole.length - half));
  const after = sum(whole.slice(-half));
  if (before === 0 || after === 0) return '';
  const change = after / before - 1;
  if (Math.abs(change) < 0.05) return ' About level.';
  return change > 0
    ? ` Up ${percent(change, 0)} on the ${half} days before.`
    : ` Down ${percent(-change, 0)} on the ${half} days before.`;
}

export interface UptimeTotal {
  readonly success: number;
  readonly error: number;
}

/** `days` with at least one request that counts. */
export function summariseUptime(total: UptimeTotal, days: readonly UptimeTotal[], needed: number): string {
  const n = total.success + total.error;
  if (n === 0) return 'No request that counts yet.';
  const seen = days.filter(({ success, error }) => success + error > 0);
  const bad = seen.filter(({ error }) => error > 0).length;
  const trouble = bad === 0 ? 'none with an error' : `${bad} with errors`;
  if (n < needed) return `Too little data: ${n} of ${needed} requests.`;
  return `${percent(total.success / n)} of ${counted(n, 'request')} over ${counted(seen.length, 'day')} with traffic, ${trouble}.`;
}

export interface Spread {
  readonly name: string;
  readonly n: number;
  readonly p50: number | undefined;
}

/** Which of several measured things is best. `isLowGood` for times, not for speeds. */
export function summariseSpread(
  spreads: readonly Spread[],
  format: (value: number) => string,
  isLowGood: boolean,
): string {
  const known = spreads.filter((spread): spread is Spread & { p50: number } => spread.p50 !== undefined);
  const n = spreads.reduce((all, spread) => all + spread.n, 0);
  if (known.length === 0) return n === 0 ? 'Nothing measured in this window.' : `Too little data: ${n} samples.`;
  const [best, ...rest] = [...known].sort((a, b) => (isLowGood ? a.p50 - b.p50 : b.p50 - a.p50));
  if (rest.length === 0)
    return `${isolate(best!.name)}: half of ${counted(n, 'sample')} at ${format(best!.p50)} or better.`;
  return `Best of ${known.length}: ${isolate(best!.name)} with a median of ${format(best!.p50)}; last ${isolate(rest.at(-1)!.name)} with ${format(rest.at(-1)!.p50)}.`;
}

/** How many points of a scatter are the best trade. Units stand after the comma of an axis. */
export function summariseScatter(count: number, best: readonly string[], x: string, y: string): string {
  if (count === 0) return 'Nothing to compare yet.';
  const known = best.map(isolate);
  const names = known.length > 3 ? `${known.slice(0, 3).join(', ')} and ${known.length - 3} more` : known.join(', ');
  const [less, more] = [x, y].map((axis) => axis.split(',')[0]!);
  return `${counted(count, 'point')}; no other has both a better ${less} and a better ${more} than ${names}.`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Apr 5` from `2025-04-05`. */
export function shortDay(date: string): string {
  const [, month, day] = date.split('-').map(Number);
  return month && day ? `${MONTHS[month - 1]} ${day}` : date;
}

/** Saturday or Sunday, in UTC. */
export function isWeekend(date: string): boolean {
  return [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
}
