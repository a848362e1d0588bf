/**
 * For the process door only: large pictures are prepared in a thread of their own, which ends with the picture. Unpacking
 * twelve million pixels takes some 200 ms, in which answers go on, and 80 MB, which are given back.
 */
import type { Codecs } from './codecs.ts';
import { PictureError } from './picture.ts';
import type { PictureOrder, PictureOutcome } from './picture-worker.ts';
import { type Preparation, preparePicture } from './prepare-picture.ts';
import { readPictureFile } from './read-dimensions.ts';
import type { PictureTiles } from './tiles.ts';

/** Prepared sooner than a thread has begun. */
const SMALL_PIXELS_MAX = 512 * 512;

/** As `preparePicture`. */
export async function prepareApart(bytes: Uint8Array, preparation: Preparation, codecs: Codecs): Promise<PictureTiles> {
  const { width, height, unpackedBytes } = readPictureFile(bytes);
  const pixels = Math.max(width * height, unpackedBytes / 4);
  // Too large a picture is refused by its header alone.
  const isQuick = pixels <= SMALL_PIXELS_MAX || pixels > preparation.limits.pixelsMax;
  return isQuick ? preparePicture(bytes, preparation, codecs) : prepareInThread({ bytes, preparation });
}

async function prepareInThread(order: PictureOrder): Promise<PictureTiles> {
  const worker = new Worker(new URL('./picture-worker.ts', import.meta.url));
  try {
    const outcome = await new Promise<PictureOutcome>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<PictureOutcome>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(order);
    });
    if ('tiles' in outcome) return outcome.tiles;
    throw new PictureError(outcome.code, outcome.message);
  } finally {
    worker.terminate();
  }
}
