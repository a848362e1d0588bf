/**
 * What Llama 4's split expression asks of a character. Each character has one kind; the sets of the expression are
 * unions of them: `upper` Lu Lt, `lower` Ll, `letter` Lm Lo, `mark` M, `digit` N, `lineEnd` CR LF, `space` the rest of
 * White_Space (with U+0085, without U+FEFF, as in Oniguruma and Rust; JavaScript's own `\s` differs).
 */
export const kinds = { other: 0, upper: 1, lower: 2, letter: 3, mark: 4, digit: 5, lineEnd: 6, space: 7 } as const;

const patterns: readonly (readonly [kind: number, pattern: RegExp])[] = [
  [kinds.lineEnd, /^[\r\n]$/u],
  [kinds.space, /^\p{White_Space}$/u],
  [kinds.upper, /^[\p{Lu}\p{Lt}]$/u],
  [kinds.lower, /^\p{Ll}$/u],
  [kinds.letter, /^[\p{Lm}\p{Lo}]$/u],
  [kinds.mark, /^\p{M}$/u],
  [kinds.digit, /^\p{N}$/u],
];

const BLOCK_BITS = 8;
const blocks: (Uint8Array | undefined)[] = [];

/** The kind of a code point; a lone surrogate is `other`, as is the U+FFFD that it is encoded as. */
export function kindOf(codePoint: number): number {
  const block = blocks[codePoint >>> BLOCK_BITS] ?? classifyBlock(codePoint >>> BLOCK_BITS);
  return block[codePoint & 0xff]!;
}

/** Blocks are made when they are first met: all of Unicode would take a quarter of a second. */
function classifyBlock(index: number): Uint8Array {
  const block = new Uint8Array(1 << BLOCK_BITS);
  for (let low = 0; low < block.length; low++) {
    const character = String.fromCodePoint((index << BLOCK_BITS) | low);
    block[low] = patterns.find(([, pattern]) => pattern.test(character))?.[0] ?? kinds.other;
  }
  blocks[index] = block;
  return block;
}
