/**
 * Byte-pair encoding of one word: of all neighbouring pairs the one with the lowest rank becomes one token, of equal
 * ones the leftmost, until none is left. A heap of pairs makes that n log n in the word's length, whatever the text.
 */
import type { MergeTable } from './merge-table.ts';

/** Memory for words of up to this many bytes is kept. */
const KEPT_BYTES = 4096;
const RANK = 2 ** 32;

export class ByteMerger {
  readonly #merges: MergeTable;
  /** The token of each byte. */
  readonly #byteTokens: Int32Array;
  readonly #kept: Room = makeRoom(KEPT_BYTES);
  #heapSize = 0;

  constructor(merges: MergeTable, byteTokens: Int32Array) {
    this.#merges = merges;
    this.#byteTokens = byteTokens;
  }

  /** Appends the tokens of the first `length` bytes. Takes 32 bytes of memory for each. */
  merge(bytes: Uint8Array, length: number, into: number[]): void {
    const room = length <= KEPT_BYTES ? this.#kept : makeRoom(length);
    const { tokens, next, previous, ranks, heap } = room;
    const { merged } = this.#merges;
    for (let at = 0; at < length; at++) {
      tokens[at] = this.#byteTokens[bytes[at]!]!;
      next[at] = at + 1;
      previous[at] = at - 1;
    }
    this.#heapSize = 0;
    for (let at = 0; at < length; at++) {
      const rank = at + 1 < length ? this.#merges.rankOf(tokens[at]!, tokens[at + 1]!) : -1;
      ranks[at] = rank;
      if (rank >= 0) heap[this.#heapSize++] = rank * RANK + at;
    }
    for (let at = (this.#heapSize >>> 1) - 1; at >= 0; at--) sink(heap, at, this.#heapSize);
    while (this.#heapSize > 0) {
      const first = heap[0]!;
      heap[0] = heap[--this.#heapSize]!;
      sink(heap, 0, this.#heapSize);
      const at = first >>> 0;
      const rank = Math.floor(first / RANK);
      // The pair that stood here has been taken by a neighbour meanwhile.
      if (ranks[at] !== rank) continue;
      const right = next[at]!;
      tokens[at] = merged[rank]!;
      ranks[right] = -1;
      next[at] = next[right]!;
      if (next[at]! < length) previous[next[at]!] = at;
      this.#rank(room, at, length);
      if (previous[at]! >= 0) this.#rank(room, previous[at]!, length);
    }
    for (let at = 0; at < length; at = next[at]!) into.push(tokens[at]!);
  }

  /** Looks up the pair that begins at `at` anew. */
  #rank({ tokens, next, ranks, heap }: Room, at: number, length: number): void {
    const right = next[at]!;
    const rank = right < length ? this.#merges.rankOf(tokens[at]!, tokens[right]!) : -1;
    ranks[at] = rank;
    if (rank < 0) return;
    const key = rank * RANK + at;
    let child = this.#heapSize++;
    while (child > 0) {
      const parent = (child - 1) >>> 1;
      if (heap[parent]! <= key) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = key;
  }
}

interface Room {
  readonly tokens: Int32Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
  /** The rank of the pair that begins here, -1 when there is none. */
  readonly ranks: Int32Array;
  /** Rank times 2^32 plus place. Each merge takes one and adds at most two, so twice the length is enough. */
  readonly heap: Float64Array;
}

function makeRoom(length: number): Room {
  return {
    tokens: new Int32Array(length),
    next: new Int32Array(length),
    previous: new Int32Array(length),
    ranks: new Int32Array(length),
    heap: new Float64Array(length * 2),
  };
}

function sink(heap: Float64Array, at: number, size: number): void {
  const key = heap[at]!;
  let parent = at;
  for (;;) {
    let child = parent * 2 + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= key) break;
    heap[parent] = heap[child]!;
    parent = child;
  }
  heap[parent] = key;
}
