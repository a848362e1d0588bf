import type { TileLayout } from './tiles.ts';

/** The special tokens of a picture, by their names in Llama 4's vocabulary. */
export type PictureToken =
  | '<|image_start|>'
  | '<|patch|>'
  | '<|tile_x_separator|>'
  | '<|tile_y_separator|>'
  | '<|image|>'
  | '<|image_end|>';

/**
 * What stands in the prompt for a picture, as `Llama4Processor` of transformers writes it: the tiles row by row, then the
 * global tile, or the only one. Each `<|patch|>` is replaced by one output of the eye, in the order of the tiles.
 */
export function pictureTokens(layout: TileLayout, tokensPerTile: number): readonly PictureToken[] {
  const patches = Array<PictureToken>(tokensPerTile).fill('<|patch|>');
  const tokens: PictureToken[] = ['<|image_start|>'];
  if (layout.hasGlobal) {
    for (let row = 0; row < layout.rows; row++) {
      for (let column = 0; column < layout.columns; column++) {
        tokens.push(...patches, column < layout.columns - 1 ? '<|tile_x_separator|>' : '<|tile_y_separator|>');
      }
    }
  }
  tokens.push('<|image|>', ...patches, '<|image_end|>');
  return tokens;
}
