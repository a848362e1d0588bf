const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `[secret]` wherever it is logged or serialised by accident. Only `reveal` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Itself, and the parts of one that is a JSON object: none of them may be shown. */
  pieces(): readonly string[] {
    if (!this.#value.startsWith('{')) return [this.#value];
    try {
      const parts: unknown = JSON.parse(this.#value);
      return [this.#value, ...Object.values(parts as object).filter((part) => typeof part === 'string')];
    } catch {
      return [this.#value];
    }
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
