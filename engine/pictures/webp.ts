/** Walks through the chunks of a WebP and lets libwebp decode its first frame. Source: RFC 9649. */
import type { Codecs } from './codecs.ts';
import { readOrientation } from './orientation.ts';
import { rgbOverWhite } from './over-white.ts';
import { type PictureFile, type PictureFormat, startsWith, unreadable, viewOf } from './picture.ts';

/** Addresses and sizes are bytes of the sandbox's memory. */
interface WebpExports {
  /** The address of four bytes for each pixel, or 0. Writes the size to the other two addresses. */
  WebPDecodeRGBA(bytes: number, length: number, width: number, height: number): number;
}

interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
  /** With name, length and padding. */
  readonly whole: Uint8Array;
}

/** One frame on the canvas, in pixels. A picture that does not move is a single one that fills it. */
interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** A WebP of its own. */
  readonly bytes: Uint8Array;
}

const ANIMATED = 0x02;
const WITH_ALPHA = 0x10;
const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;
const FRAME_HEADER_BYTES = 16;

export const webp: PictureFormat = {
  name: 'WebP',
  recognises: (bytes) => startsWith(bytes, 'RIFF') && startsWith(bytes, 'WEBP', 8),
  read: readWebp,
};

function readWebp(bytes: Uint8Array): PictureFile {
  const end = CHUNK_BYTES + viewOf(bytes).getUint32(4, true);
  if (end > bytes.length) throw unreadable('the WebP is cut off');
  const chunks = readChunks(bytes.subarray(RIFF_BYTES, end));
  const canvas = chunks.find((chunk) => chunk.name === 'VP8X')?.data;
  if (!canvas) {
    const size = readSize(chunks);
    return fileOf({ ...size, frame: { x: 0, y: 0, ...size, bytes: bytes.subarray(0, end) }, backdrop: 255 }, chunks);
  }
  if (canvas.length < 10) throw unreadable('the WebP is damaged');
  const [width, height] = [read24(canvas, 4) + 1, read24(canvas, 7) + 1];
  const isAnimated = (canvas[0]! & ANIMATED) !== 0;
  const frame = isAnimated ? firstFrame(chunks) : { x: 0, y: 0, ...readSize(chunks), bytes: bytes.subarray(0, end) };
  const isWithin = frame.x + frame.width <= width && frame.y + frame.height <= height;
  if (!isWithin || (!isAnimated && (frame.width !== width || frame.height !== height))) {
    throw unreadable('the WebP has a picture of another size than its header says');
  }
  return fileOf({ width, height, frame, backdrop: (canvas[0]! & WITH_ALPHA) === 0 ? 0 : 255 }, chunks);
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  /** Grey level of what the first frame leaves free: clear on white, or black where nothing is clear, as in PIL. */
  readonly backdrop: number;
}

function fileOf(canvas: Canvas, chunks: readonly Chunk[]): PictureFile {
  const exif = chunks.find((chunk) => chunk.name === 'EXIF');
  const orientation = exif ? readOrientation(exif.data) : 1;
  const { width, height } = canvas;
  return {
    width,
    height,
    orientation,
    unpackedBytes: width * height * 4,
    decode: (codecs) => decodeWebp(canvas, codecs),
  };
}

function readChunks(bytes: Uint8Array): readonly Chunk[] {
  const chunks: Chunk[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at + CHUNK_BYTES <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const end = at + CHUNK_BYTES + length;
    if (end > bytes.length) throw unreadable('the WebP is cut off');
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (NEEDED.has(name) && !chunks.some((chunk) => chunk.name === name)) {
      chunks.push({ name, data: bytes.subarray(at + CHUNK_BYTES, end), whole: bytes.subarray(at, end + (length & 1)) });
    }
    at = end + (length & 1);
  }
  return chunks;
}

const NEEDED = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANMF', 'EXIF']);

/** The size in the header of the compressed data itself. */
function readSize(chunks: readonly Chunk[]): { readonly width: number; readonly height: number } {
  for (const { name, data } of chunks) {
    if (name === 'VP8 ' && data.length >= 10) {
      const isKeyFrame = (data[0]! & 1) === 0;
      if (!isKeyFrame || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a) break;
      const view = viewOf(data);
      return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
    }
    if (name === 'VP8L' && data.length >= 5) {
      if (data[0] !== 0x2f) break;
      const bits = viewOf(data).getUint32(1, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
  }
  throw unreadable('the WebP holds no picture');
}

/** The codec knows no animation, so the first frame is made a WebP that stands still. */
function firstFrame(chunks: readonly Chunk[]): Frame {
  const data = chunks.find((chunk) => chunk.name === 'ANMF')?.data;
  if (!data || data.length < FRAME_HEADER_BYTES) throw unreadable('the WebP holds no picture');
  const [x, y, width, height] = [read24(data, 0) * 2, read24(data, 3) * 2, read24(data, 6) + 1, read24(data, 9) + 1];
  const parts = readChunks(data.subarray(FRAME_HEADER_BYTES));
  const size = readSize(parts);
  if (size.width !== width || size.height !== height) {
    throw unreadable('the WebP has a frame of another size than its header says');
  }
  const kept = parts.filter(({ name }) => name === 'ALPH' || name === 'VP8 ' || name === 'VP8L');
  return { x, y, width, height, bytes: makeStill(kept, size) };
}

function makeStill(parts: readonly Chunk[], size: { readonly width: number; readonly height: number }): Uint8Array {
  const canvas = new Uint8Array(18);
  const body = [canvas, ...parts.map((part) => part.whole)];
  const length = body.reduce((sum, part) => sum + part.length, 0);
  canvas.set([...'VP8X'].map((letter) => letter.charCodeAt(0)));
  canvas.set([10, 0, 0, 0, parts.some((part) => part.name === 'ALPH') ? WITH_ALPHA : 0], 4);
  write24(canvas, 12, size.width - 1);
  write24(canvas, 15, size.height - 1);
  const still = new Uint8Array(RIFF_BYTES + length);
  still.set([...'RIFF____WEBP'].map((letter) => letter.charCodeAt(0)));
  viewOf(still).setUint32(4, length + 4, true);
  let at = RIFF_BYTES;
  for (const part of body) {
    still.set(part, at);
    at += part.length;
  }
  return still;
}

async function decodeWebp({ width, height, frame, backdrop }: Canvas, codecs: Codecs): Promise<Uint8Array> {
  const sandbox = await codecs.open<WebpExports>('webp');
  const size = sandbox.allocate(8);
  const address = sandbox.place(frame.bytes);
  const out = sandbox.run((codec) => codec.WebPDecodeRGBA(address, frame.bytes.length, size, size + 4));
  if (out === 0) throw unreadable('the WebP is damaged');
  const decoded = viewOf(sandbox.view(size, 8));
  if (decoded.getUint32(0, true) !== frame.width || decoded.getUint32(4, true) !== frame.height) {
    throw unreadable('the WebP has a picture of another size than its header says');
  }
  const pixels = frame.width * frame.height;
  const rgb = rgbOverWhite(sandbox.view(out, pixels * 4), pixels);
  if (frame.width === width && frame.height === height) return rgb;
  const whole = new Uint8Array(width * height * 3).fill(backdrop);
  for (let y = 0; y < frame.height; y++) {
    const row = rgb.subarray(y * frame.width * 3, (y + 1) * frame.width * 3);
    whole.set(row, ((frame.y + y) * width + frame.x) * 3);
  }
  return whole;
}

function read24(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
}

function write24(bytes: Uint8Array, at: number, value: number): void {
  bytes.set([value & 255, (value >> 8) & 255, value >> 16], at);
}
