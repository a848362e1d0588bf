import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import anthropicMessages from '../../src/formats/anthropic-messages.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import { answerUsage, COST, IDENTITY, play } from '../support/play-answer.ts';
import { readChatStream } from '../support/read-answer.ts';
import { type MessagesAnswer, readMessagesResult, readMessagesStream } from '../support/read-messages.ts';
import { type Golden, readRecordings } from '../support/recordings.ts';

const recordings = readRecordings('anthropic-messages');

function playMessages(pieces: readonly Uint8Array[], passThrough: boolean) {
  return play(pieces, passThrough, anthropicMessages);
}

function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const bounds = [0, ...[...at].sort((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, i) => bytes.subarray(bounds[i], end));
}

function expectGolden(answer: MessagesAnswer, golden: Golden): void {
  expect(answer.breaches).toEqual([]);
  expect([answer.text, answer.reasoning, answer.finishReason]).toEqual([
    golden.text,
    golden.reasoning,
    golden.nativeFinishReason,
  ]);
  const parsed = (calls: Golden['toolCalls']) =>
    calls.map(({ id, name, arguments: json }) => [id, name, JSON.parse(json) as unknown]);
  expect(parsed(answer.toolCalls)).toEqual(parsed(golden.toolCalls));
  const { prompt, completion, cached, written, reasoning } = golden.usage;
  expect(answer.usages.at(-1)).toMatchObject({
    input_tokens: prompt - cached - written,
    cache_read_input_tokens: cached,
    cache_creation_input_tokens: written,
    output_tokens: completion,
    output_tokens_details: { thinking_tokens: reasoning },
    cost: COST.cost,
    is_byok: false,
    cost_details: { upstream_inference_prompt_cost: COST.promptCost },
  });
}

test('the suite sees the recordings', () => {
  expect(recordings.length).toBeGreaterThanOrEqual(6);
});

describe.each(recordings)('the recording $name', ({ stream, result, golden }) => {
  const whole = playMessages([stream], true);

  test('means what was written down, whether its bytes pass through or are built again', () => {
    for (const played of [whole, playMessages([stream], false)]) {
      expect(played.failure).toBeUndefined();
      const answer = readMessagesStream(played.bytes);
      expectGolden(answer, golden);
      expect([answer.done, answer.afterDone, answer.usages.length]).toEqual([1, 0, 1]);
      expect(answer.message).toMatchObject({ id: IDENTITY.id, model: IDENTITY.model, provider: IDENTITY.provider });
    }
  });

  test('keeps the blocks that only its own format knows, in both ways', () => {
    const blocks = (passThrough: boolean) =>
      readMessagesStream(playMessages([stream], passThrough).bytes).content.map(({ type, id, data, signature }) => [
        type,
        id,
        data,
        signature,
      ]);
    expect(blocks(false)).toEqual(blocks(true));
  });

  test('means the same to a chat caller', () => {
    const answer = readChatStream(play([stream], false, anthropicMessages, openaiChat).bytes);
    expect(answer).toMatchObject({
      text: golden.text,
      reasoning: golden.reasoning,
      toolCalls: golden.toolCalls,
      finishReason: golden.finishReason,
      nativeFinishReason: golden.nativeFinishReason,
      done: 1,
    });
    expect(answer.usages[0]).toMatchObject({
      prompt_tokens: golden.usage.prompt,
      completion_tokens: golden.usage.completion,
      prompt_tokens_details: { cached_tokens: golden.usage.cached, cache_write_tokens: golden.usage.written },
    });
  });

  test('passes every delta on byte for byte', () => {
    const deltas = (bytes: Uint8Array) =>
      new TextDecoder()
        .decode(bytes)
        .replaceAll('\r\n', '\n')
        .split('\n\n')
        .filter((frame) => frame.startsWith('event: content_block'));
    expect(deltas(whole.bytes)).toEqual(deltas(stream));
  });

  test('gives the same bytes however the network cuts it', () => {
    const singly = [...stream].map((byte) => Uint8Array.of(byte));
    expect(Buffer.from(playMessages(singly, true).bytes)).toEqual(Buffer.from(whole.bytes));
    for (const passThrough of [true, false]) {
      const expected = Buffer.from(playMessages([stream], passThrough).bytes);
      fc.assert(
        fc.property(fc.array(fc.nat(stream.length), { maxLength: 16 }), (at) => {
          expect(Buffer.from(playMessages(cut(stream, at), passThrough).bytes)).toEqual(expected);
        }),
        { numRuns: 40 },
      );
    }
  });

  test('never looks whole when it is cut at any byte before its end', () => {
    const text = new TextDecoder('latin1').decode(stream);
    const complete = text.lastIndexOf('}') + (text.endsWith('\r\n') ? 4 : 3);
    for (let at = 0; at <= stream.length; at++) {
      const { bytes, failure, events } = playMessages([stream.subarray(0, at)], true);
      if (at >= complete) {
        expect([at, failure]).toEqual([at, undefined]);
        continue;
      }
      expect([at, failure?.kind]).toEqual([at, 'provider-cut-off']);
      expect(events.some(({ type }) => type === 'generation-end')).toBe(false);
      const answer = readMessagesStream(bytes);
      // A stop reason alone would look like an end to many clients: it waits for the end itself.
      expect([answer.done, answer.usages.length, answer.finishReason]).toEqual([0, 0, undefined]);
      expect(golden.text.startsWith(answer.text)).toBe(true);
    }
  });

  test('takes the fast way past the scanner only where it leads to the same bytes', () => {
    const text = new TextDecoder().decode(stream).replaceAll('\r\n', '\n');
    const encoder = anthropicMessages.server.openEncoder(IDENTITY);
    const slow = text.split(/(?<=\n\n)/).flatMap((frame) => {
      const decoder = anthropicMessages.client.openDecoder({ passThrough: true, quirks: {} });
      if (frame.startsWith('event: message_stop')) return [];
      return [encoder.encodeEvents(decoder.push(new TextEncoder().encode(frame))) ?? new Uint8Array(0)];
    });
    const before = new TextDecoder().decode(whole.bytes);
    const joined = Buffer.concat(slow).toString();
    expect(before.slice(0, joined.length)).toBe(joined);
    expect(before.slice(joined.length)).toStartWith('event: message_delta\n');
  });

  test('is the same answer without a stream', () => {
    for (const passThrough of [true, false]) {
      const events = anthropicMessages.client.decodeResult(result!, { passThrough, quirks: {} });
      expect(events.at(-1)?.type).toBe('generation-end');
      const usage = answerUsage(events, anthropicMessages);
      const body = anthropicMessages.server.openEncoder(IDENTITY).encodeResult(events, usage);
      const answer = readMessagesResult(body);
      expectGolden(answer, golden);
      expect(answer.message).toMatchObject({ id: IDENTITY.id, model: IDENTITY.model, provider: IDENTITY.provider });
    }
  });

  test('is no answer when its plain body is cut at any byte', () => {
    for (let at = 0; at < result!.length - 1; at++) {
      const read = () =>
        anthropicMessages.client.decodeResult(result!.subarray(0, at), { passThrough: true, quirks: {} });
      expect(read).toThrow(Failure);
    }
  });
});

test('most frames of a text take the fast way', () => {
  const { stream } = recordings.find(({ name }) => name === 'anthropic/text')!;
  const { events } = playMessages([stream], true);
  const fast = events.filter((event) => event.type === 'raw-content' && event.raw !== 'earlier' && !event.raw.document);
  expect(fast.length).toBe(6);
});

/** JSON strings in all the ways there are to write one, with some that are no JSON at all. */
const jsonString = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('""', '"\\u00e9"', '"\\/"', '"a\\\\"', '"\\""', '"\\\\\\""', '"\u007f"', 'null', '"x","y":"z"', '7'),
  fc.constantFrom('"\\x"', '"\\u12"', '"\u0001"', '"open', '"a"b"', '"\\'),
);
const template = fc.constantFrom(
  (text: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${text}}}`,
  (text: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${text}} }`,
  (text: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${text},"x":1}}`,
  (text: string) => `{"delta":{"text":${text},"type":"text_delta"},"index":0,"type":"content_block_delta"}`,
  (text: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":${text}}}`,
  (text: string) =>
    `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":${text}}}`,
  (text: string) => `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":${text}}}`,
);

test('generated frames come out the same the fast way and the slow way', () => {
  let fast = 0;
  fc.assert(
    fc.property(template, fc.array(jsonString, { minLength: 2, maxLength: 8 }), (make, strings) => {
      const frames = ['"first"', ...strings].map((text) => `event: content_block_delta\ndata: ${make(text)}\n\n`);
      const together = playMessages([new TextEncoder().encode(frames.join(''))], true);
      const apart = frames.map((frame) => playMessages([new TextEncoder().encode(frame)], true));
      const broken = apart.findIndex(({ failure }) => failure?.kind === 'provider-garbled');
      fast += together.events.filter(
        (event) => event.type === 'raw-content' && event.raw !== 'earlier' && !event.raw.document,
      ).length;
      // Without an end every stream fails: which failure it is tells whether a frame was unreadable.
      expect(together.failure?.kind).toBe(broken < 0 ? 'provider-cut-off' : 'provider-garbled');
      if (broken >= 0) return;
      expect(Buffer.from(together.bytes).toString()).toBe(Buffer.concat(apart.map(({ bytes }) => bytes)).toString());
      const content = (played: typeof together) =>
        played.events.flatMap((event) =>
          event.type === 'raw-content' ? [[event.content?.kind, event.contentBytes]] : [],
        );
      expect(content(together)).toEqual(apart.flatMap(content));
    }),
    { numRuns: 1_500 },
  );
  expect(fast).toBeGreaterThan(200);
});

test('events and members nobody knows survive on the way through', () => {
  const frames = [
    '{"type":"message_start","message":{"id":"theirs","type":"message","role":"assistant","model":"theirs","content":[],"x_new": 1.50,"usage":{"input_tokens":3,"output_tokens":1,"x_count":9007199254740993}},"y":[1 , 2.0]}',
    '{"type":"x_event","index":0,"big":9007199254740993}',
    '{"type":"content_block_start","index":0,"content_block":{"type":"x_block","e":1E-7}}',
    '{"type":"content_block_delta","index":0,"delta":{"type":"x_delta","s":"\\u00e9\\/"}}',
    '{"type":"content_block_stop","index":0,"z":null}',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn","x":1.0},"usage":{"output_tokens":5,"x_count":7},"w":2.0}',
    '{"type":"message_stop","metrics":{"latency": 1.0}}',
  ];
  const stream = frames.map((frame) => `event: ${JSON.parse(frame).type}\ndata: ${frame}\n\n`).join('');
  const out = new TextDecoder().decode(playMessages([new TextEncoder().encode(stream)], true).bytes);
  for (const kept of [
    '"x_new": 1.50',
    '"x_count":9007199254740993',
    '"y":[1 , 2.0]',
    '"x":1.0',
    '"w":2.0',
    '"x_count":7',
  ]) {
    expect(out).toContain(kept);
  }
  for (const frame of frames.slice(1, 5)) expect(out).toContain(`data: ${frame}\n\n`);
  expect(out).toContain('{"type":"message_stop","metrics":{"latency": 1.0}}');
  expect(out).not.toContain('theirs');
});

describe.each(readRecordings().filter(({ golden }) => golden.secondText === undefined))(
  'the chat recording $name, for a caller of Messages',
  ({ stream, result, golden }) => {
    const REASONS: Readonly<Record<string, string>> = {
      stop: 'end_turn',
      length: 'max_tokens',
      tool_calls: 'tool_use',
      content_filter: 'refusal',
    };

    test('means what was written down, streamed and not, in frames that keep the grammar', () => {
      const streamed = readMessagesStream(play([stream], false, openaiChat, anthropicMessages).bytes);
      expect([streamed.done, streamed.afterDone, streamed.usages.length]).toEqual([1, 0, 1]);
      const answers = [streamed];
      if (result) {
        const events = openaiChat.client.decodeResult(result, { passThrough: false, quirks: {} });
        const encoder = anthropicMessages.server.openEncoder(IDENTITY);
        answers.push(readMessagesResult(encoder.encodeResult(events, answerUsage(events))));
      }
      for (const answer of answers) {
        const hasRefused = golden.finishReason === 'stop' && answer.finishReason === 'refusal';
        const nativeFinishReason = hasRefused ? 'refusal' : REASONS[golden.finishReason]!;
        expectGolden(answer, { ...golden, nativeFinishReason });
      }
    });
  },
);
