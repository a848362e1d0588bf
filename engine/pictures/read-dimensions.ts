import { gif } from './gif.ts';
import { jpeg } from './jpeg.ts';
import { isSideways } from './orientation.ts';
import { type PictureFile, type PictureFormat, startsWith, unreadable, unsupported } from './picture.ts';
import { png } from './png.ts';
import { webp } from './webp.ts';

const FORMATS: readonly PictureFormat[] = [png, jpeg, webp, gif];

/** What else people send, by its first bytes, so that they are told what it is. */
const OTHERS: readonly (readonly [at: number, start: string, name: string])[] = [
  [0, 'BM', 'a BMP'],
  [0, 'II*\0', 'a TIFF'],
  [0, 'MM\0*', 'a TIFF'],
  [4, 'ftypavif', 'an AVIF'],
  [4, 'ftyphei', 'a HEIC'],
  [4, 'ftypmif1', 'a HEIC'],
  [0, '%PDF', 'a PDF'],
  [0, '<svg', 'an SVG'],
  [0, '<?xml', 'an SVG or other XML'],
  [0, '<!', 'a web page'],
  [0, '<html', 'a web page'],
];

/**
 * Finds out the format from the bytes and walks through the file without unpacking it. Throws `PictureError`. Its time
 * is in proportion to the bytes, whatever they are.
 */
export function readPictureFile(bytes: Uint8Array): PictureFile {
  if (bytes.length === 0) throw unreadable('the picture is empty');
  const format = FORMATS.find((candidate) => candidate.recognises(bytes));
  if (format) return format.read(bytes);
  const other = OTHERS.find(([at, start]) => startsWith(bytes, start, at));
  throw unsupported(`a picture must be a PNG, JPEG, WebP or GIF${other ? `, and this is ${other[2]}` : ''}`);
}

/**
 * Width and height that the decoded picture will have, in pixels: enough to know its tiles and tokens. Throws
 * `PictureError`.
 */
export function readDimensions(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const { width, height, orientation } = readPictureFile(bytes);
  return isSideways(orientation) ? { width: height, height: width } : { width, height };
}
