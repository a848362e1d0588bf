/**
 * A set of token ids as bits: token `t` is bit `t % 32` of word `t / 32`. Bits beyond the vocabulary mean nothing.
 * A mask that a part hands out is its own to reuse: read it before asking that part again.
 */
export type TokenMask = Uint32Array;

export function makeTokenMask(vocabularySize: number): TokenMask {
  return new Uint32Array((vocabularySize + 31) >>> 5);
}

export function isInMask(mask: TokenMask, token: number): boolean {
  return ((mask[token >>> 5]! >>> (token & 31)) & 1) === 1;
}

export function addToMask(mask: TokenMask, token: number): void {
  mask[token >>> 5]! |= 1 << (token & 31);
}

/** The set's token ids, lowest first. */
export function tokensOfMask(mask: TokenMask, vocabularySize: number): readonly number[] {
  return Array.from({ length: vocabularySize }, (_, token) => token).filter((token) => isInMask(mask, token));
}
