/** Which strings a shape takes, as automata. */
import { allBut, type CharacterAutomaton, combine } from './character-automaton.ts';
import { compilePattern } from './compile-pattern.ts';
import type { Languages } from './language.ts';
import { PatternError } from './pattern-syntax.ts';
import { refuse } from './schema-place.ts';
import type { PatternPlace, StringShape } from './schema-shape.ts';
import { StringCosts } from './string-costs.ts';
import type { StringRule } from './string-language.ts';
import { TooMuchWork, Work } from './work.ts';

/** Undefined: every string. `none`: not one. */
export type Strings = CharacterAutomaton | undefined | 'none';

/** Formats are the same for all schemas. */
const knownFormats = new Map<string, CharacterAutomaton>();

export class StringRules {
  readonly #languages: Languages;
  readonly #automata = new Map<string, CharacterAutomaton>();
  readonly #rules = new Map<string, StringRule | 'none'>();
  readonly #numbers = new Map<CharacterAutomaton, number>();

  constructor(languages: Languages) {
    this.#languages = languages;
  }

  get #work(): Work {
    return this.#languages.patternWork;
  }

  /** Throws `TooMuchWork`. */
  spend(units: number): void {
    this.#work.spend(units);
  }

  /** All but those listed. */
  allBut(strings: readonly string[]): Strings {
    return strings.length === 0 ? undefined : allBut(strings, this.#work);
  }

  /** Those that all the patterns match. */
  matching(patterns: readonly PatternPlace[]): Strings {
    let strings: Strings;
    for (const pattern of patterns) strings = this.both(strings, this.#compile(pattern), pattern);
    return strings;
  }

  both(one: Strings, other: Strings, blame: PatternPlace): Strings {
    if (one === 'none' || other === 'none') return 'none';
    if (!one || !other || one === other) return one ?? other;
    return withoutExcess(blame, () => combine(one, 'and', other, this.#work) ?? 'none');
  }

  without(one: Strings, other: Strings, blame: PatternPlace): Strings {
    if (one === 'none' || other === undefined) return 'none';
    if (other === 'none') return one;
    return withoutExcess(blame, () => combine(one ?? allBut([], this.#work), 'without', other, this.#work) ?? 'none');
  }

  /** The strings of a shape, with their length; undefined when there are none. */
  find(shape: StringShape): StringRule | undefined {
    const [blame] = shape.patterns;
    return this.rule(this.matching(shape.patterns), shape.min, shape.max, blame);
  }

  rule(strings: Strings, min: number, max: number, blame?: PatternPlace): StringRule | undefined {
    if (strings === 'none') return undefined;
    const key = `${strings ? this.#numberOf(strings) : ''} ${min} ${max}`;
    let rule = this.#rules.get(key);
    if (!rule) {
      rule = this.#make(strings, { min, max }, blame);
      this.#rules.set(key, rule);
    }
    return rule === 'none' ? undefined : rule;
  }

  #numberOf(automaton: CharacterAutomaton): number {
    const known = this.#numbers.get(automaton) ?? this.#numbers.size;
    this.#numbers.set(automaton, known);
    return known;
  }

  #make(
    automaton: CharacterAutomaton | undefined,
    bounds: { readonly min: number; readonly max: number },
    blame: PatternPlace | undefined,
  ): StringRule | 'none' {
    if (bounds.min > bounds.max) return 'none';
    const id = this.#languages.newNumber();
    if (!automaton || !blame) return { id, automaton, costs: new StringCosts(automaton, bounds, this.#work) };
    return withoutExcess(blame, () => {
      const costs = new StringCosts(automaton, bounds, this.#work);
      return costs.bytesMin(automaton.start, 0) === Number.POSITIVE_INFINITY ? 'none' : { id, automaton, costs };
    });
  }

  #compile({ source, keyword, place }: PatternPlace): CharacterAutomaton {
    const automata = keyword === 'format' ? knownFormats : this.#automata;
    const known = automata.get(source);
    if (known) return known;
    try {
      const automaton = compilePattern(source, keyword === 'format' ? new Work(Number.POSITIVE_INFINITY) : this.#work);
      automata.set(source, automaton);
      return automaton;
    } catch (error) {
      if (error instanceof PatternError) refuse(place, keyword, `${quoted(source)}: ${error.message}`);
      throw error;
    }
  }
}

function withoutExcess<T>({ place, keyword, source }: PatternPlace, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TooMuchWork) refuse(place, keyword, `${quoted(source)}: too complex together with others`);
    throw error;
  }
}

function quoted(source: string): string {
  return JSON.stringify(source.slice(0, 100));
}
