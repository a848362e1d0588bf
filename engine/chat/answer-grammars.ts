/** What a request holds its answer to, as a constraint on its tokens. A schema is read once for all who ask for it. */
import { compileAnyObject, compileSchema, type Grammar } from '../grammar/compile-schema.ts';
import type { Constraint } from '../grammar/constraint.ts';
import { type AnswerRoom, GrammarConstraint, type PreparedGrammar } from '../grammar/grammar-constraint.ts';
import { SchemaError } from '../grammar/schema-error.ts';
import { TokenMasks } from '../grammar/token-masks.ts';
import { TokenSets } from '../grammar/token-sets.ts';
import type { TokenVocabulary } from '../grammar/token-trie.ts';
import { Rejection } from '../rejection.ts';
import type { ChatRequest } from './chat-request.ts';

/** Schemas that are kept, each with the masks that it has come to: up to 8 MB, for the bundled model far less. */
const KEPT_MAX = 16;
/** A longer one is read anew each time. */
const KEPT_LENGTH_MAX = 65_536;

export class AnswerGrammars {
  readonly #vocabulary: TokenVocabulary;
  #sets: TokenSets | undefined;
  /** By the schema's text; in order of last use, oldest first. */
  readonly #kept = new Map<string, PreparedGrammar>();

  constructor(vocabulary: TokenVocabulary) {
    this.#vocabulary = vocabulary;
  }

  /** Undefined for a free answer. Throws a `Rejection` for a schema that cannot be kept. */
  constrain(format: ChatRequest['response_format'], room: AnswerRoom): Constraint | undefined {
    if (format === undefined || format.type === 'text') return undefined;
    if (format.type === 'json_object') return new GrammarConstraint(this.#prepare('object', compileAnyObject), room);
    const schema = format.json_schema.schema ?? true;
    const text = JSON.stringify(schema);
    return new GrammarConstraint(
      this.#prepare(`schema ${text}`, () => compileSchema(schema)),
      room,
    );
  }

  #prepare(name: string, compile: () => Grammar): PreparedGrammar {
    const known = this.#kept.get(name);
    this.#kept.delete(name);
    const prepared = known ?? this.#make(compile);
    if (name.length <= KEPT_LENGTH_MAX) this.#kept.set(name, prepared);
    if (this.#kept.size > KEPT_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    return prepared;
  }

  #make(compile: () => Grammar): PreparedGrammar {
    try {
      const { languages, start } = compile();
      this.#sets ??= new TokenSets(this.#vocabulary);
      const masks = new TokenMasks(languages, this.#sets);
      return { masks, vocabulary: this.#vocabulary, start, none: languages.none };
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      throw new Rejection(400, 'unsupported_parameter', `response_format: ${error.message}`, 'response_format');
    }
  }
}
