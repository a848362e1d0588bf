/**
 * A vocabulary's tokens sorted by their bytes, so that tokens which begin alike are looked at once. A trie, laid flat in the
 * order in which it is walked: what cannot follow is stepped over with all that begins with it.
 */
export interface TokenVocabulary {
  readonly size: number;
  /** What each token adds to a text; nothing for control tokens. */
  readonly bytes: readonly Uint8Array[];
  readonly endTokens: ReadonlySet<number>;
}

export class TokenTrie {
  /** Nodes; node 0 is the root and has no byte. */
  readonly size: number;
  readonly byteOf: Uint8Array;
  readonly depthOf: Uint16Array;
  /** The node behind all that begin with this one. */
  readonly endOf: Uint32Array;
  readonly depthMax: number;
  /** Node `n` is spelled by the tokens from `tokensFrom[n]` to `tokensFrom[n + 1]`. */
  readonly tokensFrom: Uint32Array;
  readonly tokens: Uint32Array;

  constructor(vocabulary: readonly Uint8Array[], tokens: readonly number[]) {
    const sorted = sortByBytes(vocabulary, tokens);
    const nodesMax = 1 + sorted.reduce((sum, token) => sum + vocabulary[token]!.length, 0);
    const byteOf = new Uint8Array(nodesMax);
    const depthOf = new Uint16Array(nodesMax);
    const endOf = new Uint32Array(nodesMax);
    const tokensFrom = new Uint32Array(nodesMax + 1);
    const path = [0];
    let size = 1;
    let last: Uint8Array = new Uint8Array(0);
    for (const [index, token] of sorted.entries()) {
      const bytes = vocabulary[token]!;
      const shared = sharedLength(last, bytes);
      for (const node of path.splice(shared + 1)) endOf[node] = size;
      for (let depth = shared; depth < bytes.length; depth++) {
        byteOf[size] = bytes[depth]!;
        depthOf[size] = depth + 1;
        tokensFrom[size] = index;
        path.push(size++);
      }
      last = bytes;
    }
    for (const node of path) endOf[node] = size;
    tokensFrom[size] = sorted.length;
    this.size = size;
    this.byteOf = byteOf.slice(0, size);
    this.depthOf = depthOf.slice(0, size);
    this.endOf = endOf.slice(0, size);
    this.tokensFrom = tokensFrom.slice(0, size + 1);
    this.tokens = Uint32Array.from(sorted);
    this.depthMax = this.depthOf.reduce((max, depth) => Math.max(max, depth), 0);
  }
}

const TOKEN_BYTES_MAX = 1_000;

/** Longer ones are never written: no real vocabulary has them, and their depth would not be counted right. */
function sortByBytes(vocabulary: readonly Uint8Array[], tokens: readonly number[]): readonly number[] {
  // Strings are compared natively, some ten times faster than arrays by a function.
  return tokens
    .filter((token) => vocabulary[token]!.length > 0 && vocabulary[token]!.length <= TOKEN_BYTES_MAX)
    .map((token) => ({ token, key: String.fromCharCode(...vocabulary[token]!) }))
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : one.token - other.token))
    .map(({ token }) => token);
}

function sharedLength(one: Uint8Array, other: Uint8Array): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length++;
  return length;
}
