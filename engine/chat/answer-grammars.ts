/** What requests hold their answers to, as constraints on tokens. A schema is read once for all who ask for it. */
import type { Constraint } from '../grammar/constraint.ts';
import { type AnswerRoom, GrammarConstraint, type PreparedGrammar } from '../grammar/grammar-constraint.ts';
import { TokenMasks } from '../grammar/token-masks.ts';
import { TokenSets } from '../grammar/token-sets.ts';
import type { TokenVocabulary } from '../grammar/token-trie.ts';
import { type AnswerFormat, compileAnswer, nameOfAnswer } from './compile-answer.ts';

/** Grammars that are kept, each with the masks that it has come to: a megabyte or so, for the bundled model. */
const KEPT_MAX = 8;
/** One with a longer name is made anew each time. */
const KEPT_LENGTH_MAX = 65_536;

export class AnswerGrammars {
  readonly #vocabulary: TokenVocabulary;
  #sets: TokenSets | undefined;
  /** In order of last use, oldest first. */
  readonly #kept = new Map<string, PreparedGrammar>();

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
    if (name.length <= KEPT_LENGTH_MAX) this.#kept.set(name, prepared);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    return prepared;
  }

  #make(answer: AnswerFormat): PreparedGrammar {
    const { languages, start } = compileAnswer(answer);
    this.#sets ??= new TokenSets(this.#vocabulary);
    const masks = new TokenMasks(languages, this.#sets);
    return { masks, vocabulary: this.#vocabulary, start, none: languages.none };
  }
}
