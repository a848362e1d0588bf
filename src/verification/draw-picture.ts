/** Draws plain pictures and writes them as PNG, so that each has one right answer that we know without looking. */
import { crc32, deflateSync } from 'node:zlib';

export type Colour = readonly [red: number, green: number, blue: number];

export const COLOURS = {
  white: [255, 255, 255],
  black: [0, 0, 0],
  red: [220, 30, 30],
  green: [30, 160, 60],
  blue: [40, 70, 220],
  yellow: [250, 210, 40],
} as const satisfies Readonly<Record<string, Colour>>;

/** 24-bit RGB, rows from the top. */
export class Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;

  constructor(width: number, height: number, ground: Colour) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(width * height * 3);
    this.rectangle(0, 0, width, height, ground);
  }

  /** What lies outside the picture is cut off. */
  rectangle(left: number, top: number, width: number, height: number, colour: Colour): this {
    for (let y = Math.max(0, top); y < Math.min(this.height, top + height); y++) {
      for (let x = Math.max(0, left); x < Math.min(this.width, left + width); x++) this.#set(x, y, colour);
    }
    return this;
  }

  disc(centreX: number, centreY: number, radius: number, colour: Colour): this {
    for (let y = Math.max(0, centreY - radius); y <= Math.min(this.height - 1, centreY + radius); y++) {
      for (let x = Math.max(0, centreX - radius); x <= Math.min(this.width - 1, centreX + radius); x++) {
        if ((x - centreX) ** 2 + (y - centreY) ** 2 <= radius ** 2) this.#set(x, y, colour);
      }
    }
    return this;
  }

  /** Capital letters and digits of `GLYPHS`; each dot of a glyph is a square of `dot` pixels. */
  text(left: number, top: number, dot: number, text: string): this {
    for (const [index, character] of [...text].entries()) {
      const rows = GLYPHS[character] ?? [];
      for (const [row, bits] of rows.entries()) {
        for (const [column, bit] of [...bits].entries()) {
          if (bit !== '#') continue;
          this.rectangle(left + (index * 6 + column) * dot, top + row * dot, dot, dot, COLOURS.black);
        }
      }
    }
    return this;
  }

  /** RFC 2083: signature, header, one compressed block of unfiltered rows, end. */
  png(): Buffer {
    const { width, height, pixels } = this;
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    // 8 bits per channel, red green blue.
    header.set([8, 2], 8);
    const rows = Buffer.alloc(height * (1 + width * 3));
    for (let y = 0; y < height; y++) {
      rows.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
    }
    const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const data = deflateSync(rows, { level: 9 });
    return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
  }

  dataUrl(): string {
    return `data:image/png;base64,${this.png().toString('base64')}`;
  }

  #set(x: number, y: number, colour: Colour): void {
    this.pixels.set(colour, (y * this.width + x) * 3);
  }
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** Five by seven dots; only what our pictures say. */
const GLYPHS: Readonly<Record<string, readonly string[]>> = {
  A: ['.###.', '#...#', '#...#', '#####', '#...#', '#...#', '#...#'],
  E: ['#####', '#....', '#....', '####.', '#....', '#....', '#####'],
  L: ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
  M: ['#...#', '##.##', '#.#.#', '#.#.#', '#...#', '#...#', '#...#'],
  P: ['####.', '#...#', '#...#', '####.', '#....', '#....', '#....'],
  '7': ['#####', '....#', '...#.', '..#..', '..#..', '..#..', '..#..'],
  '4': ['...#.', '..##.', '.#.#.', '#..#.', '#####', '...#.', '...#.'],
};
