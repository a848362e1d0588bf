import type { Codecs } from './codecs.ts';

/** A decoded picture: upright, opaque, three bytes for each pixel, row by row from the top left. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export interface PictureLimits {
  /** Of the file as it came. */
  readonly bytesMax: number;
  /** A pixel that the file packs from more than four bytes counts as more than one. */
  readonly pixelsMax: number;
  /** Of the longer side, in pixels. */
  readonly sideMax: number;
}

/** Nearly any camera's picture passes; decoding one of this size takes up to 500 MB for a moment. */
export const PICTURE_LIMITS: PictureLimits = { bytesMax: 20_000_000, pixelsMax: 40_000_000, sideMax: 16_384 };

/**
 * How the camera was held, as EXIF numbers it: 1 is upright, the others are turned or mirrored.
 * Source: CIPA DC-008, tag 274.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** A file whose structure was walked through: nothing is unpacked yet, so its size in memory can still be refused. */
export interface PictureFile {
  /** Pixels as stored, before it is turned upright. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** What the pixels take as the file packs them: PNG may have up to eight bytes for each. */
  readonly unpackedBytes: number;
  /** Three bytes for each pixel. Throws `PictureError` when the content breaks what the header promised. */
  decode(codecs: Codecs): Promise<Uint8Array>;
}

export interface PictureFormat {
  readonly name: string;
  recognises(bytes: Uint8Array): boolean;
  /** Throws `PictureError`. Takes time in proportion to the bytes, whatever they are. */
  read(bytes: Uint8Array): PictureFile;
}

/**
 * `picture_unreadable`: empty, cut off or damaged. `picture_too_large`: more bytes or pixels than the limits.
 * `picture_unsupported`: of a format, or of a kind within a format, that is not decoded here.
 */
export type PictureErrorCode = 'picture_unreadable' | 'picture_too_large' | 'picture_unsupported';

export class PictureError extends Error {
  override readonly name = 'PictureError';
  readonly code: PictureErrorCode;

  constructor(code: PictureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function unreadable(message: string, cause?: unknown): PictureError {
  return new PictureError('picture_unreadable', message, cause === undefined ? undefined : { cause });
}

export function unsupported(message: string): PictureError {
  return new PictureError('picture_unsupported', message);
}

/** For numbers of more than one byte. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
