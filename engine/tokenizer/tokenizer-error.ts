/** What is wrong with a tokenizer's metadata; the codes are stable. */
export type TokenizerErrorCode =
  | 'missing-key'
  | 'wrong-type'
  | 'unsupported-model'
  | 'unsupported-split'
  | 'too-large'
  | 'duplicate-token'
  | 'missing-byte'
  | 'bad-merge'
  | 'bad-token-id';

/** The metadata describes no tokenizer that this engine can run. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
  readonly code: TokenizerErrorCode;

  constructor(code: TokenizerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
