/** What requests hold their answers to, as constraints on tokens. A schema is read once for all who ask for it. */
import type { Constraint } from '../grammar/constraint.ts';
import { type AnswerRoom, GrammarConstraint, type PreparedGrammar } from '../grammar/grammar-constraint.ts';
import type { Languages } from '../grammar/language.ts';
import { TokenMasks } from '../grammar/token-masks.ts';
import { TokenSets } from '../grammar/token-sets.ts';
import type { TokenVocabulary } from '../grammar/token-trie.ts';
import { type AnswerFormat, compileAnswer, nameOfAnswer } from './compile-answer.ts';

/** Grammars that are kept, with all that was worked out for them. */
const KEPT_MAX = 8;
/** Languages of all that are kept, but for the one asked for last: some 7 MB. */
const KEPT_LANGUAGES_MAX = 3_000;
/** One with a longer name is made anew each time. */
const KEPT_LENGTH_MAX = 65_536;

interface KeptGrammar extends PreparedGrammar {
  readonly languages: Languages;
}

export class AnswerGrammars {
  readonly #vocabulary: TokenVocabulary;
  #sets: TokenSets | undefined;
  /** In order of last use, oldest first. */
  readonly #kept = new Map<string, KeptGrammar>();

  constructor(vocabulary: TokenVocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** Undefined for a free answer. Throws a `Rejection` for a schema that cannot be kept. */
  constrain(answer: AnswerFormat, room: AnswerRoom): Constraint | undefined {
    const name = nameOfAnswer(answer);
    return name === undefined ? undefined : new GrammarConstraint(this.#prepare(name, answer), room);
  }

  #prepare(name: string, answer: AnswerFormat): PreparedGrammar {
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    const prepared = known ?? this.#make(answer);
    this.#makeRoom();
    if (name.length <= KEPT_LENGTH_MAX) this.#kept.set(name, prepared);
    return prepared;
  }

  /** For one more. Those grow while answers are held to them, so each time all are looked at. */
  #makeRoom(): void {
    let languages = this.#kept.values().reduce((sum, grammar) => sum + grammar.languages.size, 0);
    for (const [name, grammar] of this.#kept) {
      if (languages <= KEPT_LANGUAGES_MAX && this.#kept.size < KEPT_MAX) return;
      languages -= grammar.languages.size;
      this.#kept.delete(name);
    }
  }

  #make(answer: AnswerFormat): KeptGrammar {
    const { languages, start } = compileAnswer(answer);
    this.#sets ??= new TokenSets(this.#vocabulary);
    const masks = new TokenMasks(languages, this.#sets);
    return { languages, masks, vocabulary: this.#vocabulary, start, none: languages.none };
  }
}
