/** Turns the tokens of an answer into text as they come; a character that is not complete yet is held back. */
export class TokenDecoder {
  readonly #vocabulary: readonly Uint8Array[];
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(vocabulary: readonly Uint8Array[]) {
    this.#vocabulary = vocabulary;
  }

  /** The characters that this token completes; bytes that can be no UTF-8 become U+FFFD. */
  push(token: number): string {
    return this.pushBytes(this.#vocabulary[token]!);
  }

  /** The same for a token's bytes, or for a part of them. */
  pushBytes(bytes: Uint8Array): string {
    return this.#decoder.decode(bytes, { stream: true });
  }

  /** What was held back: a cut character becomes U+FFFD. The next push begins a new text. */
  end(): string {
    return this.#decoder.decode();
  }
}
