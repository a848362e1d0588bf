import { describe, expect, test } from 'bun:test';
import { deflateSync } from 'node:zlib';
import { Codecs } from './codecs.ts';
import { crc32 } from './crc32.ts';
import { decodePicture } from './decode-picture.ts';
import golden from './golden/decoded.json' with { type: 'json' };
import { PICTURE_LIMITS, PictureError, type PictureErrorCode } from './picture.ts';
import { readDimensions } from './read-dimensions.ts';
import { readInstalledCodec } from './read-installed-codec.ts';

const codecs = new Codecs(readInstalledCodec);
const samples = new Map(golden.map((entry) => [entry.name, Uint8Array.fromBase64(entry.file)]));
const sample = (name: string) => samples.get(name)!.slice();
const text = (content: string) => new TextEncoder().encode(content);

async function refuse(bytes: Uint8Array, limits = PICTURE_LIMITS): Promise<PictureErrorCode | string> {
  const startMs = performance.now();
  const error = await decodePicture(bytes, limits, codecs).then(
    (picture) => `accepted ${picture.width} × ${picture.height}`,
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - startMs).toBeLessThan(1000);
  return error instanceof PictureError ? error.code : String(error);
}

/** A PNG of one chunk of data, with checksums that fit. */
function png(width: number, height: number, data: Uint8Array): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2], 8);
  const chunks = [chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array())];
  return new Uint8Array(Buffer.concat([sample('png-1x1-interlaced').subarray(0, 8), ...chunks]));
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  bytes.set(text(name), 4);
  bytes.set(data, 8);
  new DataView(bytes.buffer).setUint32(0, data.length);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)));
  return bytes;
}

const rowsOf = (width: number, height: number) => deflateSync(new Uint8Array((width * 3 + 1) * height));

describe('what is no picture is refused by its first bytes', () => {
  test.each([
    ['nothing', '', 'picture_unreadable'],
    ['one byte', 'P', 'picture_unsupported'],
    ['words', 'a picture of a cat', 'picture_unsupported'],
    ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 'picture_unsupported'],
    ['a web page', '<!doctype html><title>404</title>', 'picture_unsupported'],
    ['a PDF', '%PDF-1.7', 'picture_unsupported'],
    ['only the mark of a GIF', 'GIF89a', 'picture_unreadable'],
    ['only the mark of a WebP', 'RIFF\x04\0\0\0WEBP', 'picture_unreadable'],
  ])('%s', async (_, content, code) => {
    expect(await refuse(text(content))).toBe(code);
  });

  test('a format that is known and not decoded is named', () => {
    const heic = text('\0\0\0\x18ftypheic\0\0\0\0');
    expect(() => readDimensions(heic)).toThrow('a picture must be a PNG, JPEG, WebP or GIF, and this is a HEIC');
  });
});

describe('what is larger than the limits is refused by its header', () => {
  const wide = (name: string, ...edits: readonly (readonly [at: number, bytes: readonly number[]])[]) => {
    const bytes = sample(name);
    for (const [at, value] of edits) bytes.set(value, at);
    return bytes;
  };
  const frameOf = (bytes: Uint8Array) => bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);

  test('a PNG of 3.6 gigapixels', async () => {
    expect(await refuse(png(60_000, 60_000, rowsOf(1, 1)))).toBe('picture_too_large');
  });
  test('a JPEG of 65,000 pixels a side', async () => {
    const at = frameOf(sample('jpeg-420')) + 5;
    expect(await refuse(wide('jpeg-420', [at, [0xfd, 0xe8, 0xfd, 0xe8]]))).toBe('picture_too_large');
  });
  test('a WebP of 16,384 pixels a side', async () => {
    expect(await refuse(wide('webp-lossless', [21, [0xff, 0xff, 0xff, 0x0f]]))).toBe('picture_too_large');
  });
  test('a GIF of 65,535 pixels a side, be it the screen or the frame', async () => {
    expect(await refuse(wide('gif-corner', [6, [255, 255, 255, 255]]))).toBe('picture_too_large');
    const frame = sample('gif-corner').findIndex((byte, i, all) => byte === 0x2c && all[i + 1] === 3);
    expect(await refuse(wide('gif-corner', [frame + 5, [255, 255, 255, 255]]))).toBe('picture_too_large');
  });
  test('more bytes, pixels or length than the caller allows, and not one less', async () => {
    const bytes = sample('jpeg-420');
    const limits = { bytesMax: bytes.length, sideMax: 29, pixelsMax: 29 * 21 };
    expect(await refuse(bytes, limits)).toBe('accepted 29 × 21');
    for (const name of ['bytesMax', 'sideMax', 'pixelsMax'] as const) {
      expect(await refuse(bytes, { ...limits, [name]: limits[name] - 1 })).toBe('picture_too_large');
    }
  });
  test('a PNG of 16 bits and four channels, of which a pixel counts as two', async () => {
    const bytes = sample('png-colour-alpha-16');
    expect(await refuse(bytes, { ...PICTURE_LIMITS, pixelsMax: 13 * 9 * 2 })).toBe('accepted 13 × 9');
    expect(await refuse(bytes, { ...PICTURE_LIMITS, pixelsMax: 13 * 9 * 2 - 1 })).toBe('picture_too_large');
  });
});

describe('what its header does not promise is refused', () => {
  test('a PNG that unpacks to 200 MB where 30 kB are due', async () => {
    const before = process.memoryUsage().rss;
    expect(await refuse(png(100, 100, rowsOf(8000, 8000)))).toBe('picture_unreadable');
    expect(process.memoryUsage().rss - before).toBeLessThan(400_000_000);
  });
  test('a PNG of one row too few or too many', async () => {
    expect(await refuse(png(9, 9, rowsOf(9, 9)))).toBe('accepted 9 × 9');
    expect(await refuse(png(9, 9, rowsOf(9, 8)))).toBe('picture_unreadable');
    expect(await refuse(png(9, 9, rowsOf(9, 10)))).toBe('picture_unreadable');
  });
  test('a PNG whose data is followed by more', async () => {
    expect(await refuse(png(9, 9, Buffer.concat([rowsOf(9, 9), text('more')])))).toBe('picture_unreadable');
  });
  test('a PNG without a pixel', async () => {
    expect(await refuse(png(0, 9, rowsOf(0, 9)))).toBe('picture_unreadable');
  });
  test('a PNG of a million pieces', async () => {
    const pieces = Array.from({ length: 1_000_000 }, () => chunk('IDAT', new Uint8Array()));
    const one = png(9, 9, rowsOf(9, 9));
    expect(await refuse(new Uint8Array(Buffer.concat([one.subarray(0, 33), ...pieces, one.subarray(33)])))).toBe(
      'accepted 9 × 9',
    );
  });
  test('a WebP whose frame is of another size, or hangs over', async () => {
    const still = sample('webp-lossy-clear');
    still[24]! += 1;
    expect(await refuse(still)).toBe('picture_unreadable');
    const moving = sample('webp-moving');
    const frame = moving.findIndex((byte, i) => byte === 0x41 && moving[i + 1] === 0x4e && moving[i + 2] === 0x4d);
    moving.fill(200, frame + 8, frame + 14);
    expect(await refuse(moving)).toBe('picture_unreadable');
  });
  test('a JPEG of more scans than any encoder writes', async () => {
    const bytes = sample('jpeg-progressive');
    const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
    const scans = Array.from({ length: 100_000 }, () => bytes.subarray(scan, scan + 14));
    const many = new Uint8Array(Buffer.concat([bytes.subarray(0, scan), ...scans, bytes.subarray(scan)]));
    expect(await refuse(many)).toBe('picture_unsupported');
  });
  test('a lossless JPEG and one of 12 bits', async () => {
    const bytes = sample('jpeg-420');
    const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
    const edited = (at: number, byte: number) => bytes.with(frame + at, byte);
    expect(await refuse(edited(1, 0xc3))).toBe('picture_unsupported');
    expect(await refuse(edited(4, 12))).toBe('picture_unsupported');
  });
});

describe('what is cut off is refused, wherever it is cut', () => {
  // What follows the data of a GIF's first frame does not matter to it.
  test.each([
    ['png-colour-8', 0],
    ['png-palette-4-clear', 0],
    ['jpeg-420', 0],
    ['jpeg-progressive', 0],
    ['webp-lossy-clear', 0],
    ['webp-lossless', 0],
    ['gif-plain', 1],
  ])('%s', async (name, spare) => {
    const bytes = sample(name);
    for (let length = 0; length < bytes.length - spare; length++) {
      const code = await refuse(bytes.subarray(0, length));
      if (length > 12) expect(`${length}: ${code}`).toBe(`${length}: picture_unreadable`);
      else expect(code).toStartWith('picture_un');
    }
  });
});

describe('a codec', () => {
  test('that gave up leaves the next picture as it is', async () => {
    const broken = sample('jpeg-420').fill(0xc4, 200, 260);
    const good = golden.find((entry) => entry.name === 'jpeg-420')!;
    for (let i = 0; i < 3; i++) {
      await decodePicture(broken, PICTURE_LIMITS, codecs).catch(() => undefined);
      const { rgb } = await decodePicture(sample('jpeg-420'), PICTURE_LIMITS, codecs);
      expect(new Bun.CryptoHasher('sha256').update(rgb).digest('hex')).toBe(good.sha256);
    }
  });
  test('is read once, when the first picture needs it, and again after it could not be read', async () => {
    const reads: string[] = [];
    const late = new Codecs(async (codec) => {
      reads.push(codec);
      if (reads.length === 1) throw new Error('the disk is away');
      return await readInstalledCodec(codec);
    });
    const decode = (name: string) => decodePicture(sample(name), PICTURE_LIMITS, late);
    await decode('png-colour-8');
    await decode('gif-plain');
    expect(reads).toEqual([]);
    await expect(decode('webp-lossy')).rejects.toThrow('the disk is away');
    await Promise.all([decode('webp-lossy'), decode('webp-lossless')]);
    expect(reads).toEqual(['webp', 'webp']);
  });
});

describe('a file that chance has changed', () => {
  const limits = { bytesMax: 1_000_000, pixelsMax: 1_000_000, sideMax: 5000 };
  const names = [...samples.keys()];

  test('is decoded or refused, and soon', async () => {
    for (let seed = 0; seed < 500; seed++) expect(`${seed}: ${await outcomeOf(seed)}`).toBe(`${seed}: sound`);
  });

  async function outcomeOf(seed: number): Promise<string> {
    const random = randomFrom(seed);
    const bytes = mutate(sample(names[random(names.length)]!), random);
    const startMs = performance.now();
    const outcome = await decodePicture(seed % 2 === 0 ? bytes : signChunks(bytes), limits, codecs).then(
      ({ width, height, rgb }) => (rgb.length === width * height * 3 ? 'sound' : 'of a wrong size'),
      (error: unknown) => (error instanceof PictureError ? 'sound' : String(error)),
    );
    return performance.now() - startMs < 1000 ? outcome : 'slow';
  }

  function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
    let changed = bytes;
    for (let i = 0; i <= random(6); i++) {
      const at = random(changed.length);
      const kind = random(8);
      if (kind === 0) changed = changed.slice(0, at + 1);
      else if (kind === 1) changed = new Uint8Array([...changed.slice(0, at), ...changed.slice(at >> 1)]);
      else changed = changed.map((byte, j) => (j >= at && j < at + kind ? random(256) : byte));
    }
    return changed;
  }

  /** Makes a changed PNG's checksums fit again, so that the change gets past them. */
  function signChunks(bytes: Uint8Array): Uint8Array {
    if (bytes[1] !== 0x50 || bytes[2] !== 0x4e) return bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 8; at + 12 <= bytes.length; ) {
      const end = at + 12 + view.getUint32(at);
      if (end > bytes.length) break;
      view.setUint32(end - 4, crc32(bytes.subarray(at + 4, end - 4)));
      at = end;
    }
    return bytes;
  }

  function randomFrom(seed: number): (below: number) => number {
    let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    return (below) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % below;
    };
  }
});
