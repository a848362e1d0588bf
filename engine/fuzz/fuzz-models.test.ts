import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKernels } from '../kernels/open-kernels.ts';
import { FuzzBase, MEMORY_BYTES_MAX } from './fuzz-case.ts';

const compiled = new Uint8Array(readFileSync(join(import.meta.dir, '..', 'kernels', 'kernels.wasm')));

/** A slice of `npm run fuzz-models`. */
const FILES = 300;

test('a damaged model file is refused with a reason or answers, and never breaks the engine', async () => {
  const base = new FuzzBase((arena) => openKernels(compiled, arena));
  const outcomes = new Map<string, number>();
  const messages = new Set<string>();
  for (let number = 1; number <= FILES; number++) {
    const { outcome, message, memoryBytes } = await base.run(number);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    expect(memoryBytes).toBeLessThanOrEqual(MEMORY_BYTES_MAX);
    if (message !== undefined) messages.add(message.replace(/\d+/g, 'N'));
    if (number % 16 === 0) Bun.gc(true);
  }
  // Both ends must be reached, or the files are damaged too much or too little to show anything.
  expect(outcomes.get('refused')).toBeGreaterThan(FILES / 4);
  expect(outcomes.get('answered')).toBeGreaterThan(FILES / 10);
  expect(messages.size).toBeGreaterThan(20);
  for (const message of messages) expect(message).toMatch(/[a-z]{3}/);
}, 180_000);

test('the same number makes the same file', async () => {
  const base = new FuzzBase((arena) => openKernels(compiled, arena));
  for (const number of [3, 77, 1234]) expect(await base.run(number)).toEqual(await base.run(number));
});
