/** For processes: a thread of Bun that computes beside this one. */
import type { StartThread, Thread } from './model/second-thread.ts';

export interface ThreadRules {
  readonly cores: number;
  /** The most memory that the process may have when the thread is started, in bytes. */
  readonly residentBytesMax?: number;
}

/** Undefined on a machine without a core for it. */
export function threadFor({ cores, residentBytesMax = Infinity }: ThreadRules): StartThread | undefined {
  if (cores < 2) return undefined;
  return () => (process.memoryUsage.rss() > residentBytesMax ? undefined : startThread());
}

function startThread(): Thread {
  // It waits for work for ever, which is no reason for the process to stay.
  return new Worker(new URL('./model/compute-thread.ts', import.meta.url), { ref: false });
}
