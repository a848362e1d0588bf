import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import gemini from '../../src/formats/gemini.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import { answerUsage, COST, IDENTITY, play } from '../support/play-answer.ts';
import { readChatStream } from '../support/read-answer.ts';
import { type GeminiAnswer, type GeminiChunk, readGemini, readGeminiStream } from '../support/read-gemini.ts';
import { type Golden, readRecordings } from '../support/recordings.ts';

const recordings = readRecordings('gemini');

function expectGolden(answer: GeminiAnswer, golden: Golden): void {
  expect([answer.text, answer.reasoning, answer.finishReasons]).toEqual([
    golden.text,
    golden.reasoning,
    [golden.nativeFinishReason],
  ]);
  const { prompt, completion, cached, reasoning } = golden.usage;
  const usage = answer.usage as Record<string, number>;
  expect((usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0)).toBe(prompt);
  expect((usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0)).toBe(completion);
  expect(usage).toMatchObject({ totalTokenCount: prompt + completion, cost: COST.cost });
  expect([usage.cachedContentTokenCount ?? 0, usage.thoughtsTokenCount ?? 0]).toEqual([cached, reasoning]);
}

test('the suite sees the recordings', () => {
  expect(recordings.length).toBeGreaterThanOrEqual(5);
});

describe.each(recordings)('the recording $name', ({ stream, result, golden }) => {
  const whole = play([stream], true, gemini);

  test('means what was written down, whether its bytes pass through or are built again', () => {
    for (const passThrough of [true, false]) {
      const played = play([stream], passThrough, gemini);
      expect(played.failure).toBeUndefined();
      const answer = readGeminiStream(played.bytes);
      expectGolden(answer, golden);
      const calls = answer.toolCalls.map(({ name, args }) => [name, args]);
      expect(calls).toEqual(golden.toolCalls.map(({ name, arguments: json }) => [name, JSON.parse(json)]));
      for (const chunk of answer.chunks) {
        expect([chunk.responseId, chunk.modelVersion]).toEqual([IDENTITY.id, IDENTITY.model]);
      }
    }
  });

  test('keeps signatures and parts that only its own format knows, in both ways', () => {
    const kept = (passThrough: boolean) => {
      const answer = readGeminiStream(play([stream], passThrough, gemini).bytes);
      return [answer.others, answer.toolCalls.map(({ seal }) => seal)];
    };
    expect(kept(false)).toEqual(kept(true));
  });

  test('is told to callers of chat completions', () => {
    const { bytes, failure } = play([stream], false, gemini, openaiChat);
    expect(failure).toBeUndefined();
    const answer = readChatStream(bytes);
    expect([answer.text, answer.reasoning, answer.toolCalls as unknown, answer.finishReason]).toEqual([
      golden.text,
      golden.reasoning,
      golden.toolCalls,
      golden.finishReason,
    ]);
    expect([answer.done, answer.afterDone, answer.usages.length]).toEqual([1, 0, 1]);
    expect(answer.usages[0]).toMatchObject({
      prompt_tokens: golden.usage.prompt,
      completion_tokens: golden.usage.completion,
      prompt_tokens_details: { cached_tokens: golden.usage.cached },
      completion_tokens_details: { reasoning_tokens: golden.usage.reasoning },
    });
  });

  test('gives the same answer however the network cuts it', () => {
    const bytewise = play(
      [...stream].map((byte) => Uint8Array.of(byte)),
      true,
      gemini,
    );
    expect(Buffer.from(bytewise.bytes).toString()).toBe(Buffer.from(whole.bytes).toString());
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 16 }), (at) => {
        const bounds = [0, ...at.toSorted((a, b) => a - b), stream.length];
        const pieces = bounds.slice(1).map((end, i) => stream.subarray(bounds[i], end));
        expect(Buffer.from(play(pieces, true, gemini).bytes)).toEqual(Buffer.from(whole.bytes));
        expectGolden(readGeminiStream(play(pieces, false, gemini).bytes), golden);
      }),
      { numRuns: 40 },
    );
  });

  test('never looks whole when it is cut at any byte before its end', () => {
    for (let at = 0; at < stream.length - 2; at++) {
      const { bytes, failure, events } = play([stream.subarray(0, at)], true, gemini);
      expect([at, failure?.kind]).toEqual([at, 'provider-cut-off']);
      expect(events.some(({ type }) => type === 'generation-end')).toBe(false);
      const answer = readGeminiStream(bytes);
      expect([answer.finishReasons, golden.text.startsWith(answer.text)]).toEqual([[], true]);
    }
  });

  test('is the same answer without a stream, and none when that is cut', () => {
    if (!result) return;
    for (const passThrough of [true, false]) {
      const events = gemini.client.decodeResult(result, { passThrough, quirks: {} });
      const body = gemini.server.openEncoder(IDENTITY).encodeResult(events, answerUsage(events, gemini));
      expectGolden(readGemini([JSON.parse(new TextDecoder().decode(body)) as GeminiChunk]), golden);
    }
    const end = new TextDecoder().decode(result).trimEnd().length;
    for (let at = 0; at < end; at++) {
      const part = result.subarray(0, at);
      expect(() => gemini.client.decodeResult(part, { passThrough: true, quirks: {} })).toThrow(Failure);
    }
  });
});

test('chunks nobody can read, half chunks and strange ends are failures', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const said = '{"candidates":[{"content":{"parts":[{"text":"Hi"}]}';
  for (const [text, kind] of [
    ['', 'provider-cut-off'],
    ['data: {"candidates":[\n\n', 'provider-garbled'],
    ['data: 5\n\n', 'provider-garbled'],
    [`data: ${said}}]}\n\n`, 'provider-cut-off'],
    [`data: ${said},"finishReason":"FINISH_REASON_UNSPECIFIED"}]}\n\n`, 'provider-cut-off'],
    [`data: ${said},"finishReason":"STOP"}]}`, 'provider-cut-off'],
    ['data: [{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}]\n\n', 'provider-rate-limited'],
  ] as const) {
    for (const passThrough of [true, false]) {
      expect([text, play([bytes(text)], passThrough, gemini).failure?.kind]).toEqual([text, kind]);
    }
  }
});
