/** Reads the arguments of a Python call, with values as literals, and gives them as JSON. */
import { NotThis, type Reading, type TextSource } from './text-source.ts';

const NESTING_MAX = 64;
const words: Readonly<Record<string, string>> = {
  True: 'true',
  False: 'false',
  None: 'null',
  true: 'true',
  false: 'false',
  null: 'null',
};
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '\n': '',
};
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export class PythonReader {
  readonly #source: TextSource;

  constructor(source: TextSource) {
    this.#source = source;
  }

  /** `(name=value, …)`, without arguments that have no name. */
  *arguments(): Reading<string> {
    const source = this.#source;
    const given = new Map<string, string>();
    yield* source.expect('(');
    yield* source.skipSpace();
    while (!(yield* source.take(')'))) {
      const name = yield* this.#word();
      yield* source.skipSpace();
      yield* source.expect('=');
      yield* source.skipSpace();
      const value = yield* this.#value(1);
      if (name === '' || given.has(name)) throw new NotThis();
      given.set(name, value);
      yield* this.#separator(')');
    }
    return objectOf(given);
  }

  /** A comma, or nothing before the closing bracket. */
  *#separator(close: string): Reading<void> {
    yield* this.#source.skipSpace();
    if (yield* this.#source.take(',')) yield* this.#source.skipSpace();
    else if ((yield* this.#source.peek()) !== close) throw new NotThis();
  }

  *#word(): Reading<string> {
    const start = this.#source.at;
    while (/[\p{L}\p{N}_]/u.test(yield* this.#source.peek())) this.#source.skip(1);
    return this.#source.slice(start);
  }

  *#value(depth: number): Reading<string> {
    if (depth > NESTING_MAX) throw new NotThis();
    const first = yield* this.#source.peek();
    if (first === '"' || first === "'") return JSON.stringify(yield* this.#string());
    if (first === '[') return yield* this.#list(']', depth);
    if (first === '(') return yield* this.#list(')', depth);
    if (first === '{') return yield* this.#dict(depth);
    if (/[-+.\d]/.test(first)) return yield* this.#number();
    const word = yield* this.#word();
    if (!Object.hasOwn(words, word)) throw new NotThis();
    return words[word]!;
  }

  *#list(close: string, depth: number): Reading<string> {
    const items: string[] = [];
    this.#source.skip(1);
    yield* this.#source.skipSpace();
    let isTuple = false;
    while (!(yield* this.#source.take(close))) {
      items.push(yield* this.#value(depth + 1));
      yield* this.#source.skipSpace();
      isTuple = (yield* this.#source.peek()) === ',' || isTuple;
      yield* this.#separator(close);
    }
    // Round brackets around one value, without a comma, are only brackets.
    if (close === ')' && items.length === 1 && !isTuple) return items[0]!;
    return `[${items.join(', ')}]`;
  }

  *#dict(depth: number): Reading<string> {
    const members = new Map<string, string>();
    this.#source.skip(1);
    yield* this.#source.skipSpace();
    while (!(yield* this.#source.take('}'))) {
      const key = yield* this.#value(depth + 1);
      if (/^[[{]/.test(key)) throw new NotThis();
      yield* this.#source.skipSpace();
      yield* this.#source.expect(':');
      yield* this.#source.skipSpace();
      members.set(key.startsWith('"') ? (JSON.parse(key) as string) : key, yield* this.#value(depth + 1));
      yield* this.#separator('}');
    }
    return objectOf(members);
  }

  *#number(): Reading<string> {
    const source = this.#source;
    const start = source.at;
    while (/[-+.\w]/.test(yield* source.peek())) source.skip(1);
    const text = source.slice(start).replace(/(?<=\d)_(?=\d)/g, '');
    const [, sign, whole = '', fraction, exponent = ''] =
      /^([-+]?)(0+|[1-9]\d*|(?=\.\d))(?:\.(\d*))?([eE][-+]?\d+)?$/.exec(text) ?? [];
    if (sign === undefined) throw new NotThis();
    const digits = `${whole.replace(/^0+(?=0)/, '') || '0'}${fraction === undefined ? '' : `.${fraction || '0'}`}`;
    return `${sign === '-' ? '-' : ''}${digits}${exponent}`;
  }

  *#string(): Reading<string> {
    const source = this.#source;
    const quote = yield* source.peek();
    source.skip(1);
    let quotes = 1;
    while (quotes < 3 && (yield* source.take(quote))) quotes++;
    if (quotes === 2) return '';
    let text = '';
    for (;;) {
      if (yield* source.take(quote)) {
        if (quotes === 1) return text.toWellFormed();
        let ending = 1;
        while (ending < 3 && (yield* source.take(quote))) ending++;
        if (ending === 3) return text.toWellFormed();
        text += quote.repeat(ending);
        continue;
      }
      const next = yield* source.peek();
      source.skip(1);
      text += next === '\\' ? yield* this.#escape() : next;
    }
  }

  *#escape(): Reading<string> {
    const source = this.#source;
    const letter = yield* source.peek();
    source.skip(1);
    if (Object.hasOwn(escapes, letter)) return escapes[letter]!;
    const count = Object.hasOwn(hexDigits, letter) ? hexDigits[letter]! : 0;
    if (count > 0) {
      const start = source.at;
      yield* source.expectPattern(/[\da-fA-F]/, count);
      const code = Number.parseInt(source.slice(start), 16);
      if (code > 0x10ffff) throw new NotThis();
      return count === 4 ? String.fromCharCode(code) : String.fromCodePoint(code);
    }
    if (/[0-7]/.test(letter)) {
      let digits = letter;
      while (digits.length < 3 && /[0-7]/.test(yield* source.peek())) {
        digits += yield* source.peek();
        source.skip(1);
      }
      return String.fromCharCode(Number.parseInt(digits, 8));
    }
    // Python leaves what it does not know as it stands.
    return `\\${letter}`;
  }
}

function objectOf(members: ReadonlyMap<string, string>): string {
  return `{${[...members].map(([name, value]) => `${JSON.stringify(name)}: ${value}`).join(', ')}}`;
}
