import { describe, expect, test } from 'bun:test';
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

describe('where tools are offered', () => {
  const tools = { tools: { names: new Set(['f', 'g']), takes: () => true }, callsMax: Number.POSITIVE_INFINITY };
  const special = { ...vocabulary, specialName: (token: number) => (token === 0 ? '<|python_start|>' : undefined) };

  function readCalls(pieces: readonly string[], reason: EndReason = 'stop', callsMax = tools.callsMax) {
    const events: ChatEvent[] = [];
    const reading = { stops: [], wantsScores: true, tools: { ...tools, callsMax }, vocabulary: special };
    const sink = readAnswer(reading, (event) => events.push(event));
    sink({ type: 'started' });
    const hasEnough = pieces.some((piece) => {
      const bytes = encoder.encode(piece);
      return sink({ type: 'token', token: bytes[0] ?? 0, bytes, logprob: -1, top: [] });
    });
    sink({ type: 'ended', reason: hasEnough ? 'stop' : reason, counts });
    return { events, hasEnough };
  }

  const told = (events: readonly ChatEvent[]) =>
    events.flatMap((event): readonly string[] => {
      if (event.type === 'text') return [event.text];
      if (event.type === 'tool-call-start') return [`${event.index} ${event.name}`];
      if (event.type === 'tool-call-delta') return [`${event.index} ${event.argumentsJson}`];
      return event.type === 'ended' ? [event.finishReason] : [];
    });

  test('calls are told one by one, each with an id of its own, and end the answer as calls', () => {
    const { events } = readCalls(['', '[f(', 'a=1), ', 'g()', ']']);
    expect(told(events)).toEqual(['0 f', '0 {"a": 1}', '1 g', '1 {}', 'tool_calls']);
    const ids = events.flatMap((event) => (event.type === 'tool-call-start' ? [event.id] : []));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^call_[0-9a-f]{24}$/);
  });

  test('text beside them stays text, with its scores', () => {
    const { events } = readCalls(['Sure', ': ', '{"name": "f", "parameters": {}}']);
    expect(told(events)).toEqual(['Sure', ': ', '0 f', '0 {}', 'tool_calls']);
    const scored = events.flatMap((event) => (event.type === 'text' ? event.tokens : []));
    expect(scored.map(({ bytes }) => Buffer.from(bytes).toString()).join('')).toBe('Sure: ');
    expect(told(readCalls(['[1, ', '2]']).events).join('')).toBe('[1, 2]stop');
  });

  test('a call cut by the limit is text, and no call', () => {
    expect(told(readCalls(['[f(', 'a='], 'length').events)).toEqual(['[f(a=', 'length']);
  });

  test('no more calls are read than there may be', () => {
    const { events, hasEnough } = readCalls(['[f(), ', 'g()', ']'], 'stop', 1);
    expect([hasEnough, told(events)]).toEqual([true, ['0 f', '0 {}', 'tool_calls']]);
  });
});
