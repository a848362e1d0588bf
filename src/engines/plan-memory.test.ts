import { expect, test } from 'bun:test';
import type { MachineMemory } from './machine-memory.ts';
import { type HeldModel, planMemory } from './plan-memory.ts';
import { readResidentMemory } from './resident-memory.ts';

const GB = 1e9;
const machine = (availableGb: number, gpuFreeGb?: number): MachineMemory => ({
  ...{ ramTotalBytes: 128 * GB, ramAvailableBytes: availableGb * GB, ramLimit: 'machine', unusedGpus: [] },
  gpus: gpuFreeGb === undefined ? [] : [{ name: 'H100', totalBytes: 80 * GB, freeBytes: gpuFreeGb * GB }],
});
const held = (id: string, needGb: number, change: Partial<HeldModel> = {}): HeldModel => ({
  ...{ id, needBytes: needGb * GB, weightsBytes: (needGb - 5) * GB, isBusy: false, usedMs: 0 },
  ...change,
});
const plan = (needGb: number, change: Partial<Parameters<typeof planMemory>[0]> = {}) =>
  planMemory({ needBytes: needGb * GB, machine: machine(100), platform: 'linux', held: [], ...change });

test('what fits beside nothing else says what it leaves', () => {
  expect(plan(70)).toEqual({ type: 'fits', spareBytes: 30 * GB });
  expect(plan(70, { machine: machine(10, 75) })).toEqual({ type: 'fits', spareBytes: 15 * GB });
});

test('what does not fit at all is refused with both numbers', () => {
  expect(plan(114.5)).toEqual({ type: 'never', reason: 'it needs 114.5 GB, and there are 100.0 GB' });
  expect(plan(40, { budgetBytes: 32 * GB })).toEqual({
    type: 'never',
    reason: 'it needs 40.0 GB, and the budget leaves 32.0 GB',
  });
});

test('the one that was not used for the longest time leaves first', () => {
  const models = [held('a', 30, { usedMs: 5 }), held('b', 30, { usedMs: 2 }), held('c', 30, { usedMs: 9 })];
  expect(plan(40, { held: models })).toEqual({ type: 'evict', id: 'b' });
});

test('one that is answering is never sent away: the other waits for it', () => {
  const busy = held('a', 60, { isBusy: true });
  expect(plan(70, { held: [busy] })).toEqual({
    type: 'wait',
    reason: 'it needs 70.0 GB, which a hold while they answer',
  });
  // The idle one alone would not be enough, so it stays as well.
  expect(plan(70, { held: [busy, held('b', 10)] }).type).toBe('wait');
});

test('mapped weights take memory that Linux still calls available', () => {
  const model = held('a', 60, { resident: { fileBytes: 20 * GB, totalBytes: 24 * GB } });
  // 100 GB are called available, 55 of them are weights.
  expect(plan(46, { held: [model] }).type).toBe('evict');
  expect(plan(45, { held: [model] }).type).toBe('fits');
  // With a GPU the weights are there, and only what is mapped still is hidden.
  expect(plan(80, { held: [model], machine: machine(90, 10) }).type).toBe('fits');
  expect(plan(81, { held: [model], machine: machine(90, 10) }).type).toBe('evict');
});

test('macOS tells its size only, so that all that ours need counts', () => {
  expect(plan(41, { held: [held('a', 60)], platform: 'darwin' }).type).toBe('evict');
  expect(plan(40, { held: [held('a', 60)], platform: 'darwin' }).type).toBe('fits');
});

test('the budget counts what is awake', () => {
  const awake = [held('a', 20)];
  expect(plan(12, { held: awake, budgetBytes: 32 * GB }).type).toBe('fits');
  expect(plan(13, { held: awake, budgetBytes: 32 * GB })).toEqual({ type: 'evict', id: 'a' });
});

test('the kernel says how much of a process is in memory, and nothing of one that is gone', () => {
  const status =
    'Name:\tx\nVmRSS:\t    3000 kB\nRssAnon:\t    1000 kB\nRssFile:\t    1500 kB\nRssShmem:\t     500 kB\n';
  expect(readResidentMemory(1, () => status)).toEqual({ totalBytes: 3000 * 1024, fileBytes: 2000 * 1024 });
  expect(readResidentMemory(1, () => 'Name:\tkernel thread\n')).toBeUndefined();
  const absent = () => {
    throw new Error('ENOENT');
  };
  expect(readResidentMemory(1, absent)).toBeUndefined();
});
