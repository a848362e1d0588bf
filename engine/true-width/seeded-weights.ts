/**
 * Weights made from a hash of their tensor's name, the same as in make_true_width.py, so that a layer of billions of them
 * need not be kept. Stored as in a GGUF file, and made anew whenever their bytes are asked for.
 */
import { type Tensor, type TensorType, tensorBytes, tensorTypes } from '../files/model-file.ts';

const { block: BLOCK, blockBytes: BLOCK_BYTES } = tensorTypes.Q8_0;

/** Q8_0 whose scales are between 2^exponent and twice that. */
export function quantised(name: string, shape: readonly number[], exponent: number): Tensor {
  return new SeededTensor({ name, type: 'Q8_0', shape }, (bytes) => {
    const view = new DataView(bytes.buffer);
    const words = seedOf(name);
    const scales = seedOf(`${name}:scales`);
    // The exponent of a 16-bit float stands above its ten bits of fraction.
    const half = (exponent + 15) << 10;
    for (let at = 0, block = 0; at < bytes.length; at += BLOCK_BYTES, block++) {
      view.setUint16(at, half | (mixed((block + scales) | 0) & 1023), true);
      const first = block * (BLOCK / 4);
      for (let word = 0; word < BLOCK / 4; word++)
        view.setUint32(at + 2 + word * 4, mixed((first + word + words) | 0), true);
    }
  });
}

/** Floats: whole numbers of 8 bits times 2^exponent, plus an offset. */
export function plain(name: string, shape: readonly number[], exponent: number, offset = 0): Tensor {
  return new SeededTensor({ name, type: 'F32', shape }, (bytes) => {
    const floats = new Float32Array(bytes.buffer);
    const numbers = bytesOf(name, floats.length);
    for (let i = 0; i < floats.length; i++) floats[i] = numbers[i]! * 2 ** exponent + offset;
  });
}

export function bytesOf(name: string, count: number): Int8Array {
  const seed = seedOf(name);
  const words = Uint32Array.from({ length: Math.ceil(count / 4) }, (_, word) => mixed((word + seed) | 0));
  return new Int8Array(words.buffer, 0, count);
}

class SeededTensor implements Tensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly #fill: (bytes: Uint8Array<ArrayBuffer>) => void;

  constructor({ name, type, shape }: Omit<Tensor, 'bytes'>, fill: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.name = name;
    this.type = type;
    this.shape = shape;
    this.#fill = fill;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(tensorBytes(this.name, this.type, this.shape));
    this.#fill(bytes);
    return bytes;
  }
}

/** Every bit of the result depends on every bit of the number. */
function mixed(number: number): number {
  let x = number;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a. */
function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed;
}
