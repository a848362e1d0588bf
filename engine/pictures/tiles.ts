/** Cuts a picture into the tiles that Llama 4's eye looks at, value for value as transformers 5.24 does. */
import { chooseCanvas, type TileRule } from './choose-canvas.ts';
import type { Picture } from './picture.ts';
import { resize } from './resize.ts';

export interface TileLayout {
  readonly columns: number;
  readonly rows: number;
  /** Whether the whole picture follows as one more tile: when there is more than one. */
  readonly hasGlobal: boolean;
}

export interface PictureTiles extends TileLayout {
  /**
   * Row by row, the global tile last. Each holds its red, green and blue planes, `tilePixels` × `tilePixels` each,
   * from about -1 to 1 for the usual normalisation.
   */
  readonly tiles: readonly Float32Array[];
}

/** For red, green and blue; Llama 4's are all 0.5. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** The layout that a picture of this size, in pixels, is cut into: enough to know its tokens before it is decoded. */
export function layoutTiles(picture: Pick<Picture, 'width' | 'height'>, rule: TileRule): TileLayout {
  const { columns, rows } = chooseCanvas(picture, rule);
  return { columns, rows, hasGlobal: columns * rows > 1 };
}

export function cutTiles(picture: Picture, rule: TileRule, normalisation: Normalisation): PictureTiles {
  const layout = layoutTiles(picture, rule);
  const { width, height } = chooseCanvas(picture, rule);
  const side = rule.tilePixels;
  const tables = [0, 1, 2].map((channel) =>
    normalisedBytes(normalisation.mean[channel]!, normalisation.deviation[channel]!),
  );
  const drawn = resize(picture, width, height);
  const tiles: Float32Array[] = [];
  for (let top = 0; top < layout.rows * side; top += side) {
    for (let left = 0; left < layout.columns * side; left += side)
      tiles.push(cutTile(drawn, { left, top, side }, tables));
  }
  if (layout.hasGlobal) tiles.push(cutTile(resize(picture, side, side), { left: 0, top: 0, side }, tables));
  return { ...layout, tiles };
}

interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** What lies beyond the picture is black. */
function cutTile(
  { width, height, rgb }: Picture,
  { left, top, side }: Square,
  tables: readonly Float32Array[],
): Float32Array {
  const tile = new Float32Array(3 * side * side);
  const right = Math.min(side, width - left);
  const bottom = Math.min(side, height - top);
  for (let channel = 0; channel < 3; channel++) {
    const table = tables[channel]!;
    const plane = tile.subarray(channel * side * side, (channel + 1) * side * side).fill(table[0]!);
    for (let y = 0; y < bottom; y++) {
      let from = ((top + y) * width + left) * 3 + channel;
      const to = y * side;
      for (let x = 0; x < right; x++, from += 3) plane[to + x] = table[rgb[from]!]!;
    }
  }
  return tile;
}

/**
 * The normalised value of every byte. The reference computes it in bfloat16 as the model was trained with, so all of
 * its steps are rounded here, too.
 */
export function normalisedBytes(mean: number, deviation: number): Float32Array {
  const scale = Math.fround(1 / 255);
  const [centre, spread] = [bfloat16(mean), bfloat16(deviation)];
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const fraction = bfloat16(Math.fround(byte * scale));
    return bfloat16(Math.fround(bfloat16(Math.fround(fraction - centre)) / spread));
  });
}

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** The nearest number of 8 significant bits, ties to even. */
function bfloat16(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0]!;
  BITS[0] = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return FLOAT[0];
}
