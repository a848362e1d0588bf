import { logTicks } from './axis-ticks.ts';

/** A bar of a histogram: from `from`, inclusive, to `to`, exclusive; the last one holds its end too. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Bins of equal width; on a logarithmic scale of equal ratio. Values that are no number, or not above zero there, are left out. */
export function binValues(values: readonly number[], binCount: number, isLog = false): readonly Bin[] {
  const known = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  if (known.length === 0) return [];
  const low = Math.min(...known);
  const high = Math.max(...known);
  if (low === high) return [{ from: low, to: high, count: known.length }];
  const edge = (index: number) =>
    isLog ? low * (high / low) ** (index / binCount) : low + ((high - low) * index) / binCount;
  const counts = new Array<number>(binCount).fill(0);
  for (const value of known) {
    const share = isLog ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    counts[Math.min(binCount - 1, Math.floor(share * binCount))]! += 1;
  }
  return counts.map((count, index) => ({ from: edge(index), to: edge(index + 1), count }));
}

/** Where to write values below the bars. */
export function binTicks(bins: readonly Bin[], isLog: boolean): readonly number[] {
  const [first] = bins;
  const last = bins.at(-1);
  if (!first || !last || first.from === last.to) return first ? [first.from] : [];
  if (isLog) return logTicks([first.from, last.to]);
  return [first.from, (first.from + last.to) / 2, last.to];
}
