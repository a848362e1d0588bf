/**
 * The alphabet in which byte-level vocabularies are written down: each byte is one visible letter. Printable Latin-1
 * bytes stand for themselves; the other 68 are, in order, U+0100 and up, so that a space is `Ġ`. GPT-2 began it.
 */
const isPrintable = (byte: number) => (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);

const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !isPrintable(byte));

const bytes = new Int16Array(0x100 + others.length).fill(-1);
for (let byte = 0; byte < 256; byte++) bytes[isPrintable(byte) ? byte : 0x100 + others.indexOf(byte)] = byte;

/** The byte that a letter (a UTF-16 code unit) stands for, or -1. */
export function byteOfLetter(letter: number): number {
  return bytes[letter] ?? -1;
}
