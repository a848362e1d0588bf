import type { TokenMask } from '../sampling/token-mask.ts';

/** What an answer must look like, followed token by token. Each answer has its own. */
export interface Constraint {
  /**
   * The tokens that may come next, or undefined while every token may. End tokens are among them exactly when the text so far
   * is complete. The mask is the constraint's own: read it before the next call.
   */
  allowed(): TokenMask | undefined;

  /** Goes on by a token that was allowed. */
  accept(token: number): void;
}
