import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { AnswerText } from './answer-text.ts';

const encoder = new TextEncoder();

/** Gives out what is left at the end, too. */
function give(text: AnswerText, pieces: readonly Uint8Array[]): readonly string[] {
  const given = pieces.map((piece) => text.add(piece));
  return text.isStopped ? given : [...given, text.end()];
}

/** Cuts bytes into pieces of the given lengths and then single ones. */
function cut(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const length of [...lengths, ...Array<number>(bytes.length).fill(1)]) {
    if (start >= bytes.length) break;
    pieces.push(bytes.subarray(start, start + length));
    start += length;
  }
  return pieces;
}

const lengths = fc.array(fc.integer({ min: 1, max: 5 }));

test('text comes out as it went in, in whole characters, however its bytes are cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), lengths, (text, lengths) => {
      const given = give(new AnswerText([]), cut(encoder.encode(text), lengths));
      expect(given.join('')).toBe(text);
      for (const piece of given) expect(piece.isWellFormed()).toBe(true);
    }),
  );
});

describe('a stop string', () => {
  test('is found however the text is cut, and nothing from it on is given out', () => {
    const stops = ['abba', 'bbb', 'é€'];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€') }), lengths, (text, lengths) => {
        const answer = new AnswerText(stops);
        // Token by token: a stop string is looked for when it may be complete.
        const pieces = cut(encoder.encode(text), lengths);
        const sent = give(answer, pieces).join('');
        const found = stops.some((stop) => text.includes(stop));
        expect(answer.isStopped).toBe(found);
        if (!found) expect(sent).toBe(text);
        else expect(text.startsWith(sent) && stops.some((stop) => text.startsWith(sent + stop))).toBe(true);
      }),
    );
  });

  test('holds back only what may be its beginning', () => {
    const answer = new AnswerText(['END', 'stop']);
    expect(['a', 'E', 'N', 'x', 'st', 'o', 'E', 'ND and more'].map((text) => answer.add(encoder.encode(text)))).toEqual(
      ['a', '', '', 'ENx', '', '', 'sto', ''],
    );
    expect([answer.isStopped, answer.released, answer.decoded]).toEqual([true, 7, 7]);
  });

  test('that never comes gives back at the end what was held', () => {
    const answer = new AnswerText(['END']);
    expect(give(answer, [encoder.encode('the EN')])).toEqual(['the ', 'EN']);
  });

  test('of nothing, or of half a character, stops nothing', () => {
    const answer = new AnswerText(['', '\ude00']);
    expect(give(answer, [encoder.encode('a😀b')]).join('')).toBe('a😀b');
  });
});

test('a character that was cut at the end stays out, and bytes that are none become one sign', () => {
  expect(give(new AnswerText([]), [encoder.encode('ab'), Uint8Array.of(0xf0, 0x9f)])).toEqual(['ab', '', '']);
  expect(give(new AnswerText([]), [Uint8Array.of(0xff), encoder.encode('b')]).join('')).toBe('\ufffdb');
});
