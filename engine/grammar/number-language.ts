/**
 * JSON's numbers, and those within bounds. Digits are bounded, so that a writer who never stops still writes a number
 * that everyone can read: up to 21 before the point and 24 behind it, which holds all that `JSON.stringify` writes without
 * an exponent.
 */
import type { Language, Languages } from './language.ts';

export interface NumberBounds {
  /** Both belong to the numbers; either may be infinite. */
  readonly low: number;
  readonly high: number;
}

const WHOLE_DIGITS_MAX = 21;
const FRACTION_DIGITS_MAX = 24;
const WHOLE_LIMIT = 10n ** BigInt(WHOLE_DIGITS_MAX) - 1n;
/** `JSON.stringify` writes an exponent from here on up, and below the other one. */
const LARGE = 1e21;
const SMALL = 1e-6;
/** Above it, digits lose none of their worth. */
const SMALLEST = 1e-307;

export function integers(languages: Languages, bounds: NumberBounds): Language {
  return languages.once(`integers ${bounds.low} ${bounds.high}`, () => integersWithin(languages, bounds));
}

export function numbers(languages: Languages, bounds: NumberBounds): Language {
  return languages.once(`numbers ${bounds.low} ${bounds.high}`, () => numbersWithin(languages, bounds));
}

function integersWithin(languages: Languages, bounds: NumberBounds): Language {
  if (bounds.low >= LARGE || bounds.high <= -LARGE) return languages.none;
  const low = wholeOf(Math.ceil(bounds.low));
  const high = wholeOf(Math.floor(bounds.high));
  const { between } = new Digits(languages);
  return languages.either([
    between(max(low, 0n), high),
    languages.sequence(languages.text('-'), between(max(-high, 1n), -low)),
  ]);
}

function numbersWithin(languages: Languages, bounds: NumberBounds): Language {
  const { low, high } = bounds;
  const digits = new Digits(languages);
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return anyNumber(languages, digits);
  const sign = languages.text('-');
  return languages.either([
    digits.decimals(decimalOf(Math.max(low, 0), 'up'), decimalOf(high, 'down')),
    languages.sequence(sign, digits.decimals(positive(decimalOf(Math.max(-high, 0), 'up')), decimalOf(-low, 'down'))),
    withExponent(languages, digits, bounds),
    languages.sequence(sign, withExponent(languages, digits, { low: -high, high: -low })),
  ]);
}

/** The next number that there is: what is above a value is at least this. */
export function numberAfter(value: number): number {
  return neighbour(value, 1n);
}

export function numberBefore(value: number): number {
  return neighbour(value, -1n);
}

function neighbour(value: number, direction: bigint): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return Number(direction) * Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? direction : -direction));
  return view.getFloat64(0);
}

function anyNumber(languages: Languages, digits: Digits): Language {
  const mantissa = languages.sequence(digits.any(1, 1), digits.fraction());
  const exponent = languages.either([
    languages.sequence(languages.maybe(languages.text('+')), digits.between(0n, 307n)),
    languages.sequence(languages.text('-'), digits.between(0n, 330n)),
  ]);
  const e = languages.characterOf('eE');
  return languages.sequence(
    languages.maybe(languages.text('-')),
    languages.either([
      languages.sequence(digits.between(0n, WHOLE_LIMIT), digits.fraction()),
      languages.sequence(mantissa, e, exponent),
      languages.sequence(digits.largest(), e, languages.maybe(languages.text('+')), languages.text('308')),
    ]),
  );
}

/** Very large and very small numbers, where the bounds take in all of a kind, as `JSON.stringify` writes them. */
function withExponent(languages: Languages, digits: Digits, { low, high }: NumberBounds): Language {
  const fraction = languages.maybe(languages.sequence(languages.text('.'), digits.any(1, 17)));
  const mantissa = languages.sequence(languages.characterOf('123456789'), fraction);
  const parts: Language[] = [];
  if (low <= LARGE && high === Number.POSITIVE_INFINITY) {
    parts.push(languages.sequence(mantissa, languages.text('e+'), digits.between(21n, 307n)));
    parts.push(languages.sequence(digits.largest(), languages.text('e+308')));
  }
  // What is so small that it may be read as zero is only written where zero is allowed.
  if (low <= SMALLEST && high >= SMALL) {
    parts.push(languages.sequence(mantissa, languages.text('e-'), digits.between(7n, low <= 0 ? 330n : 307n)));
  }
  return languages.either(parts);
}

/** A number without sign: digits before and behind the point, as short as they can be. */
interface Decimal {
  readonly whole: bigint;
  readonly fraction: string;
}

class Digits {
  readonly #languages: Languages;

  constructor(languages: Languages) {
    this.#languages = languages;
  }

  any(min: number, max: number): Language {
    return this.#languages.repeat(this.#languages.characterOf('0123456789'), min, max);
  }

  fraction(): Language {
    return this.#languages.maybe(this.#languages.sequence(this.#point, this.any(1, FRACTION_DIGITS_MAX)));
  }

  /** Whole numbers, not negative, both ends included. */
  readonly between = (low: bigint, high: bigint): Language => {
    const top = high > WHOLE_LIMIT ? WHOLE_LIMIT : high;
    const parts: Language[] = [];
    for (let length = low.toString().length; length <= top.toString().length; length++) {
      const first = length === 1 ? 0n : 10n ** BigInt(length - 1);
      const from = max(low, first);
      const to = top < 10n ** BigInt(length) ? top : 10n ** BigInt(length) - 1n;
      if (from <= to) parts.push(this.#sameLength(from.toString(), to.toString()));
    }
    return this.#languages.either(parts);
  };

  /** Decimals from one to the other, both included; undefined stands for an end out of reach. */
  decimals(low: Decimal | undefined, high: Decimal | undefined): Language {
    const languages = this.#languages;
    if (!low || !high || low.whole > high.whole) return languages.none;
    const withWhole = (whole: bigint, fraction: Language) => languages.sequence(languages.text(`${whole}`), fraction);
    if (low.whole === high.whole) return withWhole(low.whole, this.#fractionWithin(low.fraction, high.fraction));
    return languages.either([
      withWhole(low.whole, this.#fractionWithin(low.fraction, undefined)),
      languages.sequence(this.between(low.whole + 1n, high.whole - 1n), this.fraction()),
      withWhole(high.whole, this.#fractionWithin('', high.fraction)),
    ]);
  }

  /** What may stand before the greatest exponent: beyond that, a number would be read as infinite. */
  largest(): Language {
    return this.decimals({ whole: 1n, fraction: '' }, { whole: 1n, fraction: '7976931348623157' });
  }

  get #point(): Language {
    return this.#languages.text('.');
  }

  #sameLength(low: string, high: string): Language {
    const languages = this.#languages;
    if (low === '') return languages.end;
    const more = low.length - 1;
    if (/^0*$/.test(low) && /^9*$/.test(high)) return this.any(low.length, low.length);
    const [first, last] = [Number(low[0]), Number(high[0])];
    if (first === last)
      return languages.sequence(digit(languages, first, last), this.#sameLength(low.slice(1), high.slice(1)));
    return languages.either([
      languages.sequence(digit(languages, first, first), this.#sameLength(low.slice(1), '9'.repeat(more))),
      languages.sequence(digit(languages, first + 1, last - 1), this.any(more, more)),
      languages.sequence(digit(languages, last, last), this.#sameLength('0'.repeat(more), high.slice(1))),
    ]);
  }

  #fractionWithin(low: string, high: string | undefined): Language {
    const languages = this.#languages;
    const some = languages.sequence(this.#point, this.#places(low, high, FRACTION_DIGITS_MAX));
    return low === '' ? languages.maybe(some) : some;
  }

  /** At least one digit behind the point; `high` undefined leaves them free above. */
  #places(low: string, high: string | undefined, left: number): Language {
    const languages = this.#languages;
    if (left === 0) return languages.none;
    if (low === '' && high === undefined) return this.any(1, left);
    const first = Number(low[0] ?? '0');
    const last = high === undefined ? 9 : Number(high[0] ?? '0');
    if (first > last) return languages.none;
    const after = (digits: readonly [number, number], rest: Language, mayStop: boolean) =>
      languages.sequence(digit(languages, ...digits), mayStop ? languages.maybe(rest) : rest);
    const [lowRest, highRest] = [low.slice(1), high?.slice(1)];
    const mayStop = lowRest === '';
    if (first === last) return after([first, first], this.#places(lowRest, highRest, left - 1), mayStop);
    const inner = high === undefined ? last : last - 1;
    return languages.either([
      after([first, first], this.#places(lowRest, undefined, left - 1), mayStop),
      after([first + 1, inner], this.any(1, left - 1), true),
      ...(high === undefined ? [] : [after([last, last], this.#places('', highRest, left - 1), true)]),
    ]);
  }
}

function digit(languages: Languages, from: number, to: number): Language {
  return languages.characterOf('0123456789'.slice(from, Math.max(from, to + 1)));
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}

function wholeOf(value: number): bigint {
  if (value >= LARGE) return WHOLE_LIMIT;
  return value <= -LARGE ? -WHOLE_LIMIT : BigInt(value);
}

/**
 * The shortest decimal that is read as this number, cut to the digits that are written here. A text on its right side is
 * read as a number on its right side, since reading rounds but never changes the order.
 */
function decimalOf(value: number, direction: 'up' | 'down'): Decimal | undefined {
  if (value < 0) return undefined;
  if (value >= LARGE)
    return direction === 'up' ? undefined : { whole: WHOLE_LIMIT, fraction: '9'.repeat(FRACTION_DIGITS_MAX) };
  const [mantissa, exponent = '0'] = String(value).split('e');
  const [whole, fraction = ''] = mantissa!.split('.');
  const shift = Number(exponent);
  const shifted = shift < 0 ? `${'0'.repeat(-shift)}${whole}${fraction}` : fraction;
  const digits = shift < 0 ? shifted.slice(whole!.length) : shifted;
  const integer = shift < 0 ? 0n : BigInt(whole!);
  if (digits.length <= FRACTION_DIGITS_MAX) return { whole: integer, fraction: digits };
  const cut = digits.slice(0, FRACTION_DIGITS_MAX);
  if (direction === 'down') return { whole: integer, fraction: cut.replace(/0+$/, '') };
  const up = (BigInt(`${integer}${cut}`) + 1n).toString().padStart(FRACTION_DIGITS_MAX + 1, '0');
  return {
    whole: BigInt(up.slice(0, -FRACTION_DIGITS_MAX)),
    fraction: up.slice(-FRACTION_DIGITS_MAX).replace(/0+$/, ''),
  };
}

/** A negative zero is left to those who write any number. */
function positive(decimal: Decimal | undefined): Decimal | undefined {
  if (decimal?.whole !== 0n || decimal.fraction !== '') return decimal;
  return { whole: 0n, fraction: `${'0'.repeat(FRACTION_DIGITS_MAX - 1)}1` };
}
