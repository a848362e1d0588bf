import type { DeadlineWheel } from './deadlines.ts';

/** After the end marker comes the end of the transfer, at once or hardly ever. */
const DRAIN_MS = 1_000;
const READS_MAX = 8;

/** Reads the rest away, so that the connection can serve again; one that stays open or says more is closed. */
export async function drain(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wheel: DeadlineWheel,
  close: () => void,
): Promise<void> {
  const alarm = wheel.set(DRAIN_MS, close);
  try {
    for (let left = READS_MAX; left > 0; left--) if ((await reader.read()).done) return;
    close();
  } catch {
    // The answer is whole: how its connection ends is nobody's failure.
  } finally {
    wheel.clear(alarm);
  }
}
