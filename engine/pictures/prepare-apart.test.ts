import { expect, test } from 'bun:test';
import { drawPng } from '../test-engine.ts';
import { Codecs } from './codecs.ts';
import { PICTURE_LIMITS, PictureError } from './picture.ts';
import { prepareApart } from './prepare-apart.ts';
import { type Preparation, preparePicture } from './prepare-picture.ts';
import { readInstalledCodec } from './read-installed-codec.ts';

const preparation: Preparation = {
  limits: PICTURE_LIMITS,
  rule: { tilePixels: 64, tilesMax: 4 },
  normalisation: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
};
const codecs = new Codecs(readInstalledCodec);

test('a picture has the same tiles wherever it is prepared', async () => {
  for (const size of [64, 900]) {
    const png = drawPng(size, [214, 40, 40], [20, 20, 20]);
    const jpeg = await new Bun.Image(png).jpeg().bytes();
    for (const bytes of [png, jpeg]) {
      expect(await prepareApart(bytes, preparation, codecs)).toEqual(await preparePicture(bytes, preparation, codecs));
    }
  }
});

test('while a large one is prepared, others have their turn', async () => {
  const png = drawPng(3000, [214, 40, 40], [20, 20, 20]);
  let isReady = false;
  let turns = 0;
  const prepared = prepareApart(png, preparation, codecs).finally(() => {
    isReady = true;
  });
  while (!isReady) {
    await new Promise(setImmediate);
    turns++;
  }
  await prepared;
  expect(turns).toBeGreaterThan(20);
});

test('a damaged or too large one is refused in the same words', async () => {
  const damaged = Buffer.from(drawPng(900, [214, 40, 40], [20, 20, 20]));
  damaged.fill(0xff, 45, 60);
  const large = drawPng(900, [214, 40, 40], [20, 20, 20]);
  const limits = { ...PICTURE_LIMITS, pixelsMax: 500_000 };
  const cases = [
    [damaged, preparation],
    [large, { ...preparation, limits }],
    [Buffer.from('BM'), preparation],
  ] as const;
  for (const [bytes, asked] of cases) {
    const refusal = (prepare: typeof prepareApart) =>
      prepare(bytes, asked, codecs).then(
        () => 'prepared',
        (error: unknown) => error instanceof PictureError && `${error.code}: ${error.message}`,
      );
    expect(await refusal(prepareApart)).toBe(await refusal(preparePicture));
    expect(await refusal(prepareApart)).toStartWith('picture_');
  }
});
