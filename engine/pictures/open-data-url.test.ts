import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { openDataUrl } from './open-data-url.ts';
import { PICTURE_LIMITS, PictureError } from './picture.ts';

const open = (url: string, bytesMax = 1000) => openDataUrl(url, { ...PICTURE_LIMITS, bytesMax });

test('the bytes of any picture come back', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 90 }),
      fc.constantFrom('png', 'jpeg', 'jpg', 'webp', 'gif'),
      (bytes, type) => {
        expect(open(`data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`)).toEqual(
          new Uint8Array(bytes),
        );
      },
    ),
  );
});

describe('refused is', () => {
  const png = 'data:image/png;base64,';
  test.each([
    ['an address', 'https://example.com/a.png', 'picture_unsupported'],
    ['an SVG', 'data:image/svg+xml;base64,PHN2Zz4=', 'picture_unsupported'],
    ['a parameter', 'data:image/png;charset=utf-8;base64,AAAA', 'picture_unsupported'],
    ['plain text', 'data:image/png,AAAA', 'picture_unsupported'],
    ['nothing', png, 'picture_unreadable'],
    ['a missing padding', `${png}AA`, 'picture_unreadable'],
    ['too much padding', `${png}A===`, 'picture_unreadable'],
    ['padding in the middle', `${png}AA==AAAA`, 'picture_unreadable'],
    ['a line break', `${png}AAAA\nAAA`, 'picture_unreadable'],
    ['the alphabet of URLs', `${png}AA-_`, 'picture_unreadable'],
    ['a letter beyond ASCII', `${png}AAAé`, 'picture_unreadable'],
    ['a letter whose low byte is one of the alphabet', `${png}AAA\u0141`, 'picture_unreadable'],
    ['bits beyond the last byte', `${png}AAB=`, 'picture_unreadable'],
    ['bits beyond the only byte', `${png}AB==`, 'picture_unreadable'],
    ['more than the limit', `${png}${'A'.repeat(1340)}`, 'picture_too_large'],
  ])('%s', (_, url, code) => {
    expect(() => open(url)).toThrow(PictureError);
    expect(() => open(url)).toThrow(expect.objectContaining({ code }));
  });
});
