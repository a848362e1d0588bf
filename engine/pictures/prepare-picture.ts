/** From the bytes of a picture to the tiles that the model's eye looks at. */
import type { TileRule } from './choose-canvas.ts';
import type { Codecs } from './codecs.ts';
import { decodePicture } from './decode-picture.ts';
import type { PictureLimits } from './picture.ts';
import { cutTiles, type Normalisation, type PictureTiles } from './tiles.ts';

export interface Preparation {
  readonly limits: PictureLimits;
  readonly rule: TileRule;
  readonly normalisation: Normalisation;
}

/** As `decodePicture` and `cutTiles`. */
export async function preparePicture(
  bytes: Uint8Array,
  { limits, rule, normalisation }: Preparation,
  codecs: Codecs,
): Promise<PictureTiles> {
  return cutTiles(await decodePicture(bytes, limits, codecs), rule, normalisation);
}
