import { describe, expect, test } from 'bun:test';
import golden from './golden/tiles.json' with { type: 'json' };
import { pictureTokens } from './picture-tokens.ts';
import { cutTiles, layoutTiles, normalisedBytes } from './tiles.ts';

const NORMALISATION = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

/** The same as `drawn` of golden/make_tiles.py. */
function draw(width: number, height: number) {
  const rgb = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb[to++] = x * 5 + y * 3 + ((x * y) >> 4);
      rgb[to++] = ((x >> 1) * 7) ^ (y * 11);
      rgb[to++] = (x * x + y * y * 3) >> 5;
    }
  }
  return { width, height, rgb };
}

describe('the tiles, their order and their tokens are those of transformers', () => {
  test.each(
    golden.pictures.map(
      (entry) => [`${entry.width} × ${entry.height} in ${entry.tilesMax} × ${entry.tilePixels}`, entry] as const,
    ),
  )('%s', (_, entry) => {
    const cut = cutTiles(draw(entry.width, entry.height), entry, NORMALISATION);
    expect([cut.columns, cut.rows, cut.tiles.length]).toEqual([entry.columns, entry.rows, entry.tiles]);
    expect(layoutTiles(entry, entry)).toEqual({
      columns: cut.columns,
      rows: cut.rows,
      hasGlobal: entry.tiles > 1,
    });
    expect(cut.hasGlobal).toBe(entry.tiles > 1);
    expect(runsOf(pictureTokens(cut, 9))).toEqual(entry.tokens as [string, number][]);
    const tileValues = cut.tiles[0]!.length;
    const values = new Float32Array(tileValues * cut.tiles.length);
    for (const [i, tile] of cut.tiles.entries()) values.set(tile, i * tileValues);
    const step = Math.max(1, Math.floor(values.length / 12));
    expect(entry.samples.map((_, i) => values[Math.floor(step / 2) + i * step])).toEqual(entry.samples);
    expect(new Bun.CryptoHasher('sha256').update(values).digest('hex')).toBe(entry.sha256);
  });
});

test('every byte is normalised as transformers does it, rounding included', () => {
  for (const { mean, deviation, values } of golden.tables) {
    for (let channel = 0; channel < 3; channel++) {
      expect([...normalisedBytes(mean[channel]!, deviation[channel]!)]).toEqual(values[channel]!);
    }
  }
});

test('a picture of one tile stands behind the mark of a whole picture, with nothing between', () => {
  const layout = { columns: 1, rows: 1, hasGlobal: false };
  const tokens = ['<|image_start|>', '<|image|>', '<|patch|>', '<|patch|>', '<|image_end|>'] as const;
  expect(pictureTokens(layout, 2)).toEqual(tokens);
});

function runsOf(tokens: readonly string[]): readonly [string, number][] {
  const runs: [string, number][] = [];
  for (const token of tokens) {
    const last = runs.at(-1);
    if (last?.[0] === token) last[1] += 1;
    else runs.push([token, 1]);
  }
  return runs;
}
