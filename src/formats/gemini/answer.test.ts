import { describe, expect, test } from 'bun:test';
import type { GenerationEvent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import gemini from '../gemini.ts';
import {
  ask,
  bytesOf,
  CHUNKS,
  type Chunk,
  COST,
  END,
  finishesIn,
  IDENTITY,
  IDS,
  partsIn,
  said,
  textOf,
  USAGE,
  usageOf,
} from './play.test-data.ts';

describe('a call of a tool', () => {
  const call = (json: string): GenerationEvent[] => [
    { type: 'tool-call-start', part: 1, id: 'c1', name: 'f' },
    ...[...json].map((argumentsJson): GenerationEvent => ({ type: 'tool-call-delta', part: 1, argumentsJson })),
    { type: 'finish', finishReason: 'tool_calls', nativeFinishReason: 'tool_calls' },
  ];
  const answerTo = (events: readonly GenerationEvent[]) =>
    JSON.parse(
      textOf(gemini.server.openEncoder(IDENTITY, ask()).encodeResult(events, { usage: NO_USAGE, cost: COST })),
    ) as Chunk;

  test('is told whole, however small the pieces were', () => {
    const answer = answerTo(call('{"a": 1}'));
    expect(partsIn([answer])).toEqual([{ functionCall: { id: 'c1', name: 'f', args: { a: 1 } } }]);
    expect(finishesIn([answer])).toEqual(['STOP']);
  });

  test('whose arguments are no object is told as malformed, in Google’s way', () => {
    const answer = answerTo(call('{"a": '));
    expect(partsIn([answer])).toEqual([]);
    expect(answer.candidates![0]).toMatchObject({
      finishReason: 'MALFORMED_FUNCTION_CALL',
      finishMessage: 'Malformed function call: f({"a": )',
    });
  });
});

describe('a plain answer', () => {
  const body = bytesOf({
    ...said([{ text: 'Hi' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }], {
      finishReason: 'STOP',
      xNew: [1.5],
    }),
    usageMetadata: USAGE,
    ...IDS,
  });

  test('keeps its bytes but for what is ours', () => {
    const events = gemini.client.decodeResult(body, { passThrough: true, quirks: {} });
    const text = textOf(gemini.server.openEncoder(IDENTITY, ask()).encodeResult(events, usageOf(events)));
    expect(text).toContain('"xNew":[1.5]');
    expect(JSON.parse(text)).toMatchObject({
      responseId: 'gen-1',
      modelVersion: 'demo/talker',
      usageMetadata: { ...USAGE, cost: 0.5 },
    });
  });

  test('means the same as its stream', () => {
    const events = gemini.client.decodeResult(body, { passThrough: false, quirks: {} });
    expect(events.map(({ type }): string => type)).toEqual([
      ...['generation-start', 'text-delta', 'media-delta', 'finish', 'usage', 'generation-end'],
    ]);
    expect(events.at(-2)).toMatchObject({
      usage: { promptTokens: 12, completionTokens: 12, reasoningTokens: 3, cachedTokens: 4 },
    });
  });

  test('may be a list of chunks', () => {
    const events = gemini.client.decodeResult(bytesOf([...CHUNKS, END]), { passThrough: true, quirks: {} });
    const answer = JSON.parse(
      textOf(gemini.server.openEncoder(IDENTITY, ask()).encodeResult(events, usageOf(events))),
    ) as Chunk;
    expect(partsIn([answer]).map(({ text }) => text)).toEqual(['I think so.', 'Hé said "hi" 🐕', undefined, undefined]);
  });

  test('is no answer when it is cut at any byte, or does not say that it ended', () => {
    for (let at = 0; at < body.length; at++) {
      expect(() => gemini.client.decodeResult(body.subarray(0, at), { passThrough: true, quirks: {} })).toThrow(
        Failure,
      );
    }
    expect(() =>
      gemini.client.decodeResult(bytesOf(said([{ text: 'Hi' }])), { passThrough: true, quirks: {} }),
    ).toThrow('not ended');
  });
});

describe('an error of the API', () => {
  const failure = (status: number, error: object | string) =>
    gemini.client.decodeFailure({
      status,
      headers: new Headers(),
      body: bytesOf(typeof error === 'string' ? error : { error }),
    });

  test('means what Google means by it', () => {
    const cases: readonly (readonly [number, string, string])[] = [
      [
        400,
        'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
        'provider-context-too-long',
      ],
      [400, 'API key not valid. Please pass a valid API key.', 'provider-unauthorised'],
      [400, 'User location is not supported for the API use.', 'provider-forbidden'],
      [400, 'Invalid JSON payload received. Unknown name "x"', 'provider-rejected'],
      [403, 'This API method requires billing to be enabled.', 'provider-unpaid'],
      [404, 'models/x is not found for API version v1beta', 'provider-model-missing'],
      [429, 'You exceeded your current quota', 'provider-rate-limited'],
      [500, 'An internal error has occurred.', 'provider-error'],
      [503, 'The model is overloaded. Please try again later.', 'provider-overloaded'],
    ];
    for (const [status, message, kind] of cases) {
      expect([message, failure(status, { code: status, message, status: 'X' }).kind]).toEqual([message, kind as never]);
    }
    expect(failure(502, '<html>Bad gateway</html>').kind).toBe('provider-error');
  });

  test('says when to come back, in its details', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }];
    const { detail } = failure(429, { code: 429, message: 'quota', status: 'RESOURCE_EXHAUSTED', details });
    expect(detail).toMatchObject({ retryAfterSeconds: 34.5, providerCode: 'RESOURCE_EXHAUSTED' });
    const out = gemini.server.encodeFailure(new Failure('provider-rate-limited', detail));
    expect(out).toMatchObject({
      error: { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{}, { retryDelay: '35s' }] },
    });
  });
});

test('candidates that only the total counts are counted', () => {
  const candidates = [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' }];
  const counts = { promptTokenCount: 10, toolUsePromptTokenCount: 2, thoughtsTokenCount: 3, totalTokenCount: 19 };
  const body = bytesOf({ candidates, usageMetadata: counts });
  const usage = gemini.client
    .decodeResult(body, { passThrough: true, quirks: {} })
    .find(({ type }) => type === 'usage');
  expect(usage).toMatchObject({ usage: { promptTokens: 12, completionTokens: 7, reasoningTokens: 3 } });
});
