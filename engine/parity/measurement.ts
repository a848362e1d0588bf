/** What a comparison with the reference found; the same for every engine. */
export interface Measurement {
  /** Prompts whose token ids are the reference's. */
  readonly ids?: Count;
  /** Largest difference in log-probability, over the reference's likeliest tokens. */
  readonly text?: number;
  /** Prompts after which the same tokens follow when the best is taken each time. */
  readonly greedy?: Count;
  /** As `text`, around token 8192 and 16384, where attention begins a new chunk. */
  readonly long?: number;
  /** As `text`, for pictures of one tile and of several. */
  readonly oneTile?: number;
  readonly manyTiles?: number;
  readonly pictureGreedy?: Count;
  /** As `oneTile`, against the reference in llama.cpp's own layout and order of picture tokens. */
  readonly columns?: number;
}

export interface Count {
  readonly same: number;
  readonly of: number;
}

interface Line {
  readonly key: keyof Measurement;
  readonly name: string;
  /** Log-probability; a count aims at all. */
  readonly aim?: number;
}

export const LINES: readonly Line[] = [
  { key: 'ids', name: 'token ids' },
  { key: 'text', name: 'text, largest Δ log-probability', aim: 1e-4 },
  { key: 'greedy', name: 'text, 24 greedy tokens' },
  { key: 'long', name: 'tokens 8000 to 16385, largest Δ', aim: 1e-4 },
  { key: 'oneTile', name: 'pictures of one tile, largest Δ', aim: 1e-3 },
  { key: 'manyTiles', name: 'pictures of several tiles, largest Δ', aim: 1e-3 },
  { key: 'pictureGreedy', name: 'pictures, 24 greedy tokens' },
  { key: 'columns', name: "one tile in llama.cpp's own order, largest Δ" },
];

/** Names of the lines whose aim a measurement misses. What was not measured misses nothing. */
export function missedAims(measured: Measurement): readonly string[] {
  return LINES.filter(({ key, aim }) => {
    const value = measured[key];
    if (value === undefined) return false;
    if (typeof value === 'object') return value.same !== value.of;
    return aim !== undefined && !(value <= aim);
  }).map(({ name }) => name);
}

export function largestDifference(
  logprobs: ArrayLike<number>,
  top: readonly (readonly [token: number, logprob: number])[],
): number {
  return top.reduce((most, [token, logprob]) => {
    const difference = Math.abs(logprobs[token]! - logprob);
    // A score that is no number is as far off as can be.
    return Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}

export function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
