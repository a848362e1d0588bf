import { unreadable } from './picture.ts';

/**
 * Undoes the filter of one PNG row in place. Byte 0 of `row` names the filter; `above` is the unfiltered row before it,
 * or zeros. Both hold `length` bytes. Source: PNG specification, section 9.
 */
export function unfilter(row: Uint8Array, above: Uint8Array, length: number, pixelBytes: number): void {
  const filter = row[0];
  const second = Math.min(1 + pixelBytes, length);
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = second; i < length; i++) row[i] = row[i]! + row[i - pixelBytes]!;
      return;
    case 2:
      for (let i = 1; i < length; i++) row[i] = row[i]! + above[i]!;
      return;
    case 3:
      for (let i = 1; i < second; i++) row[i] = row[i]! + (above[i]! >> 1);
      for (let i = second; i < length; i++) row[i] = row[i]! + ((row[i - pixelBytes]! + above[i]!) >> 1);
      return;
    case 4:
      for (let i = 1; i < second; i++) row[i] = row[i]! + above[i]!;
      for (let i = second; i < length; i++) {
        row[i] = row[i]! + nearest(row[i - pixelBytes]!, above[i]!, above[i - pixelBytes]!);
      }
      return;
    default:
      throw unreadable('the PNG is damaged');
  }
}

/** Paeth's predictor: whichever of left, above and corner is nearest to left + above - corner. */
function nearest(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
