import { expect, test } from 'bun:test';
import { inflateSync } from 'node:zlib';
import { COLOURS, Picture } from './draw-picture.ts';

test('a PNG holds the size and the pixels that were drawn', () => {
  const png = new Picture(3, 2, COLOURS.white).rectangle(1, 0, 1, 1, COLOURS.red).png();
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([3, 2, 8, 2]);
  const length = png.readUInt32BE(33);
  expect(png.subarray(37, 41).toString('latin1')).toBe('IDAT');
  const [white, red] = [COLOURS.white, COLOURS.red];
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([
    0,
    ...white,
    ...red,
    ...white,
    0,
    ...white,
    ...white,
    ...white,
  ]);
});

test('what lies outside the picture is cut off', () => {
  const picture = new Picture(2, 2, COLOURS.white)
    .rectangle(-5, -5, 6, 6, COLOURS.red)
    .disc(9, 9, 3, COLOURS.blue)
    .text(-100, 0, 1, 'A');
  expect([...picture.pixels]).toEqual([...COLOURS.red, ...COLOURS.white, ...COLOURS.white, ...COLOURS.white]);
});

test('a checksum guards each part, and a decoder that is not ours can open it', async () => {
  const picture = new Picture(336, 336, COLOURS.white).text(18, 100, 10, 'MAPLE').disc(200, 250, 40, COLOURS.green);
  const png = picture.png();
  const zlib = await import('node:zlib');
  expect(png.readUInt32BE(29)).toBe(zlib.crc32(png.subarray(12, 29)));
  expect(png.length).toBeLessThan(4_000);
  expect(picture.dataUrl()).toStartWith('data:image/png;base64,iVBORw0KGgo');
});
