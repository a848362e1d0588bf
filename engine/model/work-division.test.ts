import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Run } from './text-model.ts';
import { WorkDivision } from './work-division.ts';

const run = (length: number, tokens: readonly number[] = [1], pages: readonly number[] = []): Run => ({
  cache: { pages, length },
  tokens,
  wantsScores: true,
});

/** Of one token after so many; see `ATTENDED_TOKENS`. */
const workOf = ({ cache, tokens }: Run) => tokens.length * (400 + cache.length);
const lead = (runs: readonly Run[], isOthers: readonly boolean[]) =>
  runs.reduce((sum, each, index) => sum + (isOthers[index] ? workOf(each) : -workOf(each)), 0);

test('no move of one run would make the work more equal, and equal work is the second half of it', () => {
  const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 64 })), { minLength: 2 });
  fc.assert(
    fc.property(some, (sizes) => {
      const runs = sizes.map(([length, count]) => run(length, Array<number>(count).fill(1), []));
      const isOthers = new WorkDivision().divide(runs);
      const before = Math.abs(lead(runs, isOthers));
      for (const index of runs.keys()) {
        const moved = isOthers.with(index, !isOthers[index]);
        // The first thread has a little more to do, which decides between equals.
        expect(Math.abs(lead(runs, moved))).toBeGreaterThanOrEqual(before - 2);
      }
    }),
  );
  expect(new WorkDivision().divide([run(9), run(9), run(9), run(9)]).filter(Boolean).length).toBe(2);
});

test('a sequence stays with its thread while it grows, in whatever order it is named', () => {
  const lists = [[1], [2], [3], [4]];
  const division = new WorkDivision();
  const first = division.divide(lists.map((pages) => run(10, [1], pages)));
  for (let step = 1; step < 50; step++) {
    const turned = lists.map((_, index) => (index + step) % lists.length);
    const isOthers = division.divide(turned.map((index) => run(10 + step, [1], lists[index]!)));
    for (const [place, index] of turned.entries()) expect(isOthers[place]).toBe(first[index]!);
  }
});

test('when answers end, what is left is divided anew', () => {
  const lists = [[1], [2], [3], [4]];
  const division = new WorkDivision();
  const isOthers = division.divide(lists.map((pages) => run(10, [1], pages)));
  const own = lists.filter((_, index) => !isOthers[index]);
  const left = division.divide(own.map((pages) => run(11, [1], pages)));
  expect(left.filter(Boolean).length).toBe(1);
});

test('pieces of pictures are read by the first thread', () => {
  const isOthers = new WorkDivision().divide([run(0, [-1, -2, -3]), run(0, [4, -1]), run(0, [5])]);
  expect(isOthers).toEqual([false, false, true]);
});
