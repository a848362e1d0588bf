import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { chooseCanvas } from './choose-canvas.ts';
import { resize } from './resize.ts';

const side = fc.integer({ min: 1, max: 40 });

test('a resized picture has the size asked for, and no sample beyond those it had', () => {
  const picture = fc
    .tuple(side, side)
    .chain(([width, height]) =>
      fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((rgb) => ({ width, height, rgb })),
    );
  fc.assert(
    fc.property(picture, side, side, (before, width, height) => {
      const after = resize(before, width, height);
      expect([after.width, after.height, after.rgb.length]).toEqual([width, height, width * height * 3]);
      for (let channel = 0; channel < 3; channel++) {
        const of = (rgb: Uint8Array) => rgb.filter((_, i) => i % 3 === channel);
        expect(Math.min(...of(after.rgb))).toBeGreaterThanOrEqual(Math.min(...of(before.rgb)));
        expect(Math.max(...of(after.rgb))).toBeLessThanOrEqual(Math.max(...of(before.rgb)));
      }
    }),
  );
});

test('a picture of its own size is handed back as it is', () => {
  const picture = { width: 2, height: 1, rgb: new Uint8Array([1, 2, 3, 4, 5, 6]) };
  expect(resize(picture, 2, 1)).toBe(picture);
});

test('half of black and white is grey', () => {
  const picture = { width: 2, height: 2, rgb: new Uint8Array([0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0]) };
  expect([...resize(picture, 1, 1).rgb]).toEqual([128, 128, 128]);
});

test('a canvas has no more tiles than allowed, holds the picture, and the picture fills it in one direction', () => {
  const length = fc.integer({ min: 1, max: 16_384 });
  const rule = fc.record({ tilePixels: fc.constantFrom(28, 64, 336), tilesMax: fc.integer({ min: 1, max: 16 }) });
  fc.assert(
    fc.property(length, length, rule, (width, height, { tilePixels, tilesMax }) => {
      const canvas = chooseCanvas({ width, height }, { tilePixels, tilesMax });
      expect(canvas.columns * canvas.rows).toBeLessThanOrEqual(tilesMax);
      expect(canvas.width).toBeLessThanOrEqual(canvas.columns * tilePixels);
      expect(canvas.height).toBeLessThanOrEqual(canvas.rows * tilePixels);
      const isFull = canvas.width >= Math.min(width, tilePixels) || canvas.height >= Math.min(height, tilePixels);
      expect(isFull && canvas.width >= 1 && canvas.height >= 1).toBe(true);
    }),
  );
});
