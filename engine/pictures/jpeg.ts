/** Walks through the markers of a JPEG and lets libjpeg-turbo decode it. Source: ITU-T T.81, annex B. */
import type { Codecs } from './codecs.ts';
import { readOrientation } from './orientation.ts';
import {
  type Orientation,
  type PictureFile,
  type PictureFormat,
  startsWith,
  unreadable,
  unsupported,
  viewOf,
} from './picture.ts';

/** What a decoder of C is trusted with: a file that ends where its end mark is. */
interface JpegContent {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 ink. */
  readonly components: number;
}

/** Names as in turbojpeg.h. Addresses and sizes are bytes of the sandbox's memory. */
interface JpegExports {
  tjInitDecompress(): number;
  tjDecompress2(
    ...call: [handle: number, bytes: number, length: number, ...picture: [out: number, ...shape: Shape], flags: number]
  ): number;
}
type Shape = [width: number, rowBytes: number, height: number, pixelFormat: number];

const RGB = { format: 0, bytes: 3 } as const;
const CMYK = { format: 11, bytes: 4 } as const;

const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
const EXIF = 0xe1;
/** Baseline, extended and progressive; the others are lossless, hierarchical or arithmetic, and nobody sends them. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const NOT_FRAMES = new Set([0xc4, 0xc8, 0xcc]);

/**
 * Each scan goes over all the pixels, so a small file of many scans takes hours. Encoders write 10, at most about 20.
 */
const SCANS_MAX = 32;

export const jpeg: PictureFormat = {
  name: 'JPEG',
  recognises: (bytes) => bytes[0] === 0xff && bytes[1] === START && bytes[2] === 0xff,
  read: readJpeg,
};

function readJpeg(bytes: Uint8Array): PictureFile {
  let frame: Omit<JpegContent, 'bytes'> | undefined;
  let orientation: Orientation | undefined;
  let scans = 0;
  for (let at = findMarker(bytes, 2); ; ) {
    const marker = bytes[at + 1]!;
    if (marker === END) {
      if (!frame || scans === 0) throw unreadable('the JPEG holds no picture');
      const unpackedBytes = frame.width * frame.height * frame.components;
      const content = { ...frame, bytes: bytes.subarray(0, at + 2) };
      return {
        ...frame,
        unpackedBytes,
        orientation: orientation ?? 1,
        decode: (codecs) => decodeJpeg(content, codecs),
      };
    }
    const segment = readSegment(bytes, at);
    if (FRAMES.has(marker)) {
      if (frame) throw unreadable('the JPEG has two headers');
      frame = readFrame(segment);
    } else if (marker >= 0xc0 && marker <= 0xcf && !NOT_FRAMES.has(marker)) {
      throw unsupported('the JPEG is lossless, hierarchical or arithmetic, which is not decoded here');
    } else if (marker === EXIF && startsWith(segment, 'Exif\0\0')) {
      orientation ??= readOrientation(segment);
    } else if (marker === SCAN) {
      scans += 1;
      if (scans > SCANS_MAX) throw unsupported(`the JPEG has more than ${SCANS_MAX} scans`);
    }
    at = findMarker(bytes, at + 4 + segment.length);
  }
}

/** Where the next marker's 0xff stands, past scan data and past bytes that belong to nothing. */
function findMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; ) {
    const next = bytes[at + 1]!;
    const isFill = next === 0xff;
    // In scan data 0xff 0x00 is a byte of data; 0xd0 to 0xd7 start over in the middle of it. 1 has no segment either.
    if (!isFill && next > 1 && !(next >= 0xd0 && next <= START)) return at;
    at = bytes.indexOf(0xff, at + (isFill ? 1 : 2));
  }
  throw unreadable('the JPEG is cut off');
}

/** What stands behind a marker's length. */
function readSegment(bytes: Uint8Array, at: number): Uint8Array {
  const length = at + 4 <= bytes.length ? viewOf(bytes).getUint16(at + 2) : 0;
  if (length < 2 || at + 2 + length > bytes.length) throw unreadable('the JPEG is cut off');
  return bytes.subarray(at + 4, at + 2 + length);
}

function readFrame(segment: Uint8Array): Omit<JpegContent, 'bytes'> {
  if (segment.length < 6) throw unreadable('the JPEG is damaged');
  const view = viewOf(segment);
  const components = segment[5]!;
  if (segment[0] !== 8) throw unsupported('the JPEG has samples of other than 8 bits');
  if (![1, 3, 4].includes(components)) throw unsupported(`the JPEG has ${components} components`);
  return { height: view.getUint16(1), width: view.getUint16(3), components };
}

/**
 * Same pixels as PIL, which uses the same library with the same settings. Like it and like browsers, damage within scan
 * data is let pass: libjpeg goes on with what it can read, and its warnings are also about harmless stray bytes.
 */
async function decodeJpeg({ bytes, width, height, components }: JpegContent, codecs: Codecs): Promise<Uint8Array> {
  const { format, bytes: pixelBytes } = components === 4 ? CMYK : RGB;
  const sandbox = await codecs.open<JpegExports>('jpeg');
  const address = sandbox.place(bytes);
  const out = sandbox.allocate(width * height * pixelBytes);
  const handle = sandbox.run((codec) => codec.tjInitDecompress());
  sandbox.run((codec) =>
    codec.tjDecompress2(handle, address, bytes.length, out, width, width * pixelBytes, height, format, 0),
  );
  const pixels = sandbox.view(out, width * height * pixelBytes);
  // Not copied: 12 megapixels take 36 MB. The sandbox, which nobody calls any more, goes when its pixels do.
  return components === 4 ? rgbOfInverseInk(pixels, width * height) : pixels;
}

/** Ink stands inverted in JPEG, as Adobe began it: 255 is none. Rounds as PIL does. */
function rgbOfInverseInk(ink: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    const black = ink[from + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const product = (255 - ink[from + channel]!) * black + 128;
      rgb[to + channel] = black - ((product + (product >> 8)) >> 8);
    }
  }
  return rgb;
}
