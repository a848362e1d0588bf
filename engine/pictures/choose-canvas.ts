/**
 * Chooses how many tiles a picture gets and how large it is drawn on them, as `Llama4ImageProcessor` of transformers
 * 5.24 does. It computes some ratios in single precision, and so does this: a picture may otherwise end a pixel shorter.
 */
export interface TileRule {
  /** Side of a square tile, in pixels. */
  readonly tilePixels: number;
  /** Of the canvas, without the global tile. */
  readonly tilesMax: number;
}

export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  /** What the picture is resized to before it is padded to the canvas, in pixels. */
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sizes are in pixels. Keeps the picture's proportions; enlarges it to one tile at most. */
export function chooseCanvas(picture: Size, { tilePixels, tilesMax }: TileRule): Canvas {
  const grids = listGrids(tilesMax).map((grid) => ({
    ...grid,
    scale: Math.min(
      Math.fround((grid.columns * tilePixels) / picture.width),
      Math.fround((grid.rows * tilePixels) / picture.height),
    ),
  }));
  // The least enlargement, or else the least reduction.
  const enlarging = grids.filter(({ scale }) => scale >= 1).map(({ scale }) => scale);
  const scale = enlarging.length > 0 ? Math.min(...enlarging) : Math.max(...grids.map((grid) => grid.scale));
  const { columns, rows } = grids
    .filter((grid) => grid.scale === scale)
    .reduce((least, grid) => (grid.columns * grid.rows < least.columns * least.rows ? grid : least));
  return {
    columns,
    rows,
    ...fitWithin(picture, { width: columns * tilePixels, height: rows * tilePixels }, tilePixels),
  };
}

/** All grids of up to `tilesMax` tiles, in the order in which the reference prefers them when all else is equal. */
function listGrids(tilesMax: number): readonly { readonly columns: number; readonly rows: number }[] {
  const byRatio = new Map<number, { columns: number; rows: number }[]>();
  for (let tiles = tilesMax; tiles > 0; tiles--) {
    for (let rows = 1; rows <= tiles; rows++) {
      if (tiles % rows !== 0) continue;
      const columns = tiles / rows;
      const alike = byRatio.get(rows / columns) ?? [];
      alike.push({ columns, rows });
      byRatio.set(rows / columns, alike);
    }
  }
  return [...byRatio.values()].flat();
}

function fitWithin(picture: Size, canvas: Size, enlargedPixelsMax: number): Size {
  const width = limit(picture.width, canvas.width, enlargedPixelsMax);
  const height = limit(picture.height, canvas.height, enlargedPixelsMax);
  const scaleX = ratio(width, picture.width);
  const scaleY = ratio(height, picture.height);
  const isWide = width.isSingle || height.isSingle ? single(scaleX) < single(scaleY) : scaleX.value < scaleY.value;
  const other = isWide
    ? Math.min(product(picture.height, scaleX), height.pixels)
    : Math.min(product(picture.width, scaleY), width.pixels);
  const size = isWide ? { width: width.pixels, height: other } : { width: other, height: height.pixels };
  return { width: Math.max(size.width, 1), height: Math.max(size.height, 1) };
}

/** A length that the canvas cuts is a tensor in the reference, and what is computed with it is of single precision. */
function limit(pixels: number, canvasPixels: number, enlargedPixelsMax: number) {
  const wanted = Math.max(pixels, enlargedPixelsMax);
  return { pixels: Math.min(wanted, canvasPixels), isSingle: canvasPixels < wanted };
}

interface Ratio {
  readonly value: number;
  readonly isSingle: boolean;
}

function ratio(target: { readonly pixels: number; readonly isSingle: boolean }, pixels: number): Ratio {
  const value = target.pixels / pixels;
  return { value: target.isSingle ? Math.fround(value) : value, isSingle: target.isSingle };
}

function single(scale: Ratio): number {
  return Math.fround(scale.value);
}

function product(pixels: number, scale: Ratio): number {
  return Math.floor(scale.isSingle ? Math.fround(pixels * scale.value) : pixels * scale.value);
}
