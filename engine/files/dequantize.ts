/** Weights of all stored types as 32-bit floats. Layouts are GGUF's, whose reference is the `gguf` package of Python. */
import { countOf, type Tensor, tensorTypes } from './model-file.ts';

/** A K-quant block has 256 weights in groups that have a scale of their own. */
const K_BLOCK = 256;

type Widen = (bytes: Uint8Array, into: Float32Array) => void;

const wideners: Readonly<Record<Tensor['type'], Widen>> = {
  F32: widenF32,
  F16: widenF16,
  BF16: widenBf16,
  Q8_0: widenQ8,
  Q4_K: widenQ4K,
  Q6_K: widenQ6K,
};

export function toFloats(tensor: Tensor): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(countOf(tensor.shape));
  wideners[tensor.type](tensor.bytes, floats);
  return floats;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function widenF32(bytes: Uint8Array, into: Float32Array): void {
  if (isLittleEndian) {
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(bytes.subarray(0, into.byteLength));
    return;
  }
  const view = viewOf(bytes);
  for (let i = 0; i < into.length; i++) into[i] = view.getFloat32(i * 4, true);
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function widenF16(bytes: Uint8Array, into: Float32Array): void {
  const view = viewOf(bytes);
  for (let i = 0; i < into.length; i++) into[i] = view.getFloat16(i * 2, true);
}

/** The upper half of a float. */
function widenBf16(bytes: Uint8Array, into: Float32Array): void {
  const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i]! << 16) | (bytes[2 * i + 1]! << 24);
}

/** A scale, then 32 integers. */
function widenQ8(bytes: Uint8Array, into: Float32Array): void {
  const { block, blockBytes } = tensorTypes.Q8_0;
  const view = viewOf(bytes);
  for (let start = 0, at = 0; start < into.length; start += block, at += blockBytes) {
    const scale = view.getFloat16(at, true);
    for (let i = 0; i < block; i++) into[start + i] = view.getInt8(at + 2 + i) * scale;
  }
}

/**
 * Two 16-bit floats, scale and offset of the block; 12 bytes with a 6-bit scale and a 6-bit offset for each of eight
 * groups of 32; 128 bytes of 4-bit weights, where a run of 32 bytes has one group in its low halves, the next in its high.
 */
function widenQ4K(bytes: Uint8Array, into: Float32Array): void {
  const view = viewOf(bytes);
  for (let start = 0, at = 0; start < into.length; start += K_BLOCK, at += tensorTypes.Q4_K.blockBytes) {
    const scale = view.getFloat16(at, true);
    const offset = view.getFloat16(at + 2, true);
    for (let group = 0; group < 8; group++) {
      const [groupScale, groupOffset] = readPair(bytes, at + 4, group);
      const by = Math.fround(scale * groupScale);
      const minus = Math.fround(offset * groupOffset);
      const from = at + 16 + (group >> 1) * 32;
      const shift = (group & 1) * 4;
      const to = start + group * 32;
      for (let i = 0; i < 32; i++) into[to + i] = Math.fround(by * ((bytes[from + i]! >> shift) & 15)) - minus;
    }
  }
}

/** Groups 0 to 3 have their six bits in one byte each; 4 to 7 have four bits in the last bytes, two atop the first ones. */
function readPair(bytes: Uint8Array, at: number, group: number): readonly [scale: number, offset: number] {
  if (group < 4) return [bytes[at + group]! & 63, bytes[at + group + 4]! & 63];
  const low = bytes[at + group + 4]!;
  return [(low & 15) | ((bytes[at + group - 4]! >> 6) << 4), (low >> 4) | ((bytes[at + group]! >> 6) << 4)];
}

/**
 * 128 bytes with the low four bits, 64 with the high two, a signed 8-bit scale for each group of 16, and a 16-bit float
 * that scales those. Weights are stored 32 too high. Half a block, 128 weights, is four runs of 32 in bit order.
 */
function widenQ6K(bytes: Uint8Array, into: Float32Array): void {
  const view = viewOf(bytes);
  for (let start = 0, at = 0; start < into.length; start += K_BLOCK, at += tensorTypes.Q6_K.blockBytes) {
    const scale = view.getFloat16(at + 208, true);
    for (let i = 0; i < K_BLOCK; i++) {
      const half = i >> 7;
      const run = (i >> 5) & 3;
      const low = bytes[at + half * 64 + (run & 1) * 32 + (i & 31)]! >> ((run >> 1) * 4);
      const high = bytes[at + 128 + half * 32 + (i & 31)]! >> (run * 2);
      const by = Math.fround(scale * view.getInt8(at + 192 + (i >> 4)));
      into[start + i] = by * (((low & 15) | ((high & 3) << 4)) - 32);
    }
  }
}
