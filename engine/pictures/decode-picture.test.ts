import { describe, expect, test } from 'bun:test';
import { Codecs } from './codecs.ts';
import { decodePicture } from './decode-picture.ts';
import golden from './golden/decoded.json' with { type: 'json' };
import { PICTURE_LIMITS } from './picture.ts';
import { readDimensions } from './read-dimensions.ts';
import { readInstalledCodec } from './read-installed-codec.ts';

const codecs = new Codecs(readInstalledCodec);
const decode = (bytes: Uint8Array) => decodePicture(bytes, PICTURE_LIMITS, codecs);

describe('the pixels are those that transformers makes of the same file', () => {
  test.each(golden.map((entry) => [entry.name, entry] as const))('%s', async (_, entry) => {
    const file = Uint8Array.fromBase64(entry.file);
    const { width, height, rgb } = await decode(file);
    expect(readDimensions(file)).toEqual({ width, height });
    expect([width, height, [...rgb.subarray(0, 3)]]).toEqual([entry.width, entry.height, entry.first]);
    expect(new Bun.CryptoHasher('sha256').update(rgb).digest('hex')).toBe(entry.sha256);
  });
});
