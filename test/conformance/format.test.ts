import { describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { WireFormat } from '../../src/formats/format.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { FAILURES, Failure, type FailureKind } from '../../src/generation/failure.ts';
import { answerUsage, COST, IDENTITY, type Played, play } from '../support/play-answer.ts';
import { type ChatAnswer, readChatResult, readChatStream } from '../support/read-answer.ts';
import { type Golden, readRecordings } from '../support/recordings.ts';

const SHELF = join(import.meta.dir, '../../src/formats');
const files = readdirSync(SHELF).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'format.ts',
);
const formats = await Promise.all(
  files.map(async (file) => ((await import(join(SHELF, file))) as { default: WireFormat }).default),
);
const recordings = readRecordings();

function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const bounds = [0, ...[...at].sort((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
}

function expectGolden(answer: ChatAnswer, golden: Golden): void {
  const { usage } = golden;
  expect({
    text: answer.text,
    reasoning: answer.reasoning,
    toolCalls: answer.toolCalls,
    finishReason: answer.finishReason,
    nativeFinishReason: answer.nativeFinishReason,
  }).toEqual({
    text: golden.text,
    reasoning: golden.reasoning,
    toolCalls: [...golden.toolCalls],
    finishReason: golden.finishReason,
    nativeFinishReason: golden.nativeFinishReason,
  });
  expect(answer.usages).toHaveLength(1);
  expect(answer.usages[0]).toMatchObject({
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    cost: COST.cost,
    prompt_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.written },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  });
}

test('the suite sees the shelf and the recordings', () => {
  expect(formats.map(({ id }) => id)).toContain('openai-chat');
  expect(recordings.length).toBeGreaterThanOrEqual(15);
});

describe.each(recordings)('the recording $name', ({ stream, result, golden, name }) => {
  const whole = play([stream], true);

  test('means what was written down, whether its bytes pass through or are built again', () => {
    expect(whole.failure).toBeUndefined();
    const passed = readChatStream(whole.bytes);
    expectGolden(passed, golden);
    expect(passed.secondText).toBe(golden.secondText ?? '');
    expect([passed.done, passed.afterDone]).toEqual([1, 0]);
    // The canonical events carry one answer: a second choice is told apart only by its own format.
    if (golden.secondText !== undefined) return;
    const built = play([stream], false);
    expect(built.failure).toBeUndefined();
    const answer = readChatStream(built.bytes);
    expectGolden(answer, golden);
    expect([answer.done, answer.afterDone]).toEqual([1, 0]);
  });

  test('carries our id, model and provider on every frame, and usage once, at the end', () => {
    const { frames } = readChatStream(whole.bytes);
    for (const frame of frames) {
      expect([frame.id, frame.model, frame.provider]).toEqual([IDENTITY.id, IDENTITY.model, IDENTITY.provider]);
      expect(frame.object).toBe('chat.completion.chunk');
    }
    expect(frames.filter((frame) => 'usage' in frame)).toEqual([frames.at(-1)!]);
    expect(frames.at(-1)!.choices).toEqual([]);
  });

  test('gives the same bytes however the network cuts it', () => {
    expect(
      Buffer.from(
        play(
          [...stream].map((byte) => Uint8Array.of(byte)),
          true,
        ).bytes,
      ),
    ).toEqual(Buffer.from(whole.bytes));
    for (const passThrough of [true, false]) {
      const expected = Buffer.from(play([stream], passThrough).bytes);
      fc.assert(
        fc.property(fc.array(fc.nat(stream.length), { maxLength: 16 }), (at) => {
          expect(Buffer.from(play(cut(stream, at), passThrough).bytes)).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    }
  });

  test('never looks whole when it is cut at any byte before its end marker', () => {
    const marker = 'data: [DONE]';
    const text = new TextDecoder('latin1').decode(stream);
    const complete = text.lastIndexOf(marker) + marker.length + (name === 'proxy/crlf-unknown' ? 3 : 2);
    for (let at = 0; at <= stream.length; at++) {
      const { bytes, failure, events } = play([stream.subarray(0, at)], true);
      if (at >= complete) {
        expect(failure).toBeUndefined();
        continue;
      }
      expect(failure?.kind).toBe('provider-cut-off');
      expect(events.some(({ type }) => type === 'generation-end')).toBe(false);
      expect(Buffer.from(bytes).includes('[DONE]')).toBe(false);
      const answer = readChatStream(bytes);
      expect([answer.done, answer.usages.length]).toEqual([0, 0]);
      expect(golden.text.startsWith(answer.text)).toBe(true);
    }
  });

  test('takes the fast way past the scanner only where it leads to the same bytes', () => {
    const fast = play([stream], true);
    const slow: Uint8Array[] = [];
    for (const frame of framesOf(stream)) slow.push(slowFrame(frame) ?? new Uint8Array(0));
    const end = openaiChat.server.openEncoder(IDENTITY).encodeEnd(answerUsage(fast.events));
    expect(Buffer.from(fast.bytes).toString()).toBe(Buffer.concat([...slow, end]).toString());
  });

  test('is the same answer without a stream', () => {
    if (!result) return;
    for (const passThrough of [true, false]) {
      const events = openaiChat.client.decodeResult(result, { passThrough, quirks: {} });
      expect(events.at(-1)?.type).toBe('generation-end');
      const body = openaiChat.server.openEncoder(IDENTITY).encodeResult(events, answerUsage(events));
      const answer = readChatResult(body);
      expectGolden(answer, golden);
      const { id, model, provider, object } = answer.frames[0]!;
      expect([id, model, provider, object]).toEqual([
        IDENTITY.id,
        IDENTITY.model,
        IDENTITY.provider,
        'chat.completion',
      ]);
    }
  });

  test('is no answer when its plain body is cut at any byte', () => {
    for (let at = 0; at < (result?.length ?? 0); at++) {
      expect(() => openaiChat.client.decodeResult(result!.subarray(0, at), { passThrough: true, quirks: {} })).toThrow(
        Failure,
      );
    }
  });
});

/** One frame through a decoder that has seen no other: it cannot have learned a shape. */
function slowFrame(frame: string): Uint8Array | undefined {
  const decoder = openaiChat.client.openDecoder({ passThrough: true, quirks: {} });
  const events = frame === '[DONE]' ? [] : decoder.push(new TextEncoder().encode(frame));
  return openaiChat.server.openEncoder(IDENTITY).encodeEvents(events);
}

function framesOf(stream: Uint8Array): readonly string[] {
  const text = new TextDecoder().decode(stream).replaceAll('\r\n', '\n');
  return text
    .split('\n\n')
    .filter((block) => /^data:/m.test(block) && !block.includes('[DONE]'))
    .map((block) => `${block}\n\n`);
}

function countShaped({ events }: Played): number {
  return events.filter((event) => 'raw' in event && typeof event.raw === 'object' && event.raw.shape).length;
}

test('most frames of a plain text stream take the fast way', () => {
  for (const name of ['groq/text', 'llama-server/text', 'deepseek/reasoning']) {
    const { stream } = recordings.find((recording) => recording.name === name)!;
    expect([name, countShaped(play([stream], true)) >= 3]).toEqual([name, true]);
  }
});

/** JSON strings in all the ways there are to write one, with some that are no JSON at all. */
const jsonString = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '""',
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\/"',
    '"a\\\\"',
    '"\\""',
    '"\\\\\\""',
    '"\u007f"',
    'null',
    '"x","y":"z"',
  ),
  fc.constantFrom('"\\x"', '"\\u12"', '"\\u12zz"', '"\u0001"', '"open', '"a"b"', '"\\'),
);
const template = fc.constantFrom(
  (text: string) => `{"id":"a","choices":[{"index":0,"delta":{"content":${text}},"finish_reason":null}]}`,
  (text: string) =>
    `{"choices":[{"delta":{"role":"assistant","content":${text}},"index":0}],"usage":null,"id":"u","model":"m"}`,
  (text: string) =>
    `{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":${text}},"finish_reason":null}]}`,
  (text: string) =>
    `{"choices":[{"index":0,"delta":{"reasoning":${text},"reasoning_details":[]},"finish_reason":null}]}`,
  (text: string) =>
    `{"choices":[{"index":0,"delta":{"reasoning":null,"reasoning_content":${text}},"finish_reason":null}]}`,
  (text: string) =>
    `{"choices":[{"index":0,"delta":{"reasoning":"","reasoning_content":${text}}}],"created":5,"object":"x"}`,
  (text: string) => `{"choices":[{"index":0,"delta":{"refusal":${text},"content":""},"finish_reason":""}]}`,
  (text: string) => `{"choices":[{"index":0,"delta":{"content":${text}},"logprobs":{"content":[{"token":${text}}]}}]}`,
  (text: string) => `{"choices":[{"index":0,"text":${text},"delta":{"content":${text},"tool_calls":[]}}]}`,
  (text: string) => `{"choices":[{"index":1,"delta":{"content":${text}}}],"x_new":{"usage":1},"provider":"p"}`,
  (text: string) => `{"usage":{"prompt_tokens":1,"completion_tokens":1},"choices":[{"delta":{"content":${text}}}]}`,
);

test('generated frames come out the same the fast way and the slow way', () => {
  let shaped = 0;
  fc.assert(
    fc.property(template, fc.array(jsonString, { minLength: 2, maxLength: 8 }), (make, strings) => {
      const frames = ['"first"', ...strings].map((text) => `data: ${make(text)}\n\n`);
      const fast = play([new TextEncoder().encode(frames.join(''))], true);
      shaped += countShaped(fast);
      const slow: Uint8Array[] = [];
      let failed = false;
      for (const frame of frames) {
        try {
          slow.push(slowFrame(frame) ?? new Uint8Array(0));
        } catch (error) {
          expect((error as Failure).kind).toBe('provider-garbled');
          failed = true;
          break;
        }
      }
      // Without an end marker every stream ends in a failure: which one tells whether a frame was unreadable.
      expect(fast.failure?.kind).toBe(failed ? 'provider-garbled' : 'provider-cut-off');
      expect(Buffer.from(fast.bytes).toString('latin1')).toBe(
        failed ? Buffer.from(fast.bytes).toString('latin1') : Buffer.concat(slow).toString('latin1'),
      );
    }),
    { numRuns: 1_500 },
  );
  expect(shaped).toBeGreaterThan(500);
});

test('fields nobody knows keep their bytes on the way through', () => {
  const unknown = '"x_vendor": {"price":1.50,"big":9007199254740993,"e":1E-7, "s":"\\u00e9\\/"}';
  const frame = `{"id":"theirs","model":"theirs","choices":[{"index":0,"delta":{"content":"a","x": [1 , 2.0]},"y":1e2}],${unknown}}`;
  const out = new TextDecoder().decode(slowFrame(`data: ${frame}\n\n`));
  expect(out).toContain(unknown);
  expect(out).toContain('"x": [1 , 2.0]');
  expect(out).toContain('"y":1e2');
  expect(out).not.toContain('theirs');
});

describe.each(formats)('the format $id', (format) => {
  test('prints every kind of failure', () => {
    for (const kind of Object.keys(FAILURES) as FailureKind[]) {
      const body = format.server.encodeFailure(new Failure(kind, { message: `it was ${kind}` }));
      expect(JSON.stringify(body)).toContain(`it was ${kind}`);
    }
  });

  test('throws nothing but failures at whatever a provider sends', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => new TextEncoder().encode(text)),
      fc.json().map((text) => new TextEncoder().encode(`data: ${text}\n\n`)),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc.tuple(fc.constantFrom(...recordings), fc.nat(), fc.nat(255)).map(([{ stream }, at, byte]) => {
        const damaged = stream.slice();
        damaged[at % damaged.length] = byte;
        return damaged;
      }),
    );
    const onlyFailures = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    };
    fc.assert(
      fc.property(hostile, fc.boolean(), fc.integer({ min: 100, max: 999 }), (bytes, passThrough, status) => {
        onlyFailures(() => format.client.decodeResult(bytes, { passThrough, quirks: {} }));
        onlyFailures(() => {
          const decoder = format.client.openDecoder({ passThrough, quirks: {} });
          decoder.push(bytes);
          decoder.end();
        });
        onlyFailures(() => {
          throw format.client.decodeFailure({ status, headers: new Headers(), body: bytes });
        });
      }),
      { numRuns: 1_000 },
    );
  });
});
