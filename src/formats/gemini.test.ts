import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../base/json.ts';
import { Failure } from '../generation/failure.ts';
import { NO_USAGE } from '../generation/usage.ts';
import {
  ask,
  CHUNKS,
  type Chunk,
  COST,
  chunksOf,
  END,
  finishesIn,
  IDENTITY,
  partsIn,
  play,
  REQUEST,
  STREAM,
  said,
  streamOf,
  textOf,
  USAGE,
} from './gemini/play.test-data.ts';
import gemini from './gemini.ts';
import openaiChat from './openai-chat.ts';

describe('a stream', () => {
  test('goes through byte for byte but for what is ours', () => {
    const { text, failure, chunks } = play([STREAM], true);
    expect(failure).toBeUndefined();
    const theirs = textOf(STREAM)
      .replaceAll('\r\n', '\n')
      .replaceAll('"theirs"', '"gen-1"')
      .replaceAll('gemini-2.5-flash', 'demo/talker');
    const before = theirs.slice(0, theirs.lastIndexOf('data: '));
    expect(text.startsWith(before)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ usageMetadata: { ...USAGE, cost: 0.5, xKept: [1] }, responseId: 'gen-1' });
    expect(finishesIn(chunks)).toEqual(['STOP']);
  });

  test('means the same built again: thoughts, text, sources, whole calls, and each signature on its part', () => {
    const { chunks, failure } = play([STREAM], false);
    expect(failure).toBeUndefined();
    expect(partsIn(chunks)).toEqual([
      { text: 'I think so.', thought: true },
      { text: 'Hé said "hi" 🐕' },
      {
        functionCall: { id: 'call_0_theirs', name: 'weather', args: { city: 'Rome' } },
        thoughtSignature: 'c2VhbA==',
      },
      { functionCall: { id: 'theirs-2', name: 'weather', args: { city: 'Oslo' } } },
    ]);
    expect(chunks.at(-1)).toMatchObject({
      candidates: [
        {
          finishReason: 'STOP',
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
            groundingSupports: [{ segment: { startIndex: 0, endIndex: 3 }, groundingChunkIndices: [0] }],
          },
        },
      ],
      usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 9, thoughtsTokenCount: 3, totalTokenCount: 24 },
      modelVersion: 'demo/talker',
    });
  });

  test('gives the same bytes however the network cuts it', () => {
    for (const passThrough of [true, false]) {
      const whole = chunksOf(play([STREAM], passThrough).text);
      const bytewise = play(
        [...STREAM].map((byte) => Uint8Array.of(byte)),
        passThrough,
      );
      expect(partsIn(bytewise.chunks)).toEqual(partsIn(whole));
      fc.assert(
        fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (at) => {
          const bounds = [0, ...at.toSorted((a, b) => a - b), STREAM.length];
          const pieces = bounds.slice(1).map((end, i) => STREAM.subarray(bounds[i], end));
          const played = play(pieces, passThrough);
          if (passThrough) expect(played.text).toBe(play([STREAM], true).text);
          expect(partsIn(played.chunks)).toEqual(partsIn(whole));
        }),
        { numRuns: 30 },
      );
    }
  });

  test('never looks whole when it is cut at any byte before its end', () => {
    for (const passThrough of [true, false]) {
      for (let at = 0; at < STREAM.length - 1; at++) {
        const { failure, events, chunks } = play([STREAM.subarray(0, at)], passThrough);
        // A frame without its last empty line is whole in all but name: the one before it decides.
        if (at >= STREAM.length - 2 && failure === undefined) continue;
        expect([at, failure?.kind]).toEqual([at, 'provider-cut-off']);
        expect(events.some(({ type }) => type === 'generation-end')).toBe(false);
        expect(finishesIn(chunks)).toEqual([]);
        expect(chunks.at(-1)!.error).toBeDefined();
      }
    }
  });

  test('shows its reason to finish only when the transfer came to its own end', () => {
    const decoder = gemini.client.openDecoder({ passThrough: true, quirks: {} });
    const encoder = gemini.server.openEncoder(IDENTITY, ask());
    let text = textOf(
      encoder.encodeEvents(
        decoder.push(streamOf([...CHUNKS, { ...END, ...said([{ text: 'last' }], { finishReason: 'STOP' }) }])),
      ),
    );
    text += textOf(encoder.encodeStreamFailure(new Failure('provider-cut-off', { message: 'reset' })));
    const chunks = chunksOf(text);
    expect(partsIn(chunks).at(-1)).toEqual({ text: 'last' });
    expect(finishesIn(chunks)).toEqual([]);
    expect(chunks.at(-1)!.error).toMatchObject({ code: 502, message: 'reset', status: 'UNAVAILABLE' });
  });

  test('of an old model, which gives a reason with every chunk, shows the last one alone', () => {
    const chunks = ['One ', 'two'].map((text) => ({
      ...said([{ text }], { finishReason: 'STOP' }),
      usageMetadata: USAGE,
    }));
    const played = play([streamOf(chunks)], true);
    expect(played.failure).toBeUndefined();
    expect(partsIn(played.chunks)).toEqual([{ text: 'One two' }]);
    expect(finishesIn(played.chunks)).toEqual(['STOP']);
  });

  test('whose counts come in a chunk of their own after the reason keeps both', () => {
    const { usageMetadata, ...finish } = END;
    const played = play([streamOf([...CHUNKS, finish, { usageMetadata: usageMetadata! }])], true);
    expect(finishesIn(played.chunks)).toEqual(['STOP']);
    expect(played.chunks.at(-1)!.usageMetadata).toMatchObject({ promptTokenCount: 12, cost: 0.5 });
  });

  test('with several candidates is whole when the last of them is', () => {
    const both = {
      candidates: [
        { index: 0, content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' },
        { index: 1, content: { parts: [{ text: 'b' }] } },
      ],
    };
    expect(play([streamOf([both])], true).failure?.kind).toBe('provider-cut-off');
    const other = { candidates: [{ index: 1, content: { parts: [{ text: 'c' }] }, finishReason: 'STOP' }] };
    expect(play([streamOf([both, other])], true).failure).toBeUndefined();
  });

  test('says in chat completions what it says here', () => {
    const chat = play([STREAM], false, { server: openaiChat });
    const frames = chat.text
      .split('\n\n')
      .filter((block) => block.startsWith('data: {'))
      .map(
        (block) =>
          JSON.parse(block.slice(6)) as {
            choices: { delta: JsonObject; finish_reason: string | null; native_finish_reason?: string }[];
            usage?: JsonObject;
          },
      );
    const deltas = frames.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('Hé said "hi" 🐕');
    const details = deltas.flatMap((delta) => (delta.reasoning_details ?? []) as JsonObject[]);
    expect(details).toMatchObject([
      { type: 'reasoning.text', text: 'I think ', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.text', text: 'so.', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'c2VhbA==', id: 'call_0_theirs', format: 'google-gemini-v1', index: 1 },
    ]);
    expect(deltas.flatMap((delta) => (delta.annotations ?? []) as JsonObject[])).toEqual([
      {
        type: 'url_citation',
        url_citation: { url: 'https://a.example', title: 'A', content: 'Hé', start_index: 0, end_index: 2 },
      },
    ]);
    const ends = frames.flatMap(({ choices }) => choices).filter(({ finish_reason }) => finish_reason);
    expect(ends).toMatchObject([{ finish_reason: 'tool_calls' }]);
    expect(frames.at(-1)!.usage).toMatchObject({
      prompt_tokens: 12,
      completion_tokens: 12,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });

  test('ends for the reason that Google gives', () => {
    for (const [native, finish] of Object.entries({
      STOP: 'stop',
      MAX_TOKENS: 'length',
      SAFETY: 'content_filter',
      RECITATION: 'content_filter',
      IMAGE_SAFETY: 'content_filter',
    })) {
      const { events } = play([streamOf([CHUNKS[2]!, said([{ text: 'x' }], { finishReason: native })])], false);
      expect(events.find(({ type }) => type === 'finish')).toMatchObject({
        finishReason: finish,
        nativeFinishReason: native,
      });
    }
  });

  test('is a failure where Google says that it went wrong, but for those who know its word', () => {
    for (const native of ['MALFORMED_FUNCTION_CALL', 'OTHER', 'SOMETHING_NEW']) {
      const frames = [streamOf([CHUNKS[2]!, said([{ text: 'x' }], { finishReason: native, finishMessage: 'why' })])];
      expect(play(frames, false).failure?.detail).toMatchObject({ providerCode: native, providerMessage: 'why' });
      expect(play(frames, true).failure).toBeUndefined();
    }
  });

  test('is a failure where the prompt, or all of the answer, was withheld', () => {
    for (const passThrough of [true, false]) {
      const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 3 } };
      const refused = play([streamOf([blocked])], passThrough).failure!;
      expect([refused.kind, refused.detail.providerCode]).toEqual(['provider-moderated', 'PROHIBITED_CONTENT']);
      const withheld = { candidates: [{ finishReason: 'SAFETY', index: 0 }] };
      expect(play([streamOf([withheld])], passThrough).failure?.kind).toBe('provider-moderated');
      expect(play([streamOf([CHUNKS[2]!, withheld])], passThrough).failure).toBeUndefined();
    }
  });

  test('is an error where the API reports one, as an object or as a list of one', () => {
    const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
    expect(play([streamOf([CHUNKS[2]!, error])], true).failure?.kind).toBe('provider-overloaded');
    expect(play([streamOf([CHUNKS[2]!, [error]])], false).failure?.kind).toBe('provider-overloaded');
  });

  test('that went through as frames goes on from its meaning', () => {
    const encoder = gemini.server.openEncoder(IDENTITY, ask());
    const decoder = gemini.client.openDecoder({ passThrough: true, quirks: {} });
    let text = textOf(encoder.encodeEvents(decoder.push(streamOf(CHUNKS.slice(2, 3)))));
    text += textOf(encoder.encodeEvents([{ type: 'text-delta', part: 0, text: 'and left.' }]));
    text += textOf(encoder.encodeEvents([{ type: 'finish', finishReason: 'stop', nativeFinishReason: 'stop' }]));
    text += textOf(encoder.encodeEnd({ usage: NO_USAGE, cost: COST }));
    expect(partsIn(chunksOf(text))).toEqual([{ text: 'Hé said and left.' }]);
    expect(finishesIn(chunksOf(text))).toEqual(['STOP']);
  });

  test('that looked finished and was not goes on all the same, and shows one end', () => {
    const encoder = gemini.server.openEncoder(IDENTITY, ask());
    const decoder = gemini.client.openDecoder({ passThrough: true, quirks: {} });
    const looked = [CHUNKS[2]!, said([{ text: 'so ' }], { finishReason: 'STOP' })];
    let text = textOf(encoder.encodeEvents(decoder.push(streamOf(looked))));
    text += textOf(encoder.encodeEvents([{ type: 'text-delta', part: 0, text: 'and left.' }]));
    text += textOf(encoder.encodeEvents([{ type: 'finish', finishReason: 'length', nativeFinishReason: 'length' }]));
    text += textOf(encoder.encodeEnd({ usage: NO_USAGE, cost: COST }));
    expect(partsIn(chunksOf(text))).toEqual([{ text: 'Hé said so and left.' }]);
    expect(finishesIn(chunksOf(text))).toEqual(['MAX_TOKENS']);
  });

  test('carries the content of its frames, so that another endpoint can go on from it', () => {
    const { events } = play([STREAM], true);
    const contents = events.flatMap((event) => (event.type === 'raw-content' && event.content ? [event.content] : []));
    expect(contents.map(({ kind }) => kind)).toEqual([
      'reasoning',
      'reasoning',
      'text',
      'text',
      'tool-call',
      'tool-call',
    ]);
  });

  test('is one array for those who do not ask for events', () => {
    const request = ask(REQUEST, 'json-array');
    for (const passThrough of [true, false]) {
      const { text } = play([STREAM], passThrough, { request });
      expect(partsIn(JSON.parse(text) as Chunk[])[1]).toEqual({ text: 'Hé said "hi" 🐕' });
      const broken = JSON.parse(play([STREAM.subarray(0, 900)], passThrough, { request }).text) as Chunk[];
      expect(broken.at(-1)!.error).toMatchObject({ status: 'UNAVAILABLE' });
    }
    expect(gemini.server.openEncoder(IDENTITY, request).contentType).toStartWith('application/json');
  });

  test('shows thoughts only to those who asked for them', () => {
    const request = ask({ contents: [{ parts: [{ text: 'Hi' }] }] });
    expect(partsIn(play([STREAM], false, { request }).chunks).some(({ thought }) => thought === true)).toBe(false);
  });
});
