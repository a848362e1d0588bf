import { expect, test } from 'bun:test';
import { readOrientation, turnUpright } from './orientation.ts';
import type { Orientation } from './picture.ts';

/** An EXIF block of one entry, in the byte order of `II` (little end first) or `MM`. */
function exif(order: 'II' | 'MM', value: number, type = 3, tag = 0x0112): Uint8Array {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  const isLittle = order === 'II';
  bytes.set(new TextEncoder().encode(order));
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 1, isLittle);
  view.setUint16(10, tag, isLittle);
  view.setUint16(12, type, isLittle);
  view.setUint32(14, 1, isLittle);
  view.setUint16(18, value, isLittle);
  return bytes;
}

test('the orientation is read in both byte orders', () => {
  for (const order of ['II', 'MM'] as const) {
    for (let value = 1; value <= 8; value++) expect(readOrientation(exif(order, value))).toBe(value as Orientation);
  }
});

test('what is no orientation reads as upright', () => {
  expect(readOrientation(new Uint8Array())).toBe(1);
  for (const value of [0, 9, 65_535]) expect(readOrientation(exif('II', value))).toBe(1);
  expect(readOrientation(exif('MM', 6, 4))).toBe(1);
  expect(readOrientation(exif('MM', 6, 3, 0x0110))).toBe(1);
  for (let length = 0; length < 20; length++) expect(readOrientation(exif('II', 6).subarray(0, length))).toBe(1);
});

test('each orientation shows the letter L upright', () => {
  const upright = ['X.', 'X.', 'XX'];
  const stored: Readonly<Record<Orientation, readonly string[]>> = {
    1: upright,
    2: ['.X', '.X', 'XX'],
    3: ['XX', '.X', '.X'],
    4: ['XX', 'X.', 'X.'],
    5: ['XXX', '..X'],
    6: ['..X', 'XXX'],
    7: ['X..', 'XXX'],
    8: ['XXX', 'X..'],
  };
  for (const [name, rows] of Object.entries(stored)) {
    const rgb = Uint8Array.from([...rows.join('')].flatMap((dot) => Array(3).fill(dot.charCodeAt(0))));
    const picture = { width: rows[0]!.length, height: rows.length, rgb };
    const turned = turnUpright(picture, Number(name) as Orientation);
    const shown = String.fromCharCode(...turned.rgb.filter((_, i) => i % 3 === 0));
    expect([name, turned.width, turned.height, shown]).toEqual([name, 2, 3, upright.join('')]);
  }
});
