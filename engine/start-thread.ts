/** For processes: a thread of Bun that computes beside this one. */
import type { StartThread, Thread } from './model/second-thread.ts';

/** Logical processors. Where two are one core, a second thread adds little, and takes little: some 5 MB. */
export const CORES_MIN = 2;

export interface ThreadRules {
  readonly cores: number;
  /** The most memory that the process may have when the thread is started, in bytes. */
  readonly residentBytesMax?: number;
}

/** Undefined on a machine without cores for it. */
export function threadFor({ cores, residentBytesMax = Infinity }: ThreadRules): StartThread | undefined {
  if (cores < CORES_MIN) return undefined;
  return () => (process.memoryUsage.rss() > residentBytesMax ? undefined : startThread());
}

function startThread(): Thread {
  // It waits for work for ever, which is no reason for the process to stay. It makes no garbage: a small heap is enough.
  return new Worker(new URL('./model/compute-thread.ts', import.meta.url), { ref: false, smol: true });
}
