/**
 * Pictures for the evaluation of `trunkline/mini`: one coloured shape on a plain background. Written apart from
 * `pictures.py`, which drew what the model was trained on, so that nothing is shared but the names.
 */
import { crc32, deflateSync } from 'node:zlib';
import type { SeededRandom } from '../sampling/random.ts';

export const SHAPES = ['circle', 'square', 'triangle', 'star', 'cross', 'ring', 'bar'] as const;
export type Shape = (typeof SHAPES)[number];

/** What people would call by these names; in 0xRRGGBB. */
const COLOURS = {
  red: [0xff0000, 0xe60026, 0xd32f2f, 0xc1121f, 0xb71c1c],
  orange: [0xffa500, 0xff9500, 0xf57c00, 0xff8c1a],
  yellow: [0xffff00, 0xffeb00, 0xfdd835, 0xf9d71c],
  green: [0x00ff00, 0x008000, 0x1b7f3b, 0x2e7d32, 0x3cb043],
  blue: [0x0000ff, 0x0d47a1, 0x1565c0, 0x1f4fd8, 0x2a6fdb],
  purple: [0x800080, 0x6a0dad, 0x7b1fa2, 0x8f00ff, 0x9b30d9],
  black: [0x000000, 0x0a0a0a, 0x141414],
  white: [0xffffff, 0xfcfcfc, 0xf7f7f7],
  grey: [0x808080, 0x9e9e9e, 0x757575, 0x8c8c8c],
} as const;
export type Colour = keyof typeof COLOURS;
const BACKGROUNDS = Object.keys(COLOURS) as readonly Colour[];
const INKS = BACKGROUNDS.filter((name) => name !== 'grey');

/** Below this distance in RGB two colours are hard to tell apart for anybody. */
const DISTANCE_MIN = 110;
/** Points looked at in each direction within a pixel, for smooth edges. */
const SAMPLES = 2;

export interface Picture {
  readonly png: Uint8Array;
  readonly shape: Shape;
  readonly colour: Colour;
  readonly background: Colour;
}

type Rgb = readonly [number, number, number];
type Inside = (x: number, y: number) => boolean;

export function drawPicture(random: SeededRandom): Picture {
  const between = (low: number, high: number) => low + random.nextUnit() * (high - low);
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random.nextUnit() * list.length)]!;
  const shape = oneOf(SHAPES);
  const [colour, background, ink, ground] = pickColours(oneOf);
  const side = Math.round(between(96, 256));
  const isSquare = random.nextUnit() < 0.6;
  const width = isSquare ? side : Math.round(side * between(1, 1.5));
  const inside = insideOf(shape, between, oneOf);
  // Half of what the shape measures; a third of the picture at least.
  const radius = (between(0.4, 0.85) * side) / 2;
  const isCentred = random.nextUnit() < 0.5;
  const centreX = isCentred ? width / 2 : between(radius, width - radius);
  const centreY = isCentred ? side / 2 : between(radius, side - radius);
  const turn = (random.nextUnit() < 0.75 ? 0 : between(-12, 12)) * (Math.PI / 180);
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const png = encodePng(width, side, (x, y) => {
    let hits = 0;
    for (let part = 0; part < SAMPLES * SAMPLES; part++) {
      const dx = (x + ((part % SAMPLES) + 0.5) / SAMPLES - centreX) / radius;
      const dy = (y + (Math.floor(part / SAMPLES) + 0.5) / SAMPLES - centreY) / radius;
      if (inside(dx * cosine + dy * sine, dy * cosine - dx * sine)) hits++;
    }
    const share = hits / (SAMPLES * SAMPLES);
    return share === 0 ? ground : ink.map((value, k) => Math.round(value * share + ground[k]! * (1 - share)));
  });
  return { png, shape, colour, background };
}

function pickColours(oneOf: <T>(list: readonly T[]) => T): readonly [Colour, Colour, Rgb, Rgb] {
  for (;;) {
    const [colour, background] = [oneOf(INKS), oneOf(BACKGROUNDS)];
    const [ink, ground] = [rgbOf(oneOf<number>(COLOURS[colour])), rgbOf(oneOf<number>(COLOURS[background]))];
    const distance = Math.hypot(...ink.map((value, k) => value - ground[k]!));
    if (colour !== background && distance > DISTANCE_MIN) return [colour, background, ink, ground];
  }
}

function rgbOf(code: number): Rgb {
  return [code >> 16, (code >> 8) & 255, code & 255];
}

/** Whether a point belongs to a shape that reaches from -1 to 1. */
function insideOf(
  shape: Shape,
  between: (low: number, high: number) => number,
  oneOf: <T>(list: readonly T[]) => T,
): Inside {
  switch (shape) {
    case 'circle':
      return (x, y) => x * x + y * y < 1;
    case 'ring': {
      const hole = between(0.5, 0.75);
      return (x, y) => x * x + y * y < 1 && x * x + y * y > hole * hole;
    }
    case 'square':
      return (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.9;
    case 'bar': {
      const [half, isUpright] = [between(0.18, 0.36), oneOf([true, false])];
      return (x, y) => Math.abs(isUpright ? y : x) < 1 && Math.abs(isUpright ? x : y) < half;
    }
    case 'cross': {
      const arm = between(0.22, 0.36);
      return (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 1 && Math.min(Math.abs(x), Math.abs(y)) < arm;
    }
    case 'triangle':
      return insideOfCorners(corners(3, [1]));
    case 'star':
      return insideOfCorners(corners(10, [1, between(0.38, 0.48)]));
  }
}

/** Around the origin, the first at the top; the distances are taken in turn. */
function corners(count: number, distances: readonly number[]): readonly (readonly [number, number])[] {
  return Array.from({ length: count }, (_, k) => {
    const [angle, distance] = [(2 * Math.PI * k) / count, distances[k % distances.length]!];
    return [distance * Math.sin(angle), -distance * Math.cos(angle)] as const;
  });
}

function insideOfCorners(points: readonly (readonly [number, number])[]): Inside {
  return (x, y) => {
    let isInside = false;
    for (const [k, [ax, ay]] of points.entries()) {
      const [bx, by] = points[(k + 1) % points.length]!;
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isInside = !isInside;
    }
    return isInside;
  };
}

function encodePng(width: number, height: number, pixel: (x: number, y: number) => readonly number[]): Uint8Array {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(pixel(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
