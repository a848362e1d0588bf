import { afterAll, beforeAll, expect, test } from 'bun:test';
import { CALLERS } from '../faults/callers.ts';
import { openWorkshop, type Workshop } from './continue-everywhere.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
});
afterAll(() => workshop.close());

test.each(CALLERS)(
  'an answer of the real engine is the same after a cut at every piece, for a caller of $id',
  async (caller) => {
    const cuts = await workshop.cutEverywhere(caller, 'What are you?');
    expect(cuts.length).toBeGreaterThan(8);
    expect(cuts.filter(({ problem }) => problem !== undefined)).toEqual([]);
  },
);
