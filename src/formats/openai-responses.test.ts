import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { playInto } from '../../test/support/play-answer.ts';
import type { Json, JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { Failure } from '../generation/failure.ts';
import { NO_USAGE } from '../generation/usage.ts';
import type { AnswerUsage } from './format.ts';
import openaiChat from './openai-chat.ts';
import openaiResponses from './openai-responses.ts';

const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

const IDENTITY = { id: 'gen-1', model: 'demo/talker', provider: 'Acme', created: 1_700_000_000 };
const COST = { cost: 0.5, promptCost: 0.2, completionCost: 0.3, isByok: false };

/** A stream as the API's documentation spells it: thinking, a text with a citation, and a call. */
const STEPS: readonly (JsonObject & { readonly type: string })[] = [
  {
    type: 'response.created',
    response: { id: 'resp_theirs', object: 'response', model: 'theirs', status: 'in_progress', output: [] },
  },
  { type: 'response.in_progress', response: { id: 'resp_theirs', model: 'theirs', status: 'in_progress' } },
  { type: 'response.output_item.added', output_index: 0, item: { id: 'rs_1', type: 'reasoning', summary: [] } },
  {
    type: 'response.reasoning_summary_part.added',
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    part: { type: 'summary_text', text: '' },
  },
  {
    type: 'response.reasoning_summary_text.delta',
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    delta: 'I think ',
  },
  { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, summary_index: 0, delta: 'so.' },
  {
    type: 'response.reasoning_summary_text.done',
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    text: 'I think so.',
  },
  {
    type: 'response.output_item.done',
    output_index: 0,
    item: {
      id: 'rs_1',
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'I think so.' }],
      encrypted_content: 'c2VjcmV0',
    },
  },
  {
    type: 'response.output_item.added',
    output_index: 1,
    item: { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] },
  },
  {
    type: 'response.content_part.added',
    item_id: 'msg_1',
    output_index: 1,
    content_index: 0,
    part: { type: 'output_text', text: '', annotations: [] },
  },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'Hé said ' },
  { type: 'response.x_new.event', anything: { unknown: [1.5] } },
  {
    type: 'response.output_text.delta',
    item_id: 'msg_1',
    output_index: 1,
    content_index: 0,
    delta: '"hi" 🐕',
    obfuscation: 'xyz',
  },
  {
    type: 'response.output_text.annotation.added',
    item_id: 'msg_1',
    output_index: 1,
    content_index: 0,
    annotation_index: 0,
    annotation: { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 },
  },
  { type: 'response.output_text.done', item_id: 'msg_1', output_index: 1, content_index: 0, text: 'Hé said "hi" 🐕' },
  {
    type: 'response.output_item.done',
    output_index: 1,
    item: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'Hé said "hi" 🐕',
          annotations: [{ type: 'url_citation', url: 'https://a.example' }],
        },
      ],
    },
  },
  {
    type: 'response.output_item.added',
    output_index: 2,
    item: { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '' },
  },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 2, delta: '{"city":' },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 2, delta: '"Rome"}' },
  { type: 'response.function_call_arguments.done', item_id: 'fc_1', output_index: 2, arguments: '{"city":"Rome"}' },
  {
    type: 'response.output_item.done',
    output_index: 2,
    item: { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
  },
];
const USAGE = {
  input_tokens: 12,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 21,
  x_new: 7,
};
const END = {
  type: 'response.completed',
  response: {
    id: 'resp_theirs',
    object: 'response',
    model: 'theirs',
    status: 'completed',
    output: [],
    usage: USAGE,
    x_kept: [1.0],
  },
};

function streamOf(steps: readonly (JsonObject & { readonly type: string })[]): Uint8Array {
  const frames = steps.map(
    (step, i) => `event: ${step.type}\ndata: ${JSON.stringify({ sequence_number: i, ...step })}\n\n`,
  );
  return bytesOf(frames.join(''));
}
const STREAM = streamOf([...STEPS, END]);

function play(pieces: readonly Uint8Array[], passThrough: boolean, server = openaiResponses) {
  const decoder = openaiResponses.client.openDecoder({ passThrough, quirks: {} });
  const encoder = server.server.openEncoder(IDENTITY);
  const { bytes, events, failure } = playInto(pieces, decoder, encoder, usageOf);
  const text = textOf(bytes) + (failure ? textOf(encoder.encodeStreamFailure(failure)) : '');
  return { text, events, failure, steps: stepsOf(text) };
}

function usageOf(events: readonly GenerationEvent[]): AnswerUsage {
  const last = events.findLast((event) => event.type === 'usage');
  const reported = last?.reported ? { reported: last.reported, reportedFormat: 'openai-responses' } : {};
  return { usage: last?.usage ?? NO_USAGE, cost: COST, ...reported };
}

function stepsOf(text: string): (JsonObject & { readonly type: string })[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as JsonObject & { readonly type: string });
}

describe('a stream', () => {
  test('goes through byte for byte but for what is ours', () => {
    const { text, failure, steps } = play([STREAM], true);
    expect(failure).toBeUndefined();
    const [created, , ...rest] = steps;
    expect(created!.response).toMatchObject({
      id: 'gen-1',
      model: 'demo/talker',
      provider: 'Acme',
      status: 'in_progress',
    });
    const theirs = textOf(STREAM).split('\n\n').slice(2, -2).join('\n\n');
    expect(text).toContain(theirs);
    const end = rest.at(-1)!;
    expect(end.response).toMatchObject({ id: 'gen-1', x_kept: [1.0], usage: { ...USAGE, cost: 0.5 } });
  });

  test('means the same built again, with every step of the API’s own grammar', () => {
    const { steps, failure } = play([STREAM], false);
    expect(failure).toBeUndefined();
    expect(steps.map((step) => step.sequence_number)).toEqual(steps.map((_, i) => i));
    const response = steps.at(-1)!.response as JsonObject & { readonly output: readonly JsonObject[] };
    expect(response.output).toMatchObject([
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'I think so.' }],
        encrypted_content: 'c2VjcmV0',
      },
      {
        type: 'message',
        status: 'completed',
        content: [
          {
            type: 'output_text',
            text: 'Hé said "hi" 🐕',
            annotations: [{ type: 'url_citation', url: 'https://a.example' }],
          },
        ],
      },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}', status: 'completed' },
    ]);
    // Each item and part that opens closes, in between nothing of another one.
    const opened = steps.filter(({ type }) => type.endsWith('.added') && !type.includes('annotation')).length;
    const closed = steps.filter(({ type }) => /(?:item|part)\.done$/.test(type)).length;
    expect(opened).toBe(closed);
  });

  test('gives the same bytes however the network cuts it', () => {
    for (const passThrough of [true, false]) {
      const whole = play([STREAM], passThrough).text;
      expect(
        play(
          [...STREAM].map((byte) => Uint8Array.of(byte)),
          passThrough,
        ).text,
      ).toBe(whole);
      fc.assert(
        fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 12 }), (at) => {
          const bounds = [0, ...at.toSorted((a, b) => a - b), STREAM.length];
          const pieces = bounds.slice(1).map((end, i) => STREAM.subarray(bounds[i], end));
          expect(play(pieces, passThrough).text).toBe(whole);
        }),
        { numRuns: 30 },
      );
    }
  });

  test('never looks whole when it is cut at any byte before its end event', () => {
    for (let at = 0; at < STREAM.length; at++) {
      const { failure, events, steps } = play([STREAM.subarray(0, at)], true);
      if (at >= STREAM.length - 1 && failure === undefined) continue;
      expect([at, failure?.kind]).toEqual([at, 'provider-cut-off']);
      expect(events.some(({ type }) => type === 'generation-end')).toBe(false);
      expect(steps.some(({ type }) => type === 'response.completed' || type === 'response.incomplete')).toBe(false);
      expect(steps.at(-1)!.type).toBe('error');
    }
  });

  test('says in chat completions what it says here', () => {
    const chat = play([STREAM], false, openaiChat);
    const frames = chat.text
      .split('\n\n')
      .filter((block) => block.startsWith('data: {'))
      .map(
        (block) =>
          JSON.parse(block.slice(6)) as {
            choices: { delta: JsonObject; finish_reason: string | null }[];
            usage?: JsonObject;
          },
      );
    const deltas = frames.flatMap(({ choices }) => choices.map(({ delta }) => delta));
    expect(deltas.map((delta) => delta.content ?? '').join('')).toBe('Hé said "hi" 🐕');
    expect(deltas.flatMap((delta) => (delta.reasoning_details ?? []) as Json[])).toEqual([
      { type: 'reasoning.summary', summary: 'I think ', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
      { type: 'reasoning.summary', summary: 'so.', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'c2VjcmV0', id: 'rs_1', format: 'openai-responses-v1', index: 1 },
    ]);
    expect(frames.flatMap(({ choices }) => choices.map(({ finish_reason }) => finish_reason)).filter(Boolean)).toEqual([
      'tool_calls',
    ]);
    expect(frames.at(-1)!.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 9, cost: 0.5 });
    expect(frames.at(-1)!.usage).not.toHaveProperty('x_new');
  });

  test('ends as length or as filtered where the API says incomplete', () => {
    for (const [reason, finish] of [
      ['max_output_tokens', 'length'],
      ['content_filter', 'content_filter'],
    ]) {
      const end = {
        type: 'response.incomplete',
        response: { ...END.response, status: 'incomplete', incomplete_details: { reason } },
      };
      const { events, steps } = play([streamOf([...STEPS.slice(0, 12), end as never])], false);
      expect(events.find(({ type }) => type === 'finish')).toMatchObject({
        finishReason: finish,
        nativeFinishReason: reason,
      });
      expect(steps.at(-1)).toMatchObject({ type: 'response.incomplete', response: { incomplete_details: { reason } } });
    }
  });

  test('that breaks off keeps its numbers, and says how far it came', () => {
    for (const passThrough of [true, false]) {
      const { steps } = play([streamOf(STEPS)], passThrough);
      expect(steps.map(({ sequence_number }) => sequence_number)).toEqual(steps.map((_, index) => index));
      const failed = steps.find(({ type }) => type === 'response.failed')!.response as JsonObject;
      const items = (failed.output as readonly JsonObject[]).map(({ type }) => type);
      expect(items).toEqual(['reasoning', 'message', 'function_call']);
    }
  });

  test('is an error where the API reports one, whichever way', () => {
    const failed = {
      type: 'response.failed',
      response: { id: 'r', status: 'failed', error: { code: 'rate_limit_exceeded', message: 'slow down' } },
    };
    expect(play([streamOf([...STEPS, failed])], true).failure?.kind).toBe('provider-rate-limited');
    const error = { type: 'error', code: 'server_error', message: 'oops', param: null };
    expect(play([streamOf([...STEPS, error])], false).failure?.kind).toBe('provider-error');
    expect(
      play([streamOf([{ ...END, response: { ...END.response, status: 'in_progress' } }])], true).failure?.kind,
    ).toBe('provider-cut-off');
  });

  test('that went through as frames goes on from its meaning inside the same item', () => {
    const encoder = openaiResponses.server.openEncoder(IDENTITY);
    const decoder = openaiResponses.client.openDecoder({ passThrough: true, quirks: {} });
    let text = textOf(encoder.encodeEvents(decoder.push(streamOf(STEPS.slice(0, 13)))));
    text += textOf(encoder.encodeEvents([{ type: 'text-delta', part: 0, text: ' and left.' }]));
    text += textOf(encoder.encodeEvents([{ type: 'finish', finishReason: 'stop', nativeFinishReason: 'stop' }]));
    text += textOf(encoder.encodeEnd({ usage: NO_USAGE, cost: COST }));
    const steps = stepsOf(text);
    expect(steps.map(({ sequence_number }) => sequence_number)).toEqual(steps.map((_, i) => i));
    const added = steps.filter(({ type }) => type === 'response.output_text.delta').at(-1)!;
    expect(added).toMatchObject({ item_id: 'msg_1', output_index: 1, content_index: 0, delta: ' and left.' });
    const whole = 'Hé said "hi" 🐕 and left.';
    expect(steps.find(({ type }) => type === 'response.output_text.done')).toMatchObject({
      item_id: 'msg_1',
      text: whole,
    });
    const { output } = steps.at(-1)!.response as { output: JsonObject[] };
    expect(output).toMatchObject([{ id: 'rs_1' }, { id: 'msg_1', content: [{ text: whole }] }]);
  });
});

describe('a plain response', () => {
  const body = bytesOf({
    ...END.response,
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
      { type: 'function_call', id: 'fc', call_id: 'call_1', name: 'f', arguments: '{}' },
    ],
  });

  test('keeps its bytes but for what is ours', () => {
    const events = openaiResponses.client.decodeResult(body, { passThrough: true, quirks: {} });
    const out = JSON.parse(
      textOf(openaiResponses.server.openEncoder(IDENTITY).encodeResult(events, usageOf(events))),
    ) as JsonObject;
    expect(out).toMatchObject({ id: 'gen-1', model: 'demo/talker', x_kept: [1], usage: { cost: 0.5, x_new: 7 } });
    expect(textOf(openaiResponses.server.openEncoder(IDENTITY).encodeResult(events, usageOf(events)))).toContain(
      '"x_kept":[1]',
    );
  });

  test('means the same as its stream', () => {
    const events = openaiResponses.client.decodeResult(body, { passThrough: false, quirks: {} });
    expect(events.map(({ type }): string => type)).toEqual([
      ...['generation-start', 'text-delta', 'part-end', 'tool-call-start', 'tool-call-delta', 'part-end'],
      ...['usage', 'finish', 'generation-end'],
    ]);
  });

  test('is no answer when it is cut at any byte', () => {
    for (let at = 0; at < body.length; at++) {
      expect(() =>
        openaiResponses.client.decodeResult(body.subarray(0, at), { passThrough: true, quirks: {} }),
      ).toThrow(Failure);
    }
  });
});
