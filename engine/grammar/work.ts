/** A caller's schema needs more work or room than it may have. */
export class TooMuchWork extends Error {
  override readonly name = 'TooMuchWork';
}

/** Bounds by counting, not by a clock: what is refused once is refused always. */
export class Work {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new TooMuchWork();
  }
}
