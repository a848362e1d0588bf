import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { readStream } from './read-stream.ts';

const WHOLE = ': waiting\n\ndata: {"n":1}\n\ndata: {"n":"é😀"}\n\ndata: [DONE]\n\ndata: {"n":3}\n\n';

async function read(pieces: readonly Uint8Array[]) {
  const frames: unknown[] = [];
  let count = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const isWhole = await readStream(new Response(body), {
    onFrame: (frame) => frames.push(frame),
    onPiece: () => count++,
  });
  return { frames, isWhole, count };
}

test('an answer is the same however its bytes are cut, and ends with its own end', async () => {
  const bytes = new TextEncoder().encode(WHOLE);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, index) => bytes.slice(places[index], place));
      const { frames, isWhole } = await read(pieces);
      expect([frames, isWhole]).toEqual([[{ n: 1 }, { n: 'é😀' }], true]);
    }),
  );
});

test('an answer that breaks off is never whole', async () => {
  const bytes = new TextEncoder().encode(WHOLE);
  const end = WHOLE.indexOf('[DONE]');
  for (let length = 0; length < end; length += 3) expect((await read([bytes.slice(0, length)])).isWhole).toBe(false);
});

test('a frame that is no JSON is told as such, and an answer without a body is none', async () => {
  expect(await read([new TextEncoder().encode('data: <html>\n\n')])).toMatchObject({ frames: [undefined], count: 1 });
  expect(await readStream(new Response(null), { onFrame: () => undefined })).toBe(false);
});
