import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import bedrockConverse from '../../src/formats/bedrock-converse.ts';
import cohereChat from '../../src/formats/cohere-chat.ts';
import ollamaChat from '../../src/formats/ollama-chat.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import { answerUsage, COST, IDENTITY, play } from '../support/play-answer.ts';
import { type ChatAnswer, readChatResult, readChatStream } from '../support/read-answer.ts';
import { type Golden, readRecordings } from '../support/recordings.ts';

/** Formats that only providers speak: what they say is told to callers of chat completions. */
const FORMATS = [bedrockConverse, cohereChat, ollamaChat];
const recordings = FORMATS.flatMap((format) =>
  readRecordings(format.id).map((recording) => ({ format, ...recording })),
);

function expectGolden(answer: ChatAnswer, golden: Golden): void {
  expect([answer.text, answer.reasoning, answer.finishReason, answer.nativeFinishReason]).toEqual([
    golden.text,
    golden.reasoning,
    golden.finishReason,
    golden.nativeFinishReason,
  ]);
  const called = (calls: Golden['toolCalls']) =>
    calls.map(({ id, name, arguments: json }) => [id, name, JSON.parse(json)]);
  expect(called(answer.toolCalls)).toEqual(called(golden.toolCalls));
  const { prompt, completion, cached, written } = golden.usage;
  expect(answer.usages).toHaveLength(1);
  expect(answer.usages[0]).toMatchObject({
    ...{ prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion, cost: COST.cost },
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
  });
}

test('the suite sees the recordings', () => {
  for (const { id } of FORMATS) expect(readRecordings(id).length).toBeGreaterThanOrEqual(3);
});

describe.each(recordings)('the recording $name', ({ format, stream, result, golden }) => {
  const whole = play([stream], false, format, openaiChat);

  test('is told to callers of chat completions', () => {
    expect(whole.failure).toBeUndefined();
    const answer = readChatStream(whole.bytes);
    expectGolden(answer, golden);
    expect([answer.done, answer.afterDone]).toEqual([1, 0]);
  });

  test('gives the same answer however the network cuts it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 16 }), (at) => {
        const bounds = [0, ...at.toSorted((a, b) => a - b), stream.length];
        const pieces = bounds.slice(1).map((end, i) => stream.subarray(bounds[i], end));
        expectGolden(readChatStream(play(pieces, false, format, openaiChat).bytes), golden);
      }),
      { numRuns: 40 },
    );
  });

  test('never looks whole when it is cut at any byte before it has said how it ended', () => {
    let wholes = 0;
    for (let at = 0; at < stream.length; at++) {
      const { bytes, failure } = play([stream.subarray(0, at)], false, format, openaiChat);
      const answer = readChatStream(bytes);
      if (failure === undefined) {
        // All was said; a marker after it, or its counts, may be missing.
        wholes++;
        expect([at, answer.text, answer.nativeFinishReason]).toEqual([at, golden.text, golden.nativeFinishReason]);
      } else {
        expect([at, failure.kind, answer.done]).toEqual([at, 'provider-cut-off', 0]);
        expect(golden.text.startsWith(answer.text)).toBe(true);
      }
    }
    expect(wholes).toBeLessThan(20);
  });

  test('is the same answer without a stream, and none when that is cut', () => {
    if (!result) return;
    const events = format.client.decodeResult(result, { passThrough: false, quirks: {} });
    const body = openaiChat.server.openEncoder(IDENTITY).encodeResult(events, answerUsage(events, format));
    expectGolden(readChatResult(body), golden);
    for (let at = 0; at < result.length; at++) {
      const part = result.subarray(0, at);
      expect(() => format.client.decodeResult(part, { passThrough: false, quirks: {} })).toThrow(Failure);
    }
  });
});
