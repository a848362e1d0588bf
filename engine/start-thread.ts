/** For processes: a thread of Bun that computes beside this one. */
import type { Thread } from './model/second-thread.ts';

/** Undefined on a machine without a core for it. */
export function threadFor(cores: number): (() => Thread) | undefined {
  return cores < 2 ? undefined : startThread;
}

function startThread(): Worker {
  // It waits for work for ever, which is no reason for the process to stay.
  return new Worker(new URL('./model/compute-thread.ts', import.meta.url), { ref: false });
}
