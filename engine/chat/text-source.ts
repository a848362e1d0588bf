/** The text is not what it looked like. */
export class NotThis extends Error {
  override readonly name = 'NotThis';
}

/** Reads text as it comes: `yield` means that more of it is needed. */
export type Reading<T> = Generator<undefined, T, undefined>;

/** Text that grows, and a place in it. */
export class TextSource {
  #text = '';
  at = 0;

  get length(): number {
    return this.#text.length;
  }

  /** What lies before the place, too. */
  get rest(): string {
    return this.#text;
  }

  get isUsedUp(): boolean {
    return this.at >= this.#text.length;
  }

  append(text: string): void {
    this.#text += text;
  }

  /** Forgets what lies before the place. */
  cut(): void {
    this.#text = this.#text.slice(this.at);
    this.at = 0;
  }

  /** Where the first such character from the place on stands; the end, where there is none. */
  find(isWanted: (character: string) => boolean): number {
    let found = this.at;
    while (found < this.#text.length && !isWanted(this.#text[found]!)) found++;
    return found;
  }

  slice(start: number): string {
    return this.#text.slice(start, this.at);
  }

  skip(length: number): void {
    this.at += length;
  }

  /** The next character, which stays there; a UTF-16 unit of it, to be exact. */
  *peek(): Reading<string> {
    while (this.isUsedUp) yield;
    return this.#text[this.at]!;
  }

  *take(character: string): Reading<boolean> {
    if ((yield* this.peek()) !== character) return false;
    this.at++;
    return true;
  }

  *expect(text: string): Reading<void> {
    for (const character of text) if (!(yield* this.take(character))) throw new NotThis();
  }

  *expectPattern(pattern: RegExp, count: number): Reading<void> {
    for (let index = 0; index < count; index++) {
      if (!pattern.test(yield* this.peek())) throw new NotThis();
      this.at++;
    }
  }

  *skipSpace(): Reading<void> {
    while (' \t\n\r'.includes(yield* this.peek())) this.at++;
  }
}
