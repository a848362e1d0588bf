/**
 * Walks through text that an answer began with before: only tokens that spell it count until it is spelled out. The last
 * of them may reach beyond it, as a word does that was cut in its middle.
 */
import { addToMask, makeTokenMask, type TokenMask } from '../sampling/token-mask.ts';

export class ResumedText {
  readonly #vocabulary: readonly Uint8Array[];
  readonly #mask: TokenMask;
  #rest: Uint8Array;

  constructor(text: Uint8Array, vocabulary: readonly Uint8Array[]) {
    this.#rest = text;
    this.#vocabulary = vocabulary;
    this.#mask = makeTokenMask(vocabulary.length);
  }

  get isOpen(): boolean {
    return this.#rest.length > 0;
  }

  /** Whether the token spells the next part. */
  agrees(token: number): boolean {
    const bytes = this.#vocabulary[token]!;
    const shared = Math.min(bytes.length, this.#rest.length);
    for (let i = 0; i < shared; i++) if (bytes[i] !== this.#rest[i]) return false;
    return shared > 0;
  }

  /** All tokens that spell the next part, less those that `limits` leaves out. */
  allowed(limits: TokenMask | undefined): TokenMask {
    this.#mask.fill(0);
    for (let token = 0; token < this.#vocabulary.length; token++) {
      if (this.agrees(token)) addToMask(this.#mask, token);
    }
    if (limits) for (let word = 0; word < this.#mask.length; word++) this.#mask[word]! &= limits[word]!;
    return this.#mask;
  }

  /** Returns what the token adds beyond the text. */
  accept(token: number): Uint8Array {
    const bytes = this.#vocabulary[token]!;
    const shared = Math.min(bytes.length, this.#rest.length);
    this.#rest = this.#rest.subarray(shared);
    return bytes.subarray(shared);
  }
}
