import type { StatisticsMeta } from '../contract/figure.ts';
import type { DemoChoice } from '../statistics/statistics-store.ts';
import { DAY_MS, type Grain, HOUR_MS, lastDays, startOf } from '../statistics/windows.ts';
import type { Exchange } from './exchange.ts';
import { instantOf } from './print-figure.ts';

/** A stretch of time and the rows that cover it. */
export interface StatisticsWindow {
  readonly grain: Grain;
  readonly fromMs: number;
  /** Exclusive: the end of the row that now falls into. */
  readonly toMs: number;
  readonly demo: DemoChoice;
}

/** The last hours up to and with this one. */
export function hoursWindow(hours: number, nowMs: number, demo: DemoChoice = 'include'): StatisticsWindow {
  const toMs = startOf('hour', nowMs) + HOUR_MS;
  return { grain: 'hour', fromMs: toMs - hours * HOUR_MS, toMs, demo };
}

/** The last UTC days up to and with today. */
export function daysWindow(days: number, nowMs: number, demo: DemoChoice = 'include'): StatisticsWindow {
  const toMs = startOf('day', nowMs) + DAY_MS;
  return { grain: 'day', fromMs: toMs - days * DAY_MS, toMs, demo };
}

/** The window of the same length before. */
export function windowBefore(window: StatisticsWindow): StatisticsWindow {
  return { ...window, fromMs: 2 * window.fromMs - window.toMs, toMs: window.fromMs };
}

/** The UTC days that a window touches: their starts, oldest first. */
export function daysIn({ fromMs, toMs }: StatisticsWindow): readonly number[] {
  const first = startOf('day', fromMs);
  return lastDays(Math.ceil((toMs - first) / DAY_MS), toMs - 1);
}

export async function metaOf(
  exchange: Exchange,
  window: StatisticsWindow,
  grain: StatisticsMeta['grain'] = window.grain,
): Promise<StatisticsMeta> {
  const { fromMs, toMs, demo } = window;
  const hasDemo = demo === 'exclude' ? false : await exchange.statistics.hasDemo({ fromMs, toMs });
  return { from: instantOf(fromMs), to: instantOf(toMs), grain, includes_demo: hasDemo };
}

/** The model's id where a slug names one; any other text as it is, since statistics outlive the catalogue. */
export function modelIdOf(exchange: Exchange, slug: string): string {
  return exchange.catalog().find(slug)?.model.id ?? slug;
}
