/**
 * Resizes with a triangle filter that widens as the picture shrinks, in whole numbers and with the rounding of PyTorch's
 * `interpolate(mode='bilinear', antialias=True)` for bytes on a CPU. That is what torchvision's `resize` calls for the
 * Llama 4 processor, so the result is the same to the last bit. Source: ATen, `UpSampleKernel.cpp`.
 */
import type { Picture } from './picture.ts';

/** How each sample of one axis is mixed from the old ones. */
interface Axis {
  /** Index of the first old sample, and how many follow, for each new one. */
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** `stride` weights for each new sample, in parts of 2 to the power of `bits`; those beyond its count are not used. */
  readonly weights: Int32Array;
  readonly stride: number;
  readonly bits: number;
}

/** Weights are kept below this, as PyTorch's 16-bit products need. */
const WEIGHT_MAX = 1 << 15;
const BITS_MAX = 22;

/** Sizes are in pixels and at least 1. */
export function resize(picture: Picture, width: number, height: number): Picture {
  if (width === picture.width && height === picture.height) return picture;
  const narrow = width === picture.width ? picture.rgb : resizeRows(picture, width);
  const rgb = height === picture.height ? narrow : resizeColumns(narrow, picture.height, width * 3, height);
  return { width, height, rgb };
}

function resizeRows({ width, height, rgb }: Picture, newWidth: number): Uint8Array {
  const { firsts, counts, weights, stride, bits } = mixAxis(width, newWidth);
  const half = 1 << (bits - 1);
  const out = new Uint8Array(newWidth * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < newWidth; x++) {
      let from = row + firsts[x]! * 3;
      let red = half;
      let green = half;
      let blue = half;
      for (let i = x * stride, end = i + counts[x]!; i < end; i++, from += 3) {
        const weight = weights[i]!;
        red = (red + rgb[from]! * weight) | 0;
        green = (green + rgb[from + 1]! * weight) | 0;
        blue = (blue + rgb[from + 2]! * weight) | 0;
      }
      out[to++] = clamp(red >> bits);
      out[to++] = clamp(green >> bits);
      out[to++] = clamp(blue >> bits);
    }
  }
  return out;
}

/** Each new row is a sum of whole old ones: `rowBytes` is the same before and after. */
function resizeColumns(rgb: Uint8Array, height: number, rowBytes: number, newHeight: number): Uint8Array {
  const { firsts, counts, weights, stride, bits } = mixAxis(height, newHeight);
  const out = new Uint8Array(newHeight * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < newHeight; y++) {
    sums.fill(1 << (bits - 1));
    for (let i = 0; i < counts[y]!; i++) {
      const weight = weights[y * stride + i]!;
      let from = (firsts[y]! + i) * rowBytes;
      for (let x = 0; x < rowBytes; x++) sums[x] = sums[x]! + rgb[from++]! * weight;
    }
    let to = y * rowBytes;
    for (let x = 0; x < rowBytes; x++) out[to++] = clamp(sums[x]! >> bits);
  }
  return out;
}

function mixAxis(size: number, newSize: number): Axis {
  const scale = size / newSize;
  const reach = Math.max(scale, 1);
  const stride = Math.ceil(reach) * 2 + 1;
  const firsts = new Int32Array(newSize);
  const counts = new Int32Array(newSize);
  const exact = new Float64Array(newSize * stride);
  let largest = 0;
  for (let i = 0; i < newSize; i++) {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const count = Math.max(Math.min(Math.trunc(centre + reach + 0.5), size) - first, 0);
    firsts[i] = first;
    counts[i] = Math.min(count, stride);
    let sum = 0;
    for (let j = 0; j < counts[i]!; j++) {
      const distance = Math.abs((j + first - centre + 0.5) * (1 / reach));
      sum += exact[i * stride + j] = Math.max(0, 1 - distance);
    }
    for (let j = i * stride; j < i * stride + counts[i]!; j++) {
      exact[j] = exact[j]! / sum;
      largest = Math.max(largest, exact[j]!);
    }
  }
  // As many bits as the largest weight leaves room for.
  let bits = 0;
  while (bits < BITS_MAX && Math.trunc(0.5 + largest * 2 ** (bits + 1)) < WEIGHT_MAX) bits++;
  return { firsts, counts, stride, bits, weights: Int32Array.from(exact, (weight) => 0.5 + weight * 2 ** bits) };
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
