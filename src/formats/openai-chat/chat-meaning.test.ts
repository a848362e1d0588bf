import { expect, test } from 'bun:test';
import { play } from '../../../test/support/play-answer.ts';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import openaiChat from '../openai-chat.ts';

const framesOf = (...frames: readonly (object | string)[]) =>
  Buffer.from(frames.map((frame) => `data: ${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n\n`).join(''));

/** The events of a stream of deltas, read for another format. */
function read(deltas: readonly object[], finishReason = 'stop'): readonly GenerationEvent[] {
  const frames = deltas.map((delta) => ({ id: 'x', choices: [{ index: 0, delta, finish_reason: null }] }));
  const end = { choices: [{ index: 0, delta: {}, finish_reason: finishReason }] };
  const { events, failure } = play([framesOf(...frames, end, '[DONE]')], false);
  expect(failure).toBeUndefined();
  return events;
}

const piece = (call: JsonObject) => ({ tool_calls: [call] });
const textsOf = (events: readonly GenerationEvent[], type: 'text-delta' | 'reasoning-delta') =>
  events.map((event) => (event.type === type ? event.text : '')).join('');

/** Calls as an encoder puts them together. */
function callsOf(events: readonly GenerationEvent[]) {
  const calls = new Map<number, { id: string; name: string; json: string }>();
  for (const event of events) {
    if (event.type === 'tool-call-start') calls.set(event.part, { id: event.id, name: event.name, json: '' });
    else if (event.type === 'tool-call-delta') calls.get(event.part)!.json += event.argumentsJson;
  }
  return [...calls.values()];
}

test('calls that all have the number 0 are told apart by their ids', () => {
  const events = read(
    [
      piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }),
      piece({ index: 0, function: { arguments: '1}' } }),
      piece({ index: 0, id: 'b', function: { name: 'g', arguments: '{"y":2}' } }),
      piece({ index: 1, id: 'c', function: { name: 'h', arguments: '{}' } }),
    ],
    'tool_calls',
  );
  expect(callsOf(events)).toEqual([
    { id: 'a', name: 'f', json: '{"x":1}' },
    { id: 'b', name: 'g', json: '{"y":2}' },
    { id: 'c', name: 'h', json: '{}' },
  ]);
});

test('a call waits for a name that comes after its id, and is told at the end without one', () => {
  const late = [piece({ index: 0, id: 'a' }), piece({ index: 0, function: { name: 'f', arguments: '{}' } })];
  expect(callsOf(read(late, 'tool_calls'))).toEqual([{ id: 'a', name: 'f', json: '{}' }]);
  const never = [piece({ index: 0, id: 'a', function: { arguments: '{}' } })];
  expect(callsOf(read(never, 'tool_calls'))).toEqual([{ id: 'a', name: '', json: '{}' }]);
});

test('content that is a list of texts and thoughts is read part by part', () => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
  const events = read([
    { content: [thinking] },
    { content: [{ type: 'text', text: 'Hel' }] },
    { content: 'lo' },
    { content: [{ type: 'reference', reference_ids: [1] }] },
  ]);
  expect([textsOf(events, 'reasoning-delta'), textsOf(events, 'text-delta')]).toEqual(['Hm', 'Hello']);
  expect(events.filter(({ type }) => type === 'native')).toHaveLength(1);
});

test('further choices never mix with the first one, which alone ends the answer', () => {
  const choice = (index: number, content: string, finish_reason: string | null) => ({
    ...{ index, finish_reason },
    ...{ delta: { content }, message: { role: 'assistant', content }, logprobs: null },
  });
  const frames = [[choice(0, 'A', null)], [choice(1, 'B', 'length')], [choice(0, 'a', 'stop')]];
  const streamed = play([framesOf(...frames.map((choices) => ({ choices })), '[DONE]')], false).events;
  const body = Buffer.from(JSON.stringify({ choices: [choice(0, 'Aa', 'stop'), choice(1, 'B', 'length')] }));
  const plain = openaiChat.client.decodeResult(body, { passThrough: false, quirks: {} });
  for (const events of [streamed, plain]) {
    expect(textsOf(events, 'text-delta')).toBe('Aa');
    expect(events.filter(({ type }) => type === 'finish')).toMatchObject([{ finishReason: 'stop' }]);
    expect(events.some(({ type }) => type === 'native')).toBe(true);
  }
});

test('a picture by address is no part of the meaning, and not silently gone', () => {
  const url = 'https://pictures.example/a.png';
  const events = read([{ content: 'x', images: [{ type: 'image_url', image_url: { url } }] }]);
  expect(events.filter(({ type }) => type === 'native')).toMatchObject([{ data: { image_url: { url } } }]);
});

test('an error inside a choice is a failure, whatever reason to finish stands beside it', () => {
  const error = { code: 429, message: 'slow down' };
  const choice = { index: 0, error, delta: {}, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' };
  for (const passThrough of [true, false]) {
    const { failure } = play([framesOf({ choices: [choice] }, '[DONE]')], passThrough);
    expect(failure?.kind).toBe('provider-rate-limited');
    const body = Buffer.from(JSON.stringify({ choices: [choice] }));
    expect(() => openaiChat.client.decodeResult(body, { passThrough, quirks: {} })).toThrow(
      expect.objectContaining({ kind: 'provider-rate-limited' }),
    );
  }
});
