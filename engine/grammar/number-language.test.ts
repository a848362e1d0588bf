import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { type Language, Languages } from './language.ts';
import { integers, numberAfter, numberBefore, numbers } from './number-language.ts';

const bounds = fc
  .tuple(
    fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.constantFrom(0, 0.1, -0.5, 1e-7, 1e21, -1e22),
    ),
    fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer({ min: -1_000, max: 1_000 }),
      fc.constantFrom(0, 0.3, 12.5, 1e20, Infinity),
    ),
  )
  .map(([one, other]) => ({ low: Math.min(one, other), high: Math.max(one, other) }));

/** Follows a random way through a language to one of its texts. */
function write(language: Language, none: Language, choose: (count: number) => number): string {
  let text = '';
  for (let at = language; ; ) {
    const bytes = [...'0123456789+-.eE'].filter((character) => at.after(character.charCodeAt(0)) !== none);
    if (at.isComplete && (bytes.length === 0 || choose(4) === 0)) return text;
    const byte = bytes[choose(bytes.length)]!;
    text += byte;
    at = at.after(byte.charCodeAt(0));
  }
}

function takes(language: Language, text: string): boolean {
  let at = language;
  for (const character of text) at = at.after(character.charCodeAt(0));
  return at.isComplete;
}

test('every number that is written is within its bounds, however it is rounded when it is read', () => {
  fc.assert(
    fc.property(bounds, fc.boolean(), fc.gen(), (range, isInteger, g) => {
      const languages = new Languages();
      const language = (isInteger ? integers : numbers)(languages, range);
      if (language === languages.none) return;
      const text = write(language, languages.none, (count) => g(fc.nat, count - 1));
      const value: unknown = JSON.parse(text);
      expect(value).toBeNumber();
      expect(value as number).toBeFinite();
      expect([text, range, (value as number) >= range.low && (value as number) <= range.high]).toEqual([
        text,
        range,
        true,
      ]);
      if (isInteger) expect(text).toMatch(/^-?\d+$/);
    }),
    { numRuns: 2_000 },
  );
});

test('every number within the bounds can be written, unless it needs an exponent there', () => {
  fc.assert(
    fc.property(bounds, fc.double({ noNaN: true, noDefaultInfinity: true }), (range, number) => {
      const value = number + 0;
      const isWithin = value >= range.low && value <= range.high;
      const hasExponent = /e/.test(`${value}`);
      const languages = new Languages();
      if (isWithin && !hasExponent)
        expect([value, takes(numbers(languages, range), `${value}`)]).toEqual([value, true]);
      if (!isWithin) expect([value, takes(numbers(languages, range), `${value}`)]).toEqual([value, false]);
      const all = numbers(languages, { low: -Infinity, high: Infinity });
      expect([value, takes(all, `${value}`)]).toEqual([value, true]);
    }),
    { numRuns: 2_000 },
  );
});

test('integers are bounded digit by digit', () => {
  fc.assert(
    fc.property(
      fc.bigInt(-(10n ** 20n), 10n ** 20n),
      fc.bigInt(0n, 10n ** 6n),
      fc.bigInt(-3n, 10n ** 6n),
      (low, size, offset) => {
        // Bounds are numbers, so only those that are exact can be asked for.
        const from = BigInt(Number(low));
        const to = BigInt(Number(from + size));
        const language = integers(new Languages(), { low: Number(from), high: Number(to) });
        const value = from + offset;
        expect([value, takes(language, `${value}`)]).toEqual([value, value >= from && value <= to]);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('there is no number between a number and the one after it', () => {
  expect([numberAfter(0), numberBefore(0)]).toEqual([Number.MIN_VALUE, -Number.MIN_VALUE]);
  expect([numberAfter(1), numberBefore(1)]).toEqual([1 + Number.EPSILON, 1 - Number.EPSILON / 2]);
  expect([numberAfter(-1), numberBefore(-1)]).toEqual([-1 + Number.EPSILON / 2, -1 - Number.EPSILON]);
  expect([numberAfter(Infinity), numberBefore(-Infinity)]).toEqual([Infinity, -Infinity]);
});

test('other spellings of JSON numbers may be written where no bounds are', () => {
  const all = numbers(new Languages(), { low: -Infinity, high: Infinity });
  for (const text of ['0', '-0', '1E5', '1.50e+3', '6.02e23', '-1.7e308', '0.0'])
    expect([text, takes(all, text)]).toEqual([text, true]);
  for (const text of ['01', '+1', '.5', '1.', '1e', '1e309', '1.8e308', '--1', 'e5'])
    expect([text, takes(all, text)]).toEqual([text, false]);
});
