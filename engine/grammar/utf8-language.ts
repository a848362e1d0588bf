/** The bytes of a character that are still to come, so that nothing but UTF-8 is ever written. */
import type { Language, Languages } from './language.ts';

export interface CharacterRange {
  /** Characters that the bytes so far can become. */
  readonly from: number;
  readonly to: number;
  /** Bytes to come. */
  readonly left: number;
}

/** What may follow the first byte of a character of several; undefined for other bytes. */
export function rangeAfter(byte: number): CharacterRange | undefined {
  if (byte >= 0xc2 && byte <= 0xdf) return { from: (byte & 0x1f) << 6, to: ((byte & 0x1f) << 6) | 0x3f, left: 1 };
  if (byte >= 0xe0 && byte <= 0xef) {
    const from = (byte & 0x0f) << 12;
    // Shorter spellings of the same character, and surrogates, are no UTF-8.
    return { from: Math.max(from, 0x800), to: byte === 0xed ? 0xd7ff : from | 0xfff, left: 2 };
  }
  if (byte < 0xf0 || byte > 0xf4) return undefined;
  const from = (byte & 0x07) << 18;
  return { from: Math.max(from, 0x10000), to: Math.min(from | 0x3ffff, 0x10ffff), left: 3 };
}

/** The bytes to come, whichever of the characters they make. The range begins and ends as `rangeAfter` cuts it. */
export function continuations(languages: Languages, { from, to, left }: CharacterRange): Language {
  const shift = 6 * (left - 1);
  const first = languages.byteWithin(0x80 | ((from >> shift) & 0x3f), 0x80 | ((to >> shift) & 0x3f));
  return languages.sequence(first, ...Array<Language>(left - 1).fill(languages.byteWithin(0x80, 0xbf)));
}
