import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface ReadingTools {
  readonly signal: AbortSignal;
  /** `what` in words, then bytes: read so far, and all there are. */
  onProgress(what: string, done: number, total: number): void;
}

/** A large file, piece by piece. Throws the signal's reason when it is aborted. */
export async function* readWithProgress(
  path: string,
  what: string,
  { onProgress, signal }: ReadingTools,
): AsyncGenerator<Uint8Array> {
  const total = (await stat(path)).size;
  let done = 0;
  onProgress(what, 0, total);
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1024 * 1024 })) {
    yield chunk as Uint8Array;
    done += (chunk as Uint8Array).length;
    onProgress(what, done, total);
  }
}
