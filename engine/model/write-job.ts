/** Runs as numbers in memory, for the compiled `forward` of this thread or of another: the job of `engine/assembly/forward.ts`. */
import { PAGE_TOKENS } from './page-pool.ts';
import type { RoomOptions } from './room.ts';
import type { Run } from './text-model.ts';

/** Words of a run before its tokens and pages. */
const HEAD = 4;

/** Words that a job of at most `sequencesMax` runs may need. */
export function jobWords({ batchTokensMax, sequencesMax, contextTokensMax }: RoomOptions): number {
  const pagesMax = Math.ceil(contextTokensMax / PAGE_TOKENS) + 1;
  return 1 + batchTokensMax + sequencesMax * (HEAD + pagesMax);
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
