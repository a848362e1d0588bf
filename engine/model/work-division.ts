/** Which of two threads computes which sequence. */
import type { CachedSequence } from './page-pool.ts';
import type { Run } from './text-model.ts';

/** Attention to so many tokens takes about as long as everything else that one token needs. */
const ATTENDED_TOKENS = 400;

/** About how long a run takes, in tokens attended to. */
function workOf({ cache, tokens }: Run): number {
  return tokens.length * (ATTENDED_TOKENS + cache.length);
}

/**
 * A sequence stays with its thread as long as both have about as much to do, since what a core reads for it, keys and
 * values of all layers, lies in that core's own cache.
 */
export class WorkDivision {
  /** Whether a sequence was the second thread's, by its list of pages, which stays the same one while it runs. */
  readonly #wasOthers = new WeakMap<CachedSequence['pages'], boolean>();

  /** Whether each run is the second thread's. Pieces of pictures are not in the shared memory and never are. */
  divide(runs: readonly Run[]): readonly boolean[] {
    const works = runs.map(workOf);
    const canMove = runs.map(({ tokens }) => tokens.every((token) => token >= 0));
    const isOthers = runs.map(({ cache }, index) => canMove[index]! && this.#wasOthers.get(cache.pages) === true);
    // The second thread's work less the first one's, which has all the rest to do, too.
    let lead = -1;
    for (let index = 0; index < runs.length; index++) lead += isOthers[index] ? works[index]! : -works[index]!;
    for (;;) {
      const index = bestMove(works, canMove, isOthers, lead);
      if (index < 0) break;
      lead += isOthers[index] ? -2 * works[index]! : 2 * works[index]!;
      isOthers[index] = !isOthers[index];
    }
    for (let index = 0; index < runs.length; index++) this.#wasOthers.set(runs[index]!.cache.pages, isOthers[index]!);
    return isOthers;
  }
}

/** The run whose move to the other thread makes their work most equal; -1 where none helps. */
function bestMove(
  works: readonly number[],
  canMove: readonly boolean[],
  isOthers: readonly boolean[],
  lead: number,
): number {
  let best = -1;
  let least = Math.abs(lead);
  for (let index = 0; index < works.length; index++) {
    if (!canMove[index]) continue;
    const after = Math.abs(lead + (isOthers[index] ? -2 : 2) * works[index]!);
    if (after >= least) continue;
    least = after;
    best = index;
  }
  return best;
}
