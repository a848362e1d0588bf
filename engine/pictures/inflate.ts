import { PictureError, unreadable } from './picture.ts';

/** Deflate makes at most 1032 bytes of one, so no more than 17 MB wait to be taken however small the file is. */
const SLICE_BYTES = 16_384;

/**
 * Unpacks a zlib stream with the platform's own decompressor and hands it on piece by piece. Throws what `take` throws, and
 * `PictureError` for a stream that is damaged, cut off or followed by anything.
 */
export async function inflate(packed: Uint8Array, take: (bytes: Uint8Array) => void): Promise<void> {
  const { readable, writable } = new DecompressionStream('deflate');
  const reader: ReadableStreamDefaultReader<Uint8Array> = readable.getReader();
  const writer = writable.getWriter();
  // Where this fails, reading fails too, or reading was given up.
  write(writer, packed).catch(() => undefined);
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error instanceof PictureError ? error : unreadable('the picture is damaged', error);
  }
}

async function write(writer: WritableStreamDefaultWriter<BufferSource>, packed: Uint8Array): Promise<void> {
  for (let at = 0; at < packed.length; at += SLICE_BYTES) {
    await writer.ready;
    await writer.write(packed.slice(at, at + SLICE_BYTES));
  }
  await writer.close();
}
