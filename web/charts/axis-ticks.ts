import { scaleLinear, scaleLog } from 'd3-scale';

/** Positions and values of an axis. Never more ticks than there is room for. */
export interface Axis {
  /** A value's place in units of the drawing. */
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** From zero to a round number above the largest. `from` and `to` are places: `from` may be the larger. */
export function zeroAxis(largest: number, from: number, to: number, tickCount = 4): Axis {
  const scale = scaleLinear()
    .domain([0, largest > 0 ? largest : 1])
    .nice(tickCount)
    .range([from, to]);
  return { at: (value) => scale(value), ticks: scale.ticks(tickCount) };
}

/** A logarithmic axis over values above zero, with room at both ends. */
export function logAxis(values: readonly number[], from: number, to: number): Axis {
  const known = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = known.length > 0 ? Math.min(...known) : 1;
  const high = known.length > 0 ? Math.max(...known) : 10;
  // A single value would have no width.
  const spread = Math.max(high / low, 2) ** 0.08;
  const scale = scaleLog()
    .domain([low / spread, high * spread])
    .range([from, to]);
  return { at: (value) => scale(Math.max(value, low / spread)), ticks: logTicks(scale.domain() as [number, number]) };
}

/** 1, 2 and 5 of each power of ten; only the powers where those are many. */
export function logTicks([low, high]: readonly [number, number]): readonly number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const factors = last - first > 4 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    for (const factor of factors) {
      const value = Number(`${factor}e${power}`);
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks.length > 7 ? ticks.filter((_, index) => index % 2 === 0) : ticks;
}
