import { unreadable } from './picture.ts';

const CODES_MAX = 4096;

/**
 * Unpacks the indices of a GIF frame. Refuses data that ends before `length` of them and stops there, whatever follows.
 * Source: GIF89a specification, appendix F.
 */
export function decodeLzw(packed: Uint8Array, depth: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  // A code stands for what another one stands for, and one more byte; both are found again in what was unpacked.
  const starts = new Int32Array(CODES_MAX);
  const lengths = new Int32Array(CODES_MAX);
  const restart = 1 << depth;
  const end = restart + 1;
  let next = end + 1;
  let codeBits = depth + 1;
  let previous = -1;
  let filled = 0;
  let bits = 0;
  let bitCount = 0;
  let from = 0;

  while (filled < length) {
    while (bitCount < codeBits) {
      if (from >= packed.length) throw unreadable('the GIF holds less than its header says');
      bits |= packed[from++]! << bitCount;
      bitCount += 8;
    }
    const code = bits & ((1 << codeBits) - 1);
    bits >>>= codeBits;
    bitCount -= codeBits;
    if (code === restart) {
      next = end + 1;
      codeBits = depth + 1;
      previous = -1;
      continue;
    }
    if (code === end) throw unreadable('the GIF holds less than its header says');
    if (code > next || (code === next && (previous < 0 || next >= CODES_MAX))) throw unreadable('the GIF is damaged');

    const at = filled;
    if (code < restart) {
      out[filled++] = code;
    } else {
      const start = code === next ? previous : starts[code]!;
      // The code that is only now being made: the previous one and its own first byte. Copying ahead gives just that.
      const count = Math.min(code === next ? at - previous + 1 : lengths[code]!, length - filled);
      for (let i = 0; i < count; i++) out[filled++] = out[start + i]!;
    }
    if (previous >= 0 && next < CODES_MAX) {
      starts[next] = previous;
      lengths[next] = at - previous + 1;
      next += 1;
      if (next === 1 << codeBits && codeBits < 12) codeBits += 1;
    }
    previous = at;
  }
  return out;
}
