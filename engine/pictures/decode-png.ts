import { inflate } from './inflate.ts';
import { overWhite } from './over-white.ts';
import { unreadable, viewOf } from './picture.ts';
import type { ColourType, PngContent } from './png.ts';
import { unfilter } from './unfilter.ts';

/** Writes one unfiltered row into the picture: its first pixel at byte `to`, the others every `step` bytes. */
type WriteRow = (row: Uint8Array, pixels: number, to: number, step: number) => void;

const SAMPLES: Readonly<Record<ColourType, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Where the passes of an interlaced picture begin and how far apart their pixels are. Source: PNG, section 8.2. */
const PASSES = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
] as const;
const ONE_PASS = [{ x: 0, y: 0, stepX: 1, stepY: 1 }] as const;

/**
 * Three bytes for each pixel. 16 bits are cut to the upper 8, as PIL does for colour; for grey, PIL instead turns all
 * but the darkest 255 of 65,536 shades white, which is not followed. Nor is its blindness for a transparent colour of
 * 2, 4 or 16 bits. Refuses a stream that holds fewer or more rows than the header says.
 */
export async function decodePng(content: PngContent): Promise<Uint8Array> {
  const rgb = new Uint8Array(content.width * content.height * 3);
  const bits = bitsOfPixel(content);
  const rows = eachRow(content, bits);
  const writeRow = rowWriter(content, rgb);
  const pixelBytes = Math.max(1, bits >> 3);
  const widest = Math.ceil((content.width * bits) / 8) + 1;
  let [current, above] = [new Uint8Array(widest), new Uint8Array(widest)];
  let row = rows.next().value;
  let filled = 0;

  await inflate(content.compressed, (bytes) => {
    for (let from = 0; from < bytes.length; ) {
      if (!row) throw unreadable('the PNG holds more than its header says');
      const taken = Math.min(row.bytes - filled, bytes.length - from);
      current.set(bytes.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
      if (filled < row.bytes) return;
      if (row.isFirstOfPass) above.fill(0);
      unfilter(current, above, row.bytes, pixelBytes);
      writeRow(current.subarray(1, row.bytes), row.pixels, row.to, row.step);
      [current, above] = [above, current];
      filled = 0;
      row = rows.next().value;
    }
  });
  if (row) throw unreadable('the PNG holds less than its header says');
  return rgb;
}

export function bitsOfPixel({ depth, colours }: Pick<PngContent, 'depth' | 'colours'>): number {
  return depth * SAMPLES[colours];
}

interface Row {
  /** Of the row with its filter byte. */
  readonly bytes: number;
  readonly pixels: number;
  readonly to: number;
  readonly step: number;
  readonly isFirstOfPass: boolean;
}

function* eachRow({ width, height, isInterlaced }: PngContent, bits: number): Generator<Row, undefined> {
  for (const { x, y, stepX, stepY } of isInterlaced ? PASSES : ONE_PASS) {
    const pixels = Math.ceil((width - x) / stepX);
    if (pixels <= 0) continue;
    const bytes = Math.ceil((pixels * bits) / 8) + 1;
    for (let line = y; line < height; line += stepY) {
      yield { bytes, pixels, to: (line * width + x) * 3, step: stepX * 3, isFirstOfPass: line === y };
    }
  }
}

function rowWriter(content: PngContent, rgb: Uint8Array): WriteRow {
  const { colours, depth } = content;
  if (colours === 3 || (colours === 0 && depth < 16)) return writeLookedUp(depth, coloursOf(content), rgb);
  if (colours === 0 || colours === 2) return writeOpaque(content, rgb);
  return writeWithAlpha(SAMPLES[colours], depth >> 3, rgb);
}

/** What each sample of a palette or of grey up to 8 bits looks like on white. Beyond the palette lies black, as in PIL. */
function coloursOf({ colours, depth, palette, transparency }: PngContent): Uint8Array {
  const table = new Uint8Array(256 * 3);
  if (colours === 3) {
    table.set(palette.subarray(0, table.length));
    for (let i = 0; i < Math.min(transparency.length, 256) * 3; i++) {
      table[i] = overWhite(table[i]!, transparency[Math.floor(i / 3)]!);
    }
    return table;
  }
  const most = (1 << depth) - 1;
  for (let i = 0; i <= most; i++) table.fill((i * 255) / most, i * 3, i * 3 + 3);
  const clear = transparentSamples(transparency, 1)?.[0];
  if (clear !== undefined) table.fill(255, (clear & most) * 3, (clear & most) * 3 + 3);
  return table;
}

function writeLookedUp(depth: number, table: Uint8Array, rgb: Uint8Array): WriteRow {
  const mask = (1 << depth) - 1;
  return (row, pixels, first, step) => {
    for (let i = 0, to = first, bit = 0; i < pixels; i++, to += step, bit += depth) {
      const sample = (row[bit >> 3]! >> (8 - depth - (bit & 7))) & mask;
      rgb[to] = table[sample * 3]!;
      rgb[to + 1] = table[sample * 3 + 1]!;
      rgb[to + 2] = table[sample * 3 + 2]!;
    }
  };
}

/** Colour, or grey of 16 bits; the one transparent colour that such a picture may have becomes white. */
function writeOpaque({ colours, depth, transparency }: PngContent, rgb: Uint8Array): WriteRow {
  const samples = SAMPLES[colours];
  const bytes = depth >> 3;
  const clear = transparentSamples(transparency, samples);
  if (samples === 3 && bytes === 1 && !clear) {
    return (row, pixels, first, step) => {
      if (step === 3) return rgb.set(row, first);
      for (let i = 0, to = first; i < pixels; i++, to += step) rgb.set(row.subarray(i * 3, i * 3 + 3), to);
    };
  }
  const isClear = (view: DataView, at: number) =>
    clear?.every((value, i) => (bytes === 2 ? view.getUint16(at + i * 2) : view.getUint8(at + i)) === value) ?? false;
  return (row, pixels, first, step) => {
    const view = viewOf(row);
    for (let i = 0, to = first, at = 0; i < pixels; i++, to += step, at += samples * bytes) {
      const isWhite = clear !== undefined && isClear(view, at);
      for (let channel = 0; channel < 3; channel++) {
        rgb[to + channel] = isWhite ? 255 : row[at + (samples === 3 ? channel * bytes : 0)]!;
      }
    }
  };
}

function writeWithAlpha(samples: number, bytes: number, rgb: Uint8Array): WriteRow {
  const [green, blue] = samples === 4 ? [bytes, bytes * 2] : [0, 0];
  const alphaAt = (samples - 1) * bytes;
  return (row, pixels, first, step) => {
    for (let i = 0, to = first, at = 0; i < pixels; i++, to += step, at += samples * bytes) {
      const alpha = row[at + alphaAt]!;
      rgb[to] = overWhite(row[at]!, alpha);
      rgb[to + 1] = overWhite(row[at + green]!, alpha);
      rgb[to + 2] = overWhite(row[at + blue]!, alpha);
    }
  };
}

/** `tRNS` of grey and colour: 16 bits for each sample. Too short a chunk counts as none, as in PIL. */
function transparentSamples(transparency: Uint8Array, samples: number): readonly number[] | undefined {
  if (transparency.length < samples * 2) return undefined;
  const view = viewOf(transparency);
  return Array.from({ length: samples }, (_, i) => view.getUint16(i * 2));
}
