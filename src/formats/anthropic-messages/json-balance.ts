/**
 * Tells when an object or array that comes in pieces is closed, looking at each character once: a provider that sends a call in
 * a million pieces does not make us read its beginning a million times.
 */
export class JsonBalance {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #hasBegun = false;

  add(piece: string): void {
    for (let i = 0; i < piece.length; i++) this.#character(piece.charCodeAt(i));
  }

  get isWhole(): boolean {
    return this.#hasBegun && this.#depth <= 0 && !this.#isInString;
  }

  #character(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (this.#isInString) {
      if (code === 0x5c) this.#isEscaped = true;
      else if (code === 0x22) this.#isInString = false;
    } else if (code === 0x22) this.#isInString = true;
    else if (code === 0x7b || code === 0x5b) {
      this.#hasBegun = true;
      this.#depth++;
    } else if (code === 0x7d || code === 0x5d) this.#depth--;
  }
}
