import { systemClock } from './clock.ts';

/**
 * Ends this process once whoever reads its output has all of it. `process.exit` alone forgets what does not fit into a pipe
 * yet (64 KiB on Linux): a slow reader would get the beginning, and a code that says that all went well. With `patienceMs` it
 * ends then at the latest.
 */
export async function endProcess(code: number, patienceMs?: number): Promise<never> {
  if (patienceMs !== undefined) systemClock.after(patienceMs, () => process.exit(code));
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => stream.end(() => resolve()))),
  );
  process.exit(code);
}
