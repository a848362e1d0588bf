/** The watched process of `npm run fuzz-models`: tries files FROM to END and tells of each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKernels } from '../kernels/open-kernels.ts';
import { FuzzBase, type Outcome } from './fuzz-case.ts';

export interface Progress {
  readonly number: number;
  readonly what: string;
  readonly outcome: Outcome | 'failed';
  readonly ms: number;
  readonly residentBytes: number;
}

const [from = 1, end = 2] = process.argv.slice(2).map(Number);
const compiled = new Uint8Array(readFileSync(join(import.meta.dir, '..', 'kernels', 'kernels.wasm')));
const base = new FuzzBase((arena) => openKernels(compiled, arena));
for (let number = from; number < end; number++) {
  const startedMs = performance.now();
  const { what, outcome } = await base
    .run(number)
    .catch((error: Error) => ({ what: error.message, outcome: 'failed' as const }));
  const ms = performance.now() - startedMs;
  // Memory of WebAssembly is given back only by the collector, which does not see how large it is.
  if (number % 16 === 0) Bun.gc(true);
  const progress: Progress = { number, what, outcome, ms, residentBytes: process.memoryUsage.rss() };
  process.send?.(progress);
}
process.disconnect?.();
