/**
 * A sample laid over white, with the very rounding of PIL's `alpha_composite`, which is what the Llama 4 processor of
 * transformers calls. Both are bytes.
 */
export function overWhite(sample: number, alpha: number): number {
  const sum = (sample * alpha + 255 * (255 - alpha) + 128) << 7;
  return ((sum >> 8) + sum) >> 15;
}

/** Drops the fourth byte of each pixel after laying the other three over white. */
export function rgbOverWhite(rgba: Uint8Array, pixels: number): Uint8Array {
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    if (alpha === 255) {
      rgb[to] = rgba[from]!;
      rgb[to + 1] = rgba[from + 1]!;
      rgb[to + 2] = rgba[from + 2]!;
    } else {
      rgb[to] = overWhite(rgba[from]!, alpha);
      rgb[to + 1] = overWhite(rgba[from + 1]!, alpha);
      rgb[to + 2] = overWhite(rgba[from + 2]!, alpha);
    }
  }
  return rgb;
}
