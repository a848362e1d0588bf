/**
 * Why no token could be chosen.
 * - `option-invalid`: a sampling option is outside its range.
 * - `token-unknown`: an id that the vocabulary does not have.
 * - `scores-wrong-size`: logits or mask do not fit the vocabulary.
 * - `scores-not-finite`: the model, or a penalty upon its scores, gave NaN or positive infinity.
 * - `nothing-allowed`: the mask is empty, or all that it allows has a score of negative infinity.
 */
export type SamplingErrorCode =
  | 'option-invalid'
  | 'token-unknown'
  | 'scores-wrong-size'
  | 'scores-not-finite'
  | 'nothing-allowed';

export class SamplingError extends Error {
  override readonly name = 'SamplingError';
  readonly code: SamplingErrorCode;

  constructor(code: SamplingErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
