import { type Orientation, type Picture, startsWith, viewOf } from './picture.ts';

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/**
 * The orientation in an EXIF block, with or without the `Exif` in front. A picture is no worse for a broken block, so
 * that reads as upright.
 */
export function readOrientation(block: Uint8Array): Orientation {
  const tiff = startsWith(block, 'Exif\0\0') ? block.subarray(6) : block;
  const isLittle = startsWith(tiff, 'II*\0');
  if ((!isLittle && !startsWith(tiff, 'MM\0*')) || tiff.length < 10) return 1;
  const view = viewOf(tiff);
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, isLittle);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > tiff.length) return 1;
    if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(entry + 8, isLittle);
    const isSound = view.getUint16(entry + 2, isLittle) === SHORT && value >= 1 && value <= 8;
    return isSound ? (value as Orientation) : 1;
  }
  return 1;
}

/** For each orientation: do rows of the upright picture run along columns of the stored one, and from which corner. */
const TURNS = {
  1: { isSideways: false, fromRight: false, fromBottom: false },
  2: { isSideways: false, fromRight: true, fromBottom: false },
  3: { isSideways: false, fromRight: true, fromBottom: true },
  4: { isSideways: false, fromRight: false, fromBottom: true },
  5: { isSideways: true, fromRight: false, fromBottom: false },
  6: { isSideways: true, fromRight: false, fromBottom: true },
  7: { isSideways: true, fromRight: true, fromBottom: true },
  8: { isSideways: true, fromRight: true, fromBottom: false },
} as const;

/** Whether turning it upright swaps width and height. */
export function isSideways(orientation: Orientation): boolean {
  return TURNS[orientation].isSideways;
}

/** Turns a stored picture upright, as PIL's `exif_transpose` does. */
export function turnUpright(picture: Picture, orientation: Orientation): Picture {
  if (orientation === 1) return picture;
  const { width, height, rgb } = picture;
  const { isSideways: isTurned, fromRight, fromBottom } = TURNS[orientation];
  const alongRow = fromRight ? -3 : 3;
  const alongColumn = (fromBottom ? -3 : 3) * width;
  const first = ((fromBottom ? height - 1 : 0) * width + (fromRight ? width - 1 : 0)) * 3;
  const [toRight, toBelow] = isTurned ? [alongColumn, alongRow] : [alongRow, alongColumn];
  const [uprightWidth, uprightHeight] = isTurned ? [height, width] : [width, height];
  const upright = new Uint8Array(rgb.length);
  let out = 0;
  for (let y = 0; y < uprightHeight; y++) {
    let from = first + y * toBelow;
    for (let x = 0; x < uprightWidth; x++, from += toRight) {
      upright[out++] = rgb[from]!;
      upright[out++] = rgb[from + 1]!;
      upright[out++] = rgb[from + 2]!;
    }
  }
  return { width: uprightWidth, height: uprightHeight, rgb: upright };
}
