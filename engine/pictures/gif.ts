/** Reads the first frame of a GIF. Source: GIF89a specification. */
import { decodeLzw } from './decode-lzw.ts';
import { type PictureFile, type PictureFormat, startsWith, unreadable, viewOf } from './picture.ts';

/** In pixels of the screen. */
interface GifContent {
  readonly width: number;
  readonly height: number;
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Three bytes for each colour; empty when there is none, and the indices are then grey levels. */
  readonly palette: Uint8Array;
  /** The index that shows what lies below. */
  readonly clear: number | undefined;
  readonly isInterlaced: boolean;
  /** Bits of an index. */
  readonly depth: number;
  readonly compressed: Uint8Array;
}

const SCREEN_BYTES = 13;
const EXTENSION = 0x21;
const FRAME = 0x2c;
const GRAPHIC_CONTROL = 0xf9;
/** First row and distance of the rows that an interlaced frame sends first, second, third, last. */
const INTERLACE = [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const];

export const gif: PictureFormat = {
  name: 'GIF',
  recognises: (bytes) => startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a'),
  read: readGif,
};

function readGif(bytes: Uint8Array): PictureFile {
  if (bytes.length < SCREEN_BYTES) throw cutOff();
  const screen = readPalette(bytes, SCREEN_BYTES, bytes[10]!);
  let clear: number | undefined;
  let at = screen.end;
  while (bytes[at] === EXTENSION) {
    const blocks = readBlocks(bytes, at + 2);
    const control = bytes.subarray(at + 3, blocks.end);
    if (bytes[at + 1] === GRAPHIC_CONTROL && control.length >= 4) clear = control[0]! & 1 ? control[3] : undefined;
    at = blocks.end;
  }
  if (bytes[at] === undefined) throw cutOff();
  if (bytes[at] !== FRAME) throw unreadable('the GIF holds no picture');
  const content = readFrame(bytes, at + 1, { clear, palette: screen.palette });
  const { width, height } = content;
  return { width, height, orientation: 1, unpackedBytes: width * height, decode: async () => drawFrame(content) };
}

function readFrame(bytes: Uint8Array, at: number, screen: Pick<GifContent, 'clear' | 'palette'>): GifContent {
  if (at + 9 > bytes.length) throw cutOff();
  const view = viewOf(bytes);
  const [x, y, width, height] = [0, 2, 4, 6].map((field) => view.getUint16(at + field, true)) as [
    number,
    number,
    number,
    number,
  ];
  const flags = bytes[at + 8]!;
  const own = readPalette(bytes, at + 9, flags);
  const depth = bytes[own.end];
  if (depth === undefined) throw cutOff();
  if (depth < 1 || depth > 8) throw unreadable('the GIF is damaged');
  return {
    // A frame that hangs over the screen makes it larger, as in PIL and browsers.
    width: Math.max(view.getUint16(6, true), x + width),
    height: Math.max(view.getUint16(8, true), y + height),
    frame: { x, y, width, height },
    palette: own.palette.length > 0 ? own.palette : screen.palette,
    clear: screen.clear,
    isInterlaced: (flags & 0x40) !== 0,
    depth,
    compressed: readBlocks(bytes, own.end + 1).data,
  };
}

/** The top bit of the flags says whether there is one, the lowest three how large. */
function readPalette(bytes: Uint8Array, at: number, flags: number): { palette: Uint8Array; end: number } {
  const end = at + (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  if (end > bytes.length) throw cutOff();
  return { palette: bytes.subarray(at, end), end };
}

/** Blocks of up to 255 bytes, each behind its length, up to one of none. */
function readBlocks(bytes: Uint8Array, start: number): { data: Uint8Array; end: number } {
  let at = start;
  while (bytes[at]) at += 1 + bytes[at]!;
  if (at >= bytes.length) throw cutOff();
  const data = new Uint8Array(at - start);
  let length = 0;
  for (let from = start; from < at; from += 1 + bytes[from]!) {
    data.set(bytes.subarray(from + 1, from + 1 + bytes[from]!), length);
    length += bytes[from]!;
  }
  return { data: data.subarray(0, length), end: at + 1 };
}

/** What the frame leaves free shows the clear index, or the first colour where there is none, as in PIL. */
function drawFrame(content: GifContent): Uint8Array {
  const { width, height, frame } = content;
  const indices = decodeLzw(content.compressed, content.depth, frame.width * frame.height);
  const colours = coloursOf(content);
  const rgb = new Uint8Array(width * height * 3);
  if (frame.width !== width || frame.height !== height) {
    const free = (content.clear ?? 0) * 3;
    const [red, green, blue] = colours.subarray(free, free + 3);
    for (let to = 0; to < rgb.length; to += 3) {
      rgb[to] = red!;
      rgb[to + 1] = green!;
      rgb[to + 2] = blue!;
    }
  }
  let from = 0;
  for (const y of content.isInterlaced ? interlacedRows(frame.height) : Array(frame.height).keys()) {
    let to = ((frame.y + y) * width + frame.x) * 3;
    for (const end = from + frame.width; from < end; from++, to += 3) {
      const colour = indices[from]! * 3;
      rgb[to] = colours[colour]!;
      rgb[to + 1] = colours[colour + 1]!;
      rgb[to + 2] = colours[colour + 2]!;
    }
  }
  return rgb;
}

function coloursOf({ palette, clear }: GifContent): Uint8Array {
  const colours = new Uint8Array(256 * 3);
  if (palette.length > 0) colours.set(palette);
  else for (let level = 0; level < 256; level++) colours.fill(level, level * 3, level * 3 + 3);
  if (clear !== undefined) colours.fill(255, clear * 3, clear * 3 + 3);
  return colours;
}

function* interlacedRows(height: number): Generator<number> {
  for (const [first, step] of INTERLACE) for (let y = first; y < height; y += step) yield y;
}

function cutOff() {
  return unreadable('the GIF is cut off');
}
