import type { TokenMask } from '../sampling/token-mask.ts';
import type { Constraint } from './constraint.ts';
import type { Language } from './language.ts';
import type { TokenMasks } from './token-masks.ts';
import type { TokenVocabulary } from './token-trie.ts';

export interface AnswerRoom {
  /** Tokens that the answer may have, its end not counted. */
  readonly tokensMax: number;
  /** Text at the beginning that was there before: it takes no room. */
  readonly resumedBytes?: number | undefined;
}

/** A token that was not allowed, or a beginning of an answer that its grammar does not have. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
}

/**
 * Holds an answer to a grammar. When room gets short, only tokens are allowed that leave enough of it: the answer is
 * complete before its limit is reached, wherever that is possible at all.
 */
export class GrammarConstraint implements Constraint {
  readonly #masks: TokenMasks;
  readonly #vocabulary: TokenVocabulary;
  readonly #none: Language;
  #language: Language;
  #room: number;
  #resumed: number;

  constructor(grammar: PreparedGrammar, room: AnswerRoom) {
    this.#masks = grammar.masks;
    this.#vocabulary = grammar.vocabulary;
    this.#language = grammar.start;
    this.#none = grammar.none;
    this.#room = room.tokensMax;
    this.#resumed = room.resumedBytes ?? 0;
  }

  allowed(): TokenMask {
    const { mask, bytesLeftMax } = this.#masks.after(this.#language);
    // A token for each byte is always enough. One more choice is kept for the end token, if there is room for it.
    const needed = this.#language.bytesMin - 1;
    const room = needed <= this.#room - 2 ? this.#room - 2 : this.#room - 1;
    // Where even the shortest text has no room, nothing is gained by writing it.
    if (bytesLeftMax <= room || needed > room || this.#resumed > 0) return mask;
    const short = this.#masks.within(this.#language, room);
    return short.some((word) => word !== 0) ? short : mask;
  }

  accept(token: number): void {
    if (this.#vocabulary.endTokens.has(token)) {
      if (!this.#language.isComplete) throw new NotAllowed('the text is not complete');
      return;
    }
    const bytes = this.#vocabulary.bytes[token] ?? new Uint8Array();
    let language = this.#language;
    for (const byte of bytes) language = language.after(byte);
    if (bytes.length === 0 || language === this.#none) throw new NotAllowed(`token ${token} does not go on this text`);
    this.#language = language;
    if (this.#resumed < bytes.length) this.#room--;
    this.#resumed = Math.max(0, this.#resumed - bytes.length);
  }
}

/** A grammar with the vocabulary that it is spoken in: made once, used by all answers that are held to it. */
export interface PreparedGrammar {
  readonly masks: TokenMasks;
  readonly vocabulary: TokenVocabulary;
  readonly start: Language;
  readonly none: Language;
}
