import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { Failure } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import { NO_USAGE } from '../generation/usage.ts';
import cohere from './cohere-chat.ts';
import type { RequestTarget } from './format.ts';
import openaiChat from './openai-chat.ts';

const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const jsonOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
const frames = (...all: readonly object[]) =>
  new TextEncoder().encode(all.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(''));

const TARGET: RequestTarget = {
  ...{ upstreamModel: 'command-a-03-2025', stream: true, quirks: {} },
  supportedParameters: [
    ...['tools', 'temperature', 'top_p', 'top_k', 'max_tokens', 'stop', 'seed', 'reasoning', 'response_format'],
    ...['frequency_penalty', 'presence_penalty', 'logprobs'],
  ],
};

function encode(body: object, to: Partial<RequestTarget> = {}) {
  const losses: Loss[] = [];
  const request = openaiChat.server.decodeRequest(bytesOf({ model: 'demo/talker', ...body }));
  const sent = jsonOf(cohere.client.encodeRequest(request, { ...TARGET, ...to }, losses));
  return { sent, losses: losses.map(({ field, outcome }) => `${field} ${outcome}`) };
}

function decode(...all: readonly object[]) {
  const decoder = cohere.client.openDecoder({ passThrough: false, quirks: {} });
  const events: GenerationEvent[] = [];
  try {
    events.push(...decoder.push(frames(...all)), ...decoder.end());
    return { events, kind: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { events, kind: error.kind };
  }
}

const HI = { messages: [{ role: 'user', content: 'Hi' }] };
const tool = (name: string, more: object = {}) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' }, ...more },
});

describe('a request of chat completions', () => {
  test('arrives with all it says', () => {
    const messages = [
      { role: 'developer', content: 'S' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: 'Yes',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'ok' },
    ];
    const { sent, losses } = encode({
      ...{ messages, tools: [tool('f')], tool_choice: 'required', max_tokens: 9, stop: 'x', seed: 4 },
      ...{ temperature: 0.5, top_p: 0.9, top_k: 5, frequency_penalty: 0.5, logprobs: true, documents: ['d'] },
    });
    expect(sent as object).toEqual({
      ...{ model: 'command-a-03-2025', stream: true, max_tokens: 9, stop_sequences: ['x'], seed: 4 },
      ...{ temperature: 0.5, p: 0.9, k: 5, frequency_penalty: 0.5, logprobs: true, documents: ['d'] },
      messages: [
        { role: 'system', content: 'S' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'low' } },
          ],
        },
        { role: 'assistant', content: 'Yes', tool_calls: messages[2]!.tool_calls },
        { role: 'tool', tool_call_id: 'c', content: 'ok' },
      ],
      ...{ tools: [tool('f')], tool_choice: 'REQUIRED' },
    });
    expect(losses).toEqual([]);
  });

  test('lists what is bent into bounds, and what has no word', () => {
    const { sent, losses } = encode({
      ...{ ...HI, temperature: 1.5, top_p: 1, frequency_penalty: 0.1, presence_penalty: 0.2, logit_bias: { 5: 1 } },
      ...{ stop: ['1', '2', '3', '4', '5', '6'], tools: [tool('f'), tool('g')], parallel_tool_calls: false },
      tool_choice: { type: 'function', function: { name: 'g' } },
    });
    expect(sent).toMatchObject({ temperature: 1, p: 0.99, tools: [tool('g')], tool_choice: 'REQUIRED' });
    expect(sent.stop_sequences).toEqual(['1', '2', '3', '4', '5']);
    expect(losses.toSorted()).toEqual([
      ...['logit_bias dropped', 'parallel_tool_calls dropped', 'presence_penalty dropped', 'stop approximated'],
      ...['temperature approximated', 'tool_choice emulated', 'top_p approximated'],
    ]);
  });

  test('asks for thoughts by a budget, for JSON by its schema, and for strict tools all at once', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    const { sent, losses } = encode({
      ...{ ...HI, reasoning: { max_tokens: 500 }, tools: [tool('f', { strict: true }), tool('g')] },
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
    });
    expect(sent).toMatchObject({
      thinking: { type: 'enabled', token_budget: 500 },
      response_format: { type: 'json_object', json_schema: schema },
      strict_tools: true,
    });
    expect(losses).toEqual(['tools approximated']);
    expect(encode({ ...HI, reasoning: { effort: 'none' } }).sent.thinking).toEqual({ type: 'disabled' });
    expect(encode({ ...HI, reasoning: { effort: 'low' }, max_tokens: 1_000 })).toMatchObject({
      sent: { thinking: { type: 'enabled', token_budget: 200 } },
      losses: ['reasoning.effort approximated'],
    });
  });

  test('goes on from an answer that broke off', () => {
    const continuation = { mode: 'instruct', text: 'So far ', outputTokens: 2 } as const;
    const { sent } = encode({ ...HI, max_tokens: 10 }, { continuation });
    expect(sent).toMatchObject({
      messages: [{ role: 'user' }, { role: 'assistant', content: 'So far ' }, { role: 'user' }],
      max_tokens: 8,
    });
  });
});

test('plans, thoughts and calls come back as they were, through a caller of chat completions', () => {
  const turn = {
    role: 'assistant',
    tool_plan: 'I will look.',
    content: [
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: 'Wait' },
    ],
    tool_calls: [{ id: 't', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
  };
  const answer = { id: 'x', message: turn, finish_reason: 'TOOL_CALL' };
  const events = cohere.client.decodeResult(bytesOf(answer), { passThrough: false, quirks: {} });
  const identity = { id: 'gen-1', model: 'm', provider: 'p', created: 0 };
  const cost = { cost: 0, promptCost: 0, completionCost: 0, isByok: false };
  const body = openaiChat.server.openEncoder(identity).encodeResult(events, { usage: NO_USAGE, cost });
  const { message } = (jsonOf(body).choices as { message: JsonObject }[])[0]!;
  const result = { role: 'tool', tool_call_id: 't', content: 'ok' };
  const { sent, losses } = encode({ messages: [...HI.messages, message, result] });
  expect((sent.messages as JsonObject[])[1]).toEqual(turn);
  expect(losses).toEqual([]);
});

describe('a stream', () => {
  const start = { type: 'message-start', id: 'x' };
  const said = { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } };
  const end = (delta: object) => ({ type: 'message-end', delta });

  test('is whole after its end event alone', () => {
    expect(decode(start, said, end({ finish_reason: 'COMPLETE' })).kind).toBeUndefined();
    expect(decode(start, said).kind).toBe('provider-cut-off');
    expect(decode(start, said, end({})).kind).toBe('provider-cut-off');
    expect(decode(start, said, end({ finish_reason: 'ERROR', error: 'oops' })).kind).toBe('provider-error');
    expect(decode(start, said, end({ finish_reason: 'TIMEOUT' })).kind).toBe('provider-error');
    expect(decode({ message: 'too many tokens: 9' }).kind).toBe('provider-context-too-long');
  });

  test('has a call without arguments as one with none', () => {
    const call = { id: 't', type: 'function', function: { name: 'f', arguments: '' } };
    const called = { type: 'tool-call-start', index: 0, delta: { message: { tool_calls: call } } };
    const { events } = decode(start, called, { type: 'tool-call-end', index: 0 }, end({ finish_reason: 'TOOL_CALL' }));
    expect(events.find(({ type }) => type === 'tool-call-delta')).toMatchObject({ argumentsJson: '{}' });
  });

  test('counts what is billed, or else what there was', () => {
    const usageOf = (usage: object) => {
      const event = decode(start, said, end({ finish_reason: 'COMPLETE', usage })).events.find(
        ({ type }) => type === 'usage',
      );
      return event?.type === 'usage' ? [event.usage.promptTokens, event.usage.completionTokens] : undefined;
    };
    const tokens = { input_tokens: 70, output_tokens: 9 };
    expect(usageOf({ billed_units: { input_tokens: 5, output_tokens: 8 }, tokens })).toEqual([5, 8]);
    expect(usageOf({ tokens })).toEqual([70, 9]);
    expect(usageOf({ billed_units: { input_tokens: -5, output_tokens: 8 } })).toBeUndefined();
  });

  test('names the sources that have an address, and keeps the others for its own', () => {
    const source = (document: object) => ({ type: 'document', id: 'd', document });
    const cited = (document: object) => ({
      type: 'citation-start',
      delta: { message: { citations: { start: 0, end: 2, text: 'Hi', sources: [source(document)] } } },
    });
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 };
    const { events } = decode(
      ...[start, said, cited({ url: 'https://a.example', title: 'A' }), cited({ title: 'B' })],
      end({ finish_reason: 'COMPLETE' }),
    );
    expect(events.filter(({ type }) => type === 'annotation')).toEqual([
      { type: 'annotation', part: 0, annotation: { type: 'url_citation', url_citation } },
    ]);
    expect(events.filter(({ type }) => type === 'native')).toHaveLength(1);
  });

  test('tells how likely its pieces were', () => {
    const piece = { ...said, logprobs: { text: 'Hi', token_ids: [1, 2], logprobs: [-0.5, -0.25] } };
    const { events } = decode(start, piece, end({ finish_reason: 'COMPLETE' }));
    expect(events.filter(({ type }) => type === 'logprobs')).toEqual([
      { type: 'logprobs', content: [{ token: 'Hi', logprob: -0.75, bytes: [72, 105], top_logprobs: [] }] },
    ]);
  });
});
