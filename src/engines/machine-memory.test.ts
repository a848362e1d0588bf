import { expect, test } from 'bun:test';
import { readGpuBytes, readMachineMemory, usableBytes } from './machine-memory.ts';

const MIB = 1024 * 1024;

test('the memory of all cards is added up', () => {
  expect(readGpuBytes('81559\n81559\n')).toBe(2 * 81_559 * MIB);
});

test.each(['', 'No devices were found', '[N/A]', '-1', '99999999999', '80 GiB'])('"%s" names no card', (text) => {
  expect(readGpuBytes(text)).toBe(0);
});

test('a machine without the program has its RAM', async () => {
  const memory = await readMachineMemory(async () => undefined);
  expect(memory.gpuBytes).toBe(0);
  expect(memory.ramBytes).toBeGreaterThan(100 * MIB);
});

test('the system keeps a part of the RAM, and none of the cards', () => {
  expect(usableBytes({ ramBytes: 100, gpuBytes: 80 })).toBe(172);
});
