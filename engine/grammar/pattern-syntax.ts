/** Reads an ECMAScript regular expression as far as it is regular, as JSON Schema's `pattern` has it. */
import { allCharacters, type CharacterSet, charactersOf, invert, type Range, unite } from './character-set.ts';

export type Pattern =
  | { readonly type: 'characters'; readonly set: CharacterSet }
  | { readonly type: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly type: 'either'; readonly parts: readonly Pattern[] }
  | { readonly type: 'repeat'; readonly part: Pattern; readonly min: number; readonly max: number }
  | { readonly type: 'start' | 'end' }
  /** Only at the very beginning: what is there must, or must not, begin so. */
  | { readonly type: 'look'; readonly part: Pattern; readonly isWanted: boolean };

export class PatternError extends Error {
  override readonly name = 'PatternError';
}

const PATTERN_CHARACTERS_MAX = 4_000;
const NESTING_MAX = 60;
const NAME_OF_PROPERTY = /^[\w=]{1,60}$/;

const digits: CharacterSet = [[0x30, 0x39]];
const wordCharacters = unite(digits, [[0x41, 0x5a]], [[0x5f, 0x5f]], [[0x61, 0x7a]]);
const spaces = unite(charactersOf('\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff'), [[0x2000, 0x200a]]);
const anyButLineEnds = invert(charactersOf('\n\r\u2028\u2029'));
const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: invert(digits),
  w: wordCharacters,
  W: invert(wordCharacters),
  s: spaces,
  S: invert(spaces),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Throws a `PatternError` that says what is not supported. */
export function readPattern(source: string): Pattern {
  if (source.length > PATTERN_CHARACTERS_MAX)
    throw new PatternError(`longer than ${PATTERN_CHARACTERS_MAX} characters`);
  // Other languages' generators escape more signs than the flag u allows.
  const strict = source.replace(/\\(.)/gsu, (whole, sign: string) =>
    sign === '-' ? '\\x2d' : /[\s!"#%&',:;<=>@_`~]/.test(sign) ? sign : whole,
  );
  try {
    new RegExp(strict, 'u');
  } catch {
    throw new PatternError('not a regular expression of ECMAScript with the flag u');
  }
  return new PatternReader(strict).read();
}

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#characters = [...source];
  }

  read(): Pattern {
    const pattern = this.#either();
    if (this.#at < this.#characters.length) throw new PatternError('a bracket too many');
    return pattern;
  }

  #peek(text: string): boolean {
    return [...text].every((character, index) => this.#characters[this.#at + index] === character);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError('it ends too soon');
    return character;
  }

  #either(): Pattern {
    if (++this.#depth > NESTING_MAX) throw new PatternError(`nested deeper than ${NESTING_MAX}`);
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { type: 'either', parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.#at < this.#characters.length && !this.#peek('|') && !this.#peek(')')) parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { type: 'sequence', parts };
  }

  #repeated(): Pattern {
    const part = this.#atom();
    const counts = this.#counts();
    if (!counts) return part;
    // Greedy or not is a question of where a match ends, not of whether there is one.
    this.#take('?');
    return { type: 'repeat', part, min: counts[0], max: counts[1] };
  }

  #counts(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    if (!this.#take('{')) return undefined;
    const [, min, comma, max] = /^(\d+)(,?)(\d*)$/.exec(this.#until('}'))!;
    return [Number(min), comma === '' ? Number(min) : max === '' ? Number.POSITIVE_INFINITY : Number(max)];
  }

  #until(end: string): string {
    let text = '';
    for (let character = this.#next(); character !== end; character = this.#next()) text += character;
    return text;
  }

  #atom(): Pattern {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return { type: 'characters', set: this.#class() };
    if (character === '.') return { type: 'characters', set: anyButLineEnds };
    if (character === '^') return { type: 'start' };
    if (character === '$') return { type: 'end' };
    if (character === '\\') return { type: 'characters', set: this.#escape(false) };
    return { type: 'characters', set: charactersOf(character) };
  }

  #group(): Pattern {
    const look = this.#take('?=') ? true : this.#take('?!') ? false : undefined;
    if (this.#peek('?<=') || this.#peek('?<!')) throw new PatternError('looking behind is not supported');
    if (look === undefined && this.#take('?<')) this.#until('>');
    else if (look === undefined && !this.#take('?:') && this.#peek('?')) {
      throw new PatternError('flags within it are not supported');
    }
    const inner = this.#either();
    if (!this.#take(')')) throw new PatternError('a group has no end');
    return look === undefined ? inner : { type: 'look', part: inner, isWanted: look };
  }

  #class(): CharacterSet {
    const isInverted = this.#take('^');
    const sets: CharacterSet[] = [];
    while (!this.#take(']')) {
      const from = this.#classMember();
      if (this.#peek('-') && this.#characters[this.#at + 1] !== ']') {
        this.#next();
        const to = this.#classMember();
        sets.push([[from[0]![0], to.at(-1)![1]] as Range]);
      } else sets.push(from);
    }
    const set = unite(...sets);
    return isInverted ? invert(set) : set;
  }

  #classMember(): CharacterSet {
    const character = this.#next();
    return character === '\\' ? this.#escape(true) : charactersOf(character);
  }

  #escape(isInClass: boolean): CharacterSet {
    const letter = this.#next();
    const class_ = classes[letter];
    if (class_) return class_;
    const control = controls[letter];
    if (control !== undefined) return [[control, control]];
    if (letter === 'p' || letter === 'P') return this.#property(letter === 'P');
    if (letter === 'x') return one(Number.parseInt(this.#next() + this.#next(), 16));
    if (letter === 'u') return one(this.#codePoint());
    if (letter === 'c') return one(this.#next().charCodeAt(0) % 32);
    if (letter === '0') return one(0);
    if (letter === 'b' && isInClass) return one(8);
    if (letter === 'b' || letter === 'B') throw new PatternError(`\\${letter} is not supported`);
    if (/[1-9k]/.test(letter)) throw new PatternError('a reference back to a group is not supported');
    return charactersOf(letter);
  }

  #codePoint(): number {
    if (this.#take('{')) return Number.parseInt(this.#until('}'), 16);
    const first = Number.parseInt(this.#next() + this.#next() + this.#next() + this.#next(), 16);
    if (first < 0xd800 || first > 0xdbff || !this.#take('\\u')) return first;
    const second = Number.parseInt(this.#next() + this.#next() + this.#next() + this.#next(), 16);
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
  }

  #property(isInverted: boolean): CharacterSet {
    this.#next();
    const name = this.#until('}');
    if (!NAME_OF_PROPERTY.test(name)) throw new PatternError('a property of characters without a name');
    const set = charactersWithProperty(name);
    return isInverted ? invert(set) : set;
  }
}

/** 4 MB, made when the first property is asked for. */
let everyCharacter: string | undefined;
const knownProperties = new Map<string, CharacterSet>();
const PROPERTIES_MAX = 64;

/** The platform has Unicode's tables, and shows them by what matches. */
function charactersWithProperty(name: string): CharacterSet {
  const known = knownProperties.get(name);
  if (known) return known;
  everyCharacter ??= allCharacters.map(([from, to]) => charactersFrom(from, to)).join('');
  const ranges = [...everyCharacter.matchAll(new RegExp(`\\p{${name}}+`, 'gu'))].map(([run]): Range => {
    const last = run.codePointAt(run.length - 2)!;
    return [run.codePointAt(0)!, last > 0xffff ? last : run.charCodeAt(run.length - 1)];
  });
  const set = unite(ranges);
  if (knownProperties.size >= PROPERTIES_MAX) knownProperties.clear();
  knownProperties.set(name, set);
  return set;
}

function charactersFrom(from: number, to: number): string {
  let text = '';
  for (let character = from; character <= to; character++) text += String.fromCodePoint(character);
  return text;
}

function one(character: number): CharacterSet {
  return unite([[character, character]]);
}
