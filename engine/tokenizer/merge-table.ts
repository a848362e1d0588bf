/** Which two neighbouring tokens become one, and which such pair goes first. */
import { byteOfLetter } from './byte-letters.ts';
import { addToHash, FIRST_HASH, spread, type TokenBytes, tableSize } from './token-bytes.ts';
import { TokenizerError } from './tokenizer-error.ts';

const MERGES_MAX = 1 << 21;
const PROBES_MAX = 512;
const SPACE = 0x20;

export class MergeTable {
  /** Three numbers for each place: left token, right token, rank; the rank is -1 where free. */
  readonly #slots: Int32Array;
  /** The token that a merge gives, by rank. */
  readonly merged: Int32Array;

  /**
   * Each merge is `left right` in byte letters; its place in the list is its rank. Throws `bad-merge` where a part or
   * the whole is not a normal token, `too-large`.
   */
  constructor(merges: readonly string[], tokens: TokenBytes) {
    if (merges.length > MERGES_MAX) throw new TokenizerError('too-large', `more than ${MERGES_MAX} merges`);
    this.#slots = new Int32Array(tableSize(merges.length) * 3).fill(-1);
    this.merged = new Int32Array(merges.length);
    const scratch = new Uint8Array(tokens.bytesMax * 2);
    for (let rank = 0; rank < merges.length; rank++) this.#read(merges[rank]!, rank, { tokens, scratch });
  }

  /** The rank of a pair, lowest first, or -1 when the two do not become one. */
  rankOf(left: number, right: number): number {
    const slots = this.#slots;
    const size = slots.length / 3;
    for (let slot = hashPair(left, right) & (size - 1); ; slot = (slot + 1) & (size - 1)) {
      const rank = slots[slot * 3 + 2]!;
      if (rank < 0 || (slots[slot * 3] === left && slots[slot * 3 + 1] === right)) return rank;
    }
  }

  #read(merge: string, rank: number, { tokens, scratch }: { tokens: TokenBytes; scratch: Uint8Array }): void {
    if (merge.length > scratch.length + 1) throw badMerge(merge, rank);
    let part = FIRST_HASH;
    let whole = FIRST_HASH;
    let left = -1;
    let leftEnd = -1;
    let end = 0;
    for (let at = 0; at < merge.length; at++) {
      const letter = merge.charCodeAt(at);
      if (letter === SPACE && leftEnd < 0) {
        left = tokens.find(scratch, 0, end, part);
        leftEnd = end;
        part = FIRST_HASH;
        continue;
      }
      const byte = byteOfLetter(letter);
      if (byte < 0) throw badMerge(merge, rank);
      scratch[end++] = byte;
      part = addToHash(part, byte);
      whole = addToHash(whole, byte);
    }
    const right = leftEnd < 0 ? -1 : tokens.find(scratch, leftEnd, end, part);
    const merged = tokens.find(scratch, 0, end, whole);
    if (left < 0 || right < 0 || merged < 0) throw badMerge(merge, rank);
    this.merged[rank] = merged;
    if (!this.#add(left, right, rank)) throw badMerge(merge, rank);
  }

  #add(left: number, right: number, rank: number): boolean {
    const slots = this.#slots;
    const mask = slots.length / 3 - 1;
    let slot = hashPair(left, right) & mask;
    for (let probes = 0; slots[slot * 3 + 2]! >= 0; probes++) {
      if (slots[slot * 3] === left && slots[slot * 3 + 1] === right) return false;
      if (probes >= PROBES_MAX) throw new TokenizerError('too-large', 'the merges crowd one place of the table');
      slot = (slot + 1) & mask;
    }
    slots[slot * 3] = left;
    slots[slot * 3 + 1] = right;
    slots[slot * 3 + 2] = rank;
    return true;
  }
}

function hashPair(left: number, right: number): number {
  return spread(Math.imul(left, 0x9e3779b1) ^ right);
}

function badMerge(merge: string, rank: number): TokenizerError {
  return new TokenizerError(
    'bad-merge',
    `merge ${rank} (${JSON.stringify(merge.slice(0, 80))}) names no two tokens that make a third, or a pair twice`,
  );
}
