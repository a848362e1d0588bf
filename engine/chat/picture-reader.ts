/** Turns the pictures of a request into what the model reads: tokens for the prompt, and the eye's features for them. */
import type { VisionModel } from '../model/vision-model.ts';
import type { Codecs } from '../pictures/codecs.ts';
import { openDataUrl } from '../pictures/open-data-url.ts';
import { PictureError, type PictureLimits } from '../pictures/picture.ts';
import { type PictureToken, pictureTokens } from '../pictures/picture-tokens.ts';
import type { preparePicture } from '../pictures/prepare-picture.ts';
import type { PictureTiles } from '../pictures/tiles.ts';
import { Rejection } from '../rejection.ts';

/** A picture that was decoded and cut, but not looked at yet. */
export interface OpenedPicture {
  readonly tiles: PictureTiles;
  /** What stands in the prompt for it. */
  readonly tokens: readonly PictureToken[];
  /** Names its content: the same picture has the same name. */
  readonly name: string;
}

export interface PictureReaderOptions {
  readonly vision: VisionModel;
  readonly codecs: Codecs;
  readonly limits: PictureLimits;
  readonly tilesMax: number;
  readonly prepare: typeof preparePicture;
  /** Lets others have their turn between two tiles. */
  readonly pause: () => Promise<void>;
}

export class PictureReader {
  readonly #options: PictureReaderOptions;
  /** One picture is unpacked at a time: each may take a hundred megabytes for a moment. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PictureReaderOptions) {
    this.#options = options;
  }

  /** Throws a `Rejection` for what is no picture that can be read here. */
  open(url: string): Promise<OpenedPicture> {
    const opened = this.#last.then(() => this.#open(url));
    this.#last = opened.catch(() => {});
    return opened;
  }

  async #open(url: string): Promise<OpenedPicture> {
    const { codecs, limits, vision, tilesMax, prepare } = this.#options;
    const rule = { tilePixels: vision.shape.tilePixels, tilesMax };
    try {
      const bytes = openDataUrl(url, limits);
      const name = await nameOf(bytes);
      const tiles = await prepare(bytes, { limits, rule, normalisation: vision.shape }, codecs);
      return { tiles, tokens: pictureTokens(tiles, vision.tokensPerTile), name };
    } catch (error) {
      if (error instanceof PictureError) throw new Rejection(400, 'invalid_image', error.message, 'messages');
      throw error;
    }
  }

  /** One row of features for each `<|patch|>` of the pictures, in their order. */
  async look(pictures: readonly OpenedPicture[]): Promise<Float32Array> {
    const { vision, pause } = this.#options;
    const tiles = pictures.flatMap((picture) => picture.tiles.tiles);
    const size = vision.tokensPerTile * vision.shape.projectedWidth;
    const features = new Float32Array(tiles.length * size);
    for (const [index, tile] of tiles.entries()) {
      features.set(vision.encode(tile), index * size);
      await pause();
    }
    return features;
  }
}

let unnamed = 0;

/** A page without HTTPS has no `crypto.subtle`: there, no two pictures count as the same. */
async function nameOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle: SubtleCrypto | undefined = crypto.subtle;
  if (!subtle) return `picture-${++unnamed}`;
  return new Uint8Array(await subtle.digest('SHA-256', bytes)).toHex();
}
