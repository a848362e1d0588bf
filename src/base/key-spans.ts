/**
 * The keys of one JSON object, by where they lie in its bytes: finds a twin in time that does not grow with the number of
 * keys. A map of a million keys is read as quickly as a million values.
 */

/** Most objects have a handful of keys: looking at each is cheaper than a table. */
const LISTED_MAX = 16;
/** Keys that were made to fall together are looked at no further; the reader then sees the last of two twins, as with `JSON.parse`. */
const PROBES_MAX = 512;
const SAME_HASHES_MAX = 4;

export class KeySpans {
  readonly #bytes: Uint8Array;
  /** Start and end of each, in turn. */
  readonly #spans: number[] = [];
  #table: SpanTable | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** False where the same bytes are a key already. */
  add(start: number, end: number): boolean {
    const spans = this.#spans;
    if (this.#table) return this.#table.add(start, end);
    for (let k = 0; k < spans.length; k += 2) {
      if (spans[k + 1]! - spans[k]! === end - start && isSame(this.#bytes, spans[k]!, start, end - start)) return false;
    }
    spans.push(start, end);
    if (spans.length === 2 * LISTED_MAX) this.#table = new SpanTable(this.#bytes, spans);
    return true;
  }
}

/** Open addressing: each place holds a key's start, its end and its hash, or an end of 0. */
class SpanTable {
  readonly #bytes: Uint8Array;
  #places = new Int32Array(3 * 4 * LISTED_MAX);
  #count = 0;

  constructor(bytes: Uint8Array, spans: readonly number[]) {
    this.#bytes = bytes;
    for (let k = 0; k < spans.length; k += 2) this.add(spans[k]!, spans[k + 1]!);
  }

  add(start: number, end: number): boolean {
    const hash = hashOf(this.#bytes, start, end);
    const at = this.#find(start, end, hash);
    if (at === TWIN) return false;
    if (at === CROWDED) return true;
    this.#put(at, start, end, hash);
    this.#count = (this.#count + 1) | 0;
    if (this.#count * 6 > this.#places.length) this.#grow();
    return true;
  }

  /** Where there is room for it. */
  #find(start: number, end: number, hash: number): number {
    const places = this.#places;
    const mask = places.length / 3 - 1;
    const length = end - start;
    let sameHashes = 0;
    for (let probe = 0; probe < PROBES_MAX && sameHashes < SAME_HASHES_MAX; probe++) {
      const at = 3 * ((hash + probe) & mask);
      if (places[at + 1] === 0) return at;
      if (places[at + 2] !== hash) continue;
      sameHashes++;
      const isLike = places[at + 1]! - places[at]! === length;
      if (isLike && isSame(this.#bytes, places[at]!, start, length)) return TWIN;
    }
    return CROWDED;
  }

  #put(at: number, start: number, end: number, hash: number): void {
    this.#places[at] = start;
    this.#places[at + 1] = end;
    this.#places[at + 2] = hash;
  }

  #grow(): void {
    const old = this.#places;
    this.#places = new Int32Array(old.length * 2);
    const mask = this.#places.length / 3 - 1;
    for (let k = 0; k < old.length; k += 3) {
      if (old[k + 1] === 0) continue;
      for (let probe = 0; probe < PROBES_MAX; probe++) {
        const at = 3 * ((old[k + 2]! + probe) & mask);
        if (this.#places[at + 1] !== 0) continue;
        this.#put(at, old[k]!, old[k + 1]!, old[k + 2]!);
        break;
      }
    }
  }
}

const TWIN = -1;
const CROWDED = -2;

/** FNV-1a, whose low bits are mixed once more: they choose the place. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function isSame(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
