import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { COST, IDENTITY } from '../../../test/support/play-answer.ts';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import type { ReasoningPiece } from '../../generation/reasoning.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import openaiChat from '../openai-chat.ts';
import openaiResponses from '../openai-responses.ts';

const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const jsonOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;

/** What the encoder makes of events, streamed and plain: the same output. */
function outputOf(events: readonly GenerationEvent[]): readonly JsonObject[] {
  const streaming = openaiResponses.server.openEncoder(IDENTITY);
  const frames = [streaming.encodeEvents(events), streaming.encodeEnd({ usage: NO_USAGE, cost: COST })];
  const last = Buffer.concat(frames.map((bytes) => bytes ?? new Uint8Array()))
    .toString()
    .trim()
    .split('data: ')
    .at(-1)!;
  const { response } = JSON.parse(last) as { response: { output: JsonObject[] } };
  const plain = openaiResponses.server.openEncoder(IDENTITY).encodeResult(events, { usage: NO_USAGE, cost: COST });
  expect(response.output).toEqual(jsonOf(plain).output as JsonObject[]);
  return response.output;
}

const CLAUDE = 'anthropic-claude-v1';
const word = fc.string({ minLength: 1, maxLength: 6 });
const piece: fc.Arbitrary<ReasoningPiece> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: word, signature: word, format: fc.constant(CLAUDE) }),
  fc.record({ kind: fc.constant('encrypted' as const), text: word, format: fc.constant(CLAUDE) }),
);

describe('reasoning of another family', () => {
  test('goes to a caller and comes back with every signature and seal, in order', () => {
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const events = pieces.flatMap((piece, part): GenerationEvent[] => {
          const { text, signature, ...rest } = piece;
          const seal = { type: 'reasoning-delta' as const, part, ...rest, text: '', signature: signature ?? '' };
          return [{ type: 'reasoning-delta', part, ...rest, text }, ...(signature === undefined ? [] : [seal])];
        });
        const output = outputOf([...events, { type: 'text-delta', part: 99, text: 'So' }]);
        const request = openaiResponses.server.decodeRequest(bytesOf({ model: 'demo/talker', input: output }));
        const parts = request.content().messages.flatMap(({ content }) => content);
        const back = parts.flatMap((part) => (part.type === 'reasoning' ? [part] : []));
        expect(back).toEqual(pieces.map((piece) => ({ type: 'reasoning', ...piece })));
      }),
    );
  });
});

test('a call without arguments or id has empty ones, and one of its own', () => {
  const [call] = outputOf([{ type: 'tool-call-start', part: 2, id: '', name: 'f' }]);
  expect(call).toMatchObject({ call_id: `call_${IDENTITY.id}_0`, arguments: '{}', status: 'completed' });
});

describe('what this API tells twice, in pieces and as a whole', () => {
  const picture = { type: 'image_generation_call', id: 'ig', status: 'completed', result: 'AAAA' };
  const sealed = { type: 'reasoning', id: 'rs', summary: [], encrypted_content: 'c2VhbA==' };
  const search = { type: 'web_search_call', id: 'ws', status: 'completed' };
  const frames = [picture, sealed, search].map((item, output_index) => ({
    ...{ type: 'response.output_item.done', output_index, item },
  }));
  const response = { id: 'r', status: 'completed', output: [picture, sealed, search] };
  const stream = [...frames, { type: 'response.completed', response }];
  const decoder = openaiResponses.client.openDecoder({ passThrough: false, quirks: {} });
  const events = decoder.push(Buffer.from(stream.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')));

  test('is heard once', () => {
    const types = events.map(({ type }) => type).filter((type) => /media|reasoning|native/.test(type));
    expect(types).toEqual(['media-delta', 'reasoning-delta', 'native']);
  });

  test('goes on to a caller of this API whole, and to others as a loss', () => {
    expect(outputOf(events).map(({ type }) => type)).toEqual(['image_generation_call', 'reasoning', 'web_search_call']);
    const chat = openaiChat.server.openEncoder(IDENTITY);
    chat.encodeEvents(events);
    expect(chat.losses).toMatchObject([{ outcome: 'dropped', reason: expect.stringContaining('web_search_call') }]);
  });
});

test('a hundred thousand annotations and probabilities are listed once, not once for each', () => {
  const events: GenerationEvent[] = [{ type: 'text-delta', part: 0, text: 'a' }];
  for (let index = 0; index < 100_000; index++) {
    events.push({
      type: 'annotation',
      part: 0,
      annotation: { type: 'url_citation', url_citation: { url: `${index}` } },
    });
    events.push({ type: 'logprobs', content: [{ token: 'a', logprob: index }] });
  }
  const encoder = openaiResponses.server.openEncoder(IDENTITY);
  const before = process.cpuUsage();
  const body = jsonOf(encoder.encodeResult(events, { usage: NO_USAGE, cost: COST }));
  const { user, system } = process.cpuUsage(before);
  // Some 500 ms; copied for each, the better part of a minute.
  expect((user + system) / 1_000).toBeLessThan(8_000);
  const [item] = body.output as unknown as [{ content: [{ annotations: JsonObject[]; logprobs: JsonObject[] }] }];
  const [{ annotations, logprobs }] = item.content;
  expect([annotations.length, logprobs.length]).toEqual([100_000, 100_000]);
  expect([annotations.at(-1), logprobs.at(-1)]).toEqual([
    { type: 'url_citation', url: '99999' },
    { token: 'a', logprob: 99_999 },
  ]);
});
