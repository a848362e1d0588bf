/**
 * The text of an answer from the bytes of its tokens: whole characters only, and nothing from the first stop string on.
 * What may be the beginning of a stop string is held back until it is known not to be one.
 */
import { TokenDecoder } from '../tokenizer/token-decoder.ts';

export class AnswerText {
  readonly #stops: readonly string[];
  readonly #decoder = new TokenDecoder([]);
  #held = '';
  /** Of everything decoded, held back or not, in UTF-16 units. */
  #decoded = 0;
  #isStopped = false;

  constructor(stops: readonly string[]) {
    // Half a surrogate pair could otherwise be found inside a character.
    this.#stops = stops.filter((stop) => stop !== '').map((stop) => stop.toWellFormed());
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Where the next token's text begins. */
  get decoded(): number {
    return this.#decoded;
  }

  /** How far the text was given out. */
  get released(): number {
    return this.#decoded - this.#held.length;
  }

  /** The text that can be given out now. */
  add(bytes: Uint8Array): string {
    if (this.#isStopped) return '';
    const text = this.#decoder.pushBytes(bytes);
    this.#decoded += text.length;
    this.#held += text;
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((index) => index >= 0);
    if (found.length === 0) return this.#release(this.#held.length - this.#heldBack());
    this.#isStopped = true;
    const last = this.#release(Math.min(...found));
    this.#decoded -= this.#held.length;
    this.#held = '';
    return last;
  }

  /** What was held back for a stop string that never came. A cut character stays out. */
  end(): string {
    return this.#release(this.#held.length);
  }

  #release(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text;
  }

  /** Length of the longest beginning of a stop string that the text ends with. */
  #heldBack(): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(this.#held.length, stop.length - 1); length > longest; length--) {
        if (this.#held.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
