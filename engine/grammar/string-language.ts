/**
 * What stands in a JSON string behind its opening quote, up to and with the closing one: characters of an automaton, so
 * many at least and at most, as UTF-8 and with JSON's escapes.
 *
 * A character that JSON lets stand for itself may be escaped as well only where every string may follow; elsewhere it is
 * written as `JSON.stringify` would, so that a name or a value has one spelling.
 */
import type { CharacterAutomaton } from './character-automaton.ts';
import { Language, type Languages } from './language.ts';
import type { StringCosts } from './string-costs.ts';
import { type CharacterRange, continuations, rangeAfter } from './utf8-language.ts';

/** Which strings: those of the automaton, or all, with a number of characters in the bounds of `costs`. */
export interface StringRule {
  readonly id: number;
  readonly automaton: CharacterAutomaton | undefined;
  readonly costs: StringCosts;
}

/** How far a string is: the automaton's state, and the count of characters up to the point where more change nothing. */
interface Progress {
  readonly state: number;
  readonly count: number;
}

export function stringAt(languages: Languages, rule: StringRule, { state, count }: Progress): Language {
  const { automaton, costs } = rule;
  const isFree = !automaton || automaton.isFree(state);
  const at: Progress = { state: isFree ? -1 : state, count: costs.limit(count) };
  return languages.intern(
    `string ${rule.id} ${at.state} ${at.count}`,
    (id) => new Characters(id, new Spelling(languages, rule, at), isFree ? costs.charactersLeft(count) : 0),
  );
}

/** Makes the languages that may follow within one string. State -1: every string may follow. */
class Spelling {
  readonly languages: Languages;
  readonly rule: StringRule;
  readonly at: Progress;

  constructor(languages: Languages, rule: StringRule, at: Progress) {
    this.languages = languages;
    this.rule = rule;
    this.at = at;
  }

  /** Bytes from here on, with the closing quote. */
  get bytesMin(): number {
    return this.rule.costs.bytesMin(this.at.state, this.at.count) + 1;
  }

  get isFree(): boolean {
    return this.at.state < 0;
  }

  get mayEnd(): boolean {
    const { automaton, costs } = this.rule;
    return costs.isLongEnough(this.at.count) && (this.isFree || automaton!.states[this.at.state]!.isEnd);
  }

  /** What follows a character that leads to the state. */
  goOn(state: number): Language {
    return stringAt(this.languages, this.rule, { state, count: this.at.count + 1 });
  }

  goOnBy(character: number): Language {
    if (this.isFree) return this.goOn(-1);
    const state = this.rule.automaton!.after(this.at.state, character);
    return state < 0 ? this.languages.none : this.goOn(state);
  }

  /** Where characters of a range lead to: one language for all of them, or undefined when it matters which one it is. */
  goOnByAny(from: number, to: number): Language | undefined {
    if (this.isFree) return this.goOn(-1);
    const steps = this.rule.automaton!.stepsWithin(this.at.state, from, to);
    const [first] = steps;
    if (!first) return this.languages.none;
    let covered = from;
    for (const step of steps) {
      if (step.target !== first.target || step.from > covered) return undefined;
      covered = step.to + 1;
    }
    return covered > to ? this.goOn(first.target) : undefined;
  }

  bytesMinWithin(from: number, to: number): number {
    const steps = this.rule.automaton!.stepsWithin(this.at.state, from, to);
    return steps.reduce((min, { target }) => Math.min(min, this.goOn(target).bytesMin), Number.POSITIVE_INFINITY);
  }

  /** The rest of a character of which `left` bytes are to come, and which lies in the range then. */
  within({ from, to, left }: CharacterRange): Language {
    const next = this.goOnByAny(from, to);
    if (next) return this.languages.sequence(continuations(this.languages, { from, to, left }), next);
    const bytesMin = this.bytesMinWithin(from, to) + left;
    const { rule, at } = this;
    return this.languages.intern(
      `within ${rule.id} ${at.state} ${at.count} ${from} ${left}`,
      (id) => new WithinCharacter(id, bytesMin, this, { from, to, left }),
    );
  }

  escape(): Language {
    const { languages } = this;
    if (this.isFree) {
      return languages.sequence(
        languages.either([
          languages.characterOf('"\\/bfnrt'),
          languages.once('hex escape', () => hexEscape(languages)),
        ]),
        this.goOn(-1),
      );
    }
    const short = Object.entries(SHORT_ESCAPES).map(([sign, character]) =>
      languages.sequence(languages.text(sign), this.goOnBy(character)),
    );
    const long = CONTROLS.filter((character) => !SHORT.has(character)).map((character) =>
      languages.sequence(languages.text(`u${character.toString(16).padStart(4, '0')}`), this.goOnBy(character)),
    );
    return languages.either([...short, ...long]);
  }
}

const SHORT_ESCAPES: Readonly<Record<string, number>> = {
  '"': 0x22,
  '\\': 0x5c,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
};
const SHORT = new Set(Object.values(SHORT_ESCAPES));
const CONTROLS = Array.from({ length: 0x20 }, (_, character) => character);

/** `u` and four digits: any character, those beyond the first plane as two surrogates, and none of these alone. */
function hexEscape(languages: Languages): Language {
  const digit = languages.characterOf('0123456789abcdefABCDEF');
  const d = languages.characterOf('dD');
  const plain = languages.either([
    languages.sequence(languages.characterOf('0123456789abcefABCEF'), digit),
    languages.sequence(d, languages.characterOf('01234567')),
  ]);
  const pair = [
    d,
    languages.characterOf('89abAB'),
    digit,
    digit,
    languages.text('\\u'),
    d,
    languages.characterOf('cdefCDEF'),
  ];
  return languages.sequence(languages.text('u'), languages.either([plain, languages.sequence(...pair)]), digit, digit);
}

class Characters extends Language {
  readonly #spelling: Spelling;

  constructor(id: number, spelling: Spelling, freeCharacters: number) {
    super(id, { bytesMin: spelling.bytesMin, freeCharacters });
    this.#spelling = spelling;
  }

  protected derive(byte: number): Language {
    const spelling = this.#spelling;
    const { none, end } = spelling.languages;
    if (byte === 0x22) return spelling.mayEnd ? end : none;
    if (byte === 0x5c) return spelling.escape();
    if (byte < 0x20) return none;
    if (byte < 0x80) return spelling.goOnBy(byte);
    const range = rangeAfter(byte);
    return range ? spelling.within(range) : none;
  }
}

class WithinCharacter extends Language {
  readonly #spelling: Spelling;
  readonly #range: CharacterRange;

  constructor(id: number, bytesMin: number, spelling: Spelling, range: CharacterRange) {
    super(id, { bytesMin });
    this.#spelling = spelling;
    this.#range = range;
  }

  protected derive(byte: number): Language {
    const { languages } = this.#spelling;
    if (byte < 0x80 || byte > 0xbf) return languages.none;
    const { from, to, left } = this.#range;
    const shift = 6 * (left - 1);
    const high = (from >> (shift + 6)) << (shift + 6);
    const low = high | ((byte & 0x3f) << shift);
    const first = Math.max(from, low);
    const last = Math.min(to, low | ((1 << shift) - 1));
    if (first > last) return languages.none;
    if (left === 1) return this.#spelling.goOnBy(first);
    return this.#spelling.within({ from: first, to: last, left: left - 1 });
  }
}
