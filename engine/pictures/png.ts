/** Walks through a PNG file. Source: PNG specification, third edition. */
import { crc32 } from './crc32.ts';
import { bitsOfPixel, decodePng } from './decode-png.ts';
import { readOrientation } from './orientation.ts';
import { type PictureFile, type PictureFormat, unreadable, unsupported, viewOf } from './picture.ts';

export interface PngContent {
  readonly width: number;
  readonly height: number;
  /** Bits of one sample. */
  readonly depth: number;
  readonly colours: ColourType;
  readonly isInterlaced: boolean;
  /** Three bytes for each colour. */
  readonly palette: Uint8Array;
  /** The chunk `tRNS` as it stands; empty when there is none. */
  readonly transparency: Uint8Array;
  readonly compressed: Uint8Array;
}

export type ColourType = keyof typeof DEPTHS;

/** Which depths go with grey, colour, palette, grey with alpha, colour with alpha. */
const DEPTHS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] } as const;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length, name and checksum. */
const FRAME_BYTES = 12;
const HEADER_BYTES = 13;
const DATA = numberOf('IDAT');
const END = numberOf('IEND');
const OTHERS = new Map(['IHDR', 'PLTE', 'tRNS', 'eXIf'].map((name) => [numberOf(name), name]));

export const png: PictureFormat = {
  name: 'PNG',
  recognises: (bytes) => SIGNATURE.every((byte, i) => bytes[i] === byte),
  read: readPng,
};

function readPng(bytes: Uint8Array): PictureFile {
  const { compressed, others } = readChunks(bytes);
  const header = others.get('IHDR');
  if (header?.length !== HEADER_BYTES) throw unreadable('the PNG has no header');
  const content: PngContent = {
    ...readHeader(header),
    palette: others.get('PLTE') ?? new Uint8Array(),
    transparency: others.get('tRNS') ?? new Uint8Array(),
    compressed,
  };
  if (content.colours === 3 && (content.palette.length === 0 || content.palette.length % 3 !== 0)) {
    throw unreadable('the PNG has no palette');
  }
  const orientation = readOrientation(others.get('eXIf') ?? new Uint8Array());
  const { width, height } = content;
  const unpackedBytes = height * Math.ceil((width * bitsOfPixel(content)) / 8);
  return { width, height, orientation, unpackedBytes, decode: () => decodePng(content) };
}

function readHeader(header: Uint8Array): Omit<PngContent, 'palette' | 'transparency' | 'compressed'> {
  const view = viewOf(header);
  const [depth, colours, compression, filter, interlace] = header.subarray(8);
  const depths: readonly number[] = DEPTHS[colours as ColourType] ?? [];
  if (!depths.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    throw unsupported('the PNG is of an unknown kind');
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: depth!,
    colours: colours as ColourType,
    isInterlaced: interlace === 1,
  };
}

interface Chunks {
  readonly compressed: Uint8Array;
  /** The first of each name. */
  readonly others: ReadonlyMap<string, Uint8Array>;
}

/** Those chunks that say what the pixels look like, up to the end mark. */
function readChunks(bytes: Uint8Array): Chunks {
  const view = viewOf(bytes);
  // One buffer and names as numbers, since a hostile file has a million pieces of one byte.
  const compressed = new Uint8Array(bytes.length);
  const others = new Map<string, Uint8Array>();
  let length = 0;
  for (let at = SIGNATURE.length; at + FRAME_BYTES <= bytes.length; ) {
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) break;
    const name = view.getUint32(at + 4);
    if (name === END) return { compressed: compressed.subarray(0, length), others };
    const other = OTHERS.get(name);
    if (name === DATA || other) {
      if (crc32(bytes, at + 4, end - 4) !== view.getUint32(end - 4)) throw unreadable('the PNG is damaged');
      const data = bytes.subarray(at + 8, end - 4);
      if (other) others.set(other, others.get(other) ?? data);
      else compressed.set(data, length);
      if (!other) length += data.length;
    } else if (isCritical(bytes[at + 4]!)) {
      throw unsupported('the PNG uses an extension that changes its pixels');
    }
    at = end;
  }
  throw unreadable('the PNG is cut off');
}

/** A capital first letter says: who does not know this chunk cannot show the picture. */
function isCritical(firstLetter: number): boolean {
  return (firstLetter & 0x20) === 0;
}

function numberOf(name: string): number {
  return viewOf(new TextEncoder().encode(name)).getUint32(0);
}
