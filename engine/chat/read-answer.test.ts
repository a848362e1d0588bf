import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { EndReason, TokenCounts } from '../generation/task.ts';
import type { ChatEvent } from './chat-event.ts';
import { readAnswer } from './read-answer.ts';

const encoder = new TextEncoder();
const counts: TokenCounts = { promptTokens: 3, cachedTokens: 0, outputTokens: 9 };
const vocabulary = {
  tokenBytes: (token: number) => Uint8Array.of(token),
  specialName: (token: number) => (token === 0 ? '<|eot|>' : undefined),
};

/** Reads pieces as tokens, the first byte of each being its id. */
function read(pieces: readonly Uint8Array[], stops: readonly string[] = [], reason: EndReason = 'stop') {
  const events: ChatEvent[] = [];
  const sink = readAnswer({ stops, wantsScores: true, vocabulary }, (event) => events.push(event));
  sink({ type: 'started' });
  const hasEnough = pieces.some((bytes) =>
    sink({ type: 'token', token: bytes[0]!, bytes, logprob: -1, top: [{ token: 0, logprob: -2 }] }),
  );
  sink({ type: 'ended', reason: hasEnough ? 'stop' : reason, counts });
  const texts = events.filter((event) => event.type === 'text');
  return { events, texts, bytes: texts.flatMap(({ tokens }) => tokens.flatMap(({ bytes }) => [...bytes])) };
}

test('the scores of all tokens spell the answer byte by byte, however characters are cut', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 4 })),
      (text, lengths) => {
        const whole = encoder.encode(text);
        const pieces: Uint8Array[] = [];
        for (let start = 0; start < whole.length; start += pieces.at(-1)!.length) {
          pieces.push(whole.subarray(start, start + (lengths[pieces.length] ?? 1)));
        }
        const { texts, bytes } = read(pieces);
        expect(bytes).toEqual([...whole]);
        expect(texts.map((event) => event.text).join('')).toBe(text);
      },
    ),
  );
});

test('a token is scored with the text that it begins', () => {
  const [a, b, c, d] = [...encoder.encode('€')].map((byte) => Uint8Array.of(byte)).concat(encoder.encode('x'));
  const { texts } = read([a!, b!, c!, d!]);
  expect(texts.map(({ text, tokens }) => [text, tokens.length])).toEqual([
    ['€', 3],
    ['x', 1],
  ]);
});

test('tokens of a stop string are not scored, but those before it are', () => {
  const { texts, bytes, events } = read(
    ['ab', 'cE', 'ND', 'x'].map((text) => encoder.encode(text)),
    ['END'],
  );
  expect(texts.map(({ text }) => text).join('')).toBe('abc');
  expect(Buffer.from(bytes).toString()).toBe('abcE');
  expect(events.at(-1)).toEqual({ type: 'ended', finishReason: 'stop', counts });
});

test('a character cut by the limit is scored and not shown', () => {
  const { texts, bytes } = read([encoder.encode('a'), Uint8Array.of(0xe2), Uint8Array.of(0x82)], [], 'length');
  expect(texts.map(({ text }) => text).join('')).toBe('a');
  expect(bytes).toEqual([0x61, 0xe2, 0x82]);
});

test('a control token among the likeliest is told by its name', () => {
  const { texts } = read([encoder.encode('a')]);
  expect(texts[0]!.tokens[0]!.top).toEqual([{ name: '<|eot|>', bytes: Uint8Array.of(0), logprob: -2 }]);
});

test('an answer that breaks off is no whole one', () => {
  const events: ChatEvent[] = [];
  const sink = readAnswer({ stops: [], wantsScores: false, vocabulary }, (event) => events.push(event));
  sink({ type: 'ended', reason: 'failed', counts, error: 'broken' });
  expect(events).toEqual([{ type: 'failed', error: 'broken' }]);
});
