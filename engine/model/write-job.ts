/** Runs as numbers in memory, for the compiled `forward` of this thread or of another: the job of `engine/assembly/forward.ts`. */
import type { Arena } from '../kernels/arena.ts';
import { PAGE_TOKENS } from './page-pool.ts';
import type { RoomOptions } from './room.ts';
import type { Run } from './text-model.ts';

/** Words of a run before its tokens and pages. */
const HEAD = 4;

/** Room for the jobs of one thread, of at most `sequencesMax` runs each. */
export function allocateJob(arena: Arena, { batchTokensMax, sequencesMax, contextTokensMax }: RoomOptions): number {
  const pagesMax = Math.ceil(contextTokensMax / PAGE_TOKENS) + 1;
  return arena.allocate((1 + batchTokensMax + sequencesMax * (HEAD + pagesMax)) * 4);
}

/** Writes a job at word `at`. */
export function writeJob(words: Uint32Array, at: number, runs: readonly Run[]): void {
  words[at++] = runs.length;
  for (const { cache, tokens, wantsScores } of runs) {
    const { length, pages } = cache;
    words[at++] = length;
    words[at++] = wantsScores ? 1 : 0;
    words[at++] = tokens.length;
    words[at++] = pages.length;
    for (let i = 0; i < tokens.length; i++) words[at++] = tokens[i]!;
    for (let i = 0; i < pages.length; i++) words[at++] = pages[i]!;
  }
}
