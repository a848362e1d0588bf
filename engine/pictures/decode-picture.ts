/**
 * Decodes PNG, JPEG, WebP and GIF (its first frame) alike in Bun and in a browser: the same pixels as PIL, turned upright
 * by EXIF and with what is clear laid over white, as transformers loads a picture for Llama 4.
 */
import type { Codecs } from './codecs.ts';
import { turnUpright } from './orientation.ts';
import { type Picture, PictureError, type PictureLimits, unreadable } from './picture.ts';
import { readPictureFile } from './read-dimensions.ts';

/**
 * Throws `PictureError`, and refuses by the header alone what is larger than `limits`. A codec that cannot be loaded
 * throws what its reader threw.
 */
export async function decodePicture(bytes: Uint8Array, limits: PictureLimits, codecs: Codecs): Promise<Picture> {
  if (bytes.length > limits.bytesMax) throw tooLarge(`may have at most ${limits.bytesMax} bytes`);
  const file = readPictureFile(bytes);
  const { width, height, orientation, unpackedBytes } = file;
  const pixels = Math.max(width * height, unpackedBytes / 4);
  if (width === 0 || height === 0) throw unreadable('the picture has no pixels');
  if (width > limits.sideMax || height > limits.sideMax || pixels > limits.pixelsMax) {
    const depth = pixels > width * height ? ` of ${unpackedBytes / (width * height)} bytes each` : '';
    throw tooLarge(
      `may have at most ${limits.pixelsMax} pixels and ${limits.sideMax} a side; this is ${width} × ${height}${depth}`,
    );
  }
  return turnUpright({ width, height, rgb: await file.decode(codecs) }, orientation);
}

function tooLarge(rule: string): PictureError {
  return new PictureError('picture_too_large', `a picture ${rule}`);
}
