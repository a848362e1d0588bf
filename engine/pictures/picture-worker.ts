/** Prepares one picture in a thread of its own: see `prepare-apart.ts`. */
import { Codecs } from './codecs.ts';
import { PictureError, type PictureErrorCode } from './picture.ts';
import { type Preparation, preparePicture } from './prepare-picture.ts';
import { readInstalledCodec } from './read-installed-codec.ts';
import type { PictureTiles } from './tiles.ts';

export interface PictureOrder {
  readonly bytes: Uint8Array;
  readonly preparation: Preparation;
}

export type PictureOutcome =
  | { readonly tiles: PictureTiles }
  /** A `PictureError`, which does not survive the way between threads. */
  | { readonly code: PictureErrorCode; readonly message: string };

async function prepare({ bytes, preparation }: PictureOrder): Promise<PictureOutcome> {
  try {
    return { tiles: await preparePicture(bytes, preparation, new Codecs(readInstalledCodec)) };
  } catch (error) {
    if (error instanceof PictureError) return { code: error.code, message: error.message };
    throw error;
  }
}

self.onmessage = async ({ data }: MessageEvent<PictureOrder>) => self.postMessage(await prepare(data));
