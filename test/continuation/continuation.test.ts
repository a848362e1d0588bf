import { afterAll, beforeAll, expect, test } from 'bun:test';
import { CALLERS } from '../faults/callers.ts';
import { openWorkshop, type Workshop } from './continue-everywhere.ts';

let workshop: Workshop;
let texts: Workshop;
beforeAll(async () => {
  [workshop, texts] = [await openWorkshop(), await openWorkshop('text')];
});
afterAll(async () => {
  await workshop.close();
  await texts.close();
});

test.each(CALLERS)(
  'an answer of the real engine is the same after a cut at every piece, for a caller of $id',
  async (caller) => {
    const cuts = await workshop.cutEverywhere(caller, 'What are you?');
    expect(cuts.length).toBeGreaterThan(8);
    expect(cuts.filter(({ problem }) => problem !== undefined)).toEqual([]);
  },
);

test('the same holds where it goes on from a text in the model’s own template', async () => {
  const cuts = await texts.cutEverywhere(CALLERS[0]!, 'What are you?');
  expect(cuts.length).toBeGreaterThan(8);
  expect(cuts.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
