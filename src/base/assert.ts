/** Fails loudly where the program itself is wrong. Never used on outside data: that gets a `Failure`. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}
