import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../base/json.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import { Failure } from '../../generation/failure.ts';
import type { Loss } from '../../generation/loss.ts';
import type { RequestTarget } from '../format.ts';
import openaiChat from '../openai-chat.ts';
import completions from '../openai-completions.ts';

const { client } = completions;
const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));

function targetOf(text: string, more: Partial<RequestTarget> = {}): RequestTarget {
  return {
    ...{ upstreamModel: 'llama-4-scout', stream: true, quirks: { template: 'llama-4' }, contextTokensMax: 10_000 },
    supportedParameters: ['temperature', 'max_tokens', 'seed', 'stop'],
    continuation: { mode: 'completion', text, outputTokens: 5 },
    ...more,
  };
}

const chat = (body: object) => openaiChat.server.decodeRequest(bytesOf({ model: 'demo/talker', ...body }));

test('an answer from its beginning is never cut short by our estimate of its prompt', () => {
  const maxTokensOf = (more: object) => {
    const request = completions.server.decodeRequest(
      bytesOf({ model: 'demo/talker', prompt: 'x'.repeat(39_000), ...more }),
    );
    const { continuation: _, ...target } = targetOf('');
    const sent = JSON.parse(new TextDecoder().decode(client.encodeRequest(request, target, []))) as JsonObject;
    return sent.max_tokens;
  };
  expect(maxTokensOf({ max_tokens: 500 })).toBe(500);
  expect(maxTokensOf({})).toBeGreaterThan(4_000);
});

describe('a chat whose answer broke off', () => {
  const messages = [
    { role: 'system', content: ' Be short. ' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: 'Count to five' },
  ];

  test('goes on as a text in the template of Llama 4, from the last character on', () => {
    const losses: Loss[] = [];
    const request = chat({ messages, temperature: 0, max_tokens: 50, top_k: 5, stop: ['x'] });
    const target = targetOf('One, two, ', { quirks: { template: 'llama-4', set: { cache_salt: 's' } } });
    const sent = JSON.parse(new TextDecoder().decode(client.encodeRequest(request, target, losses))) as JsonObject;
    expect(sent as object).toEqual({
      ...{ model: 'llama-4-scout', temperature: 0, stop: ['x'], max_tokens: 45, stream: true, cache_salt: 's' },
      stream_options: { include_usage: true },
      prompt:
        '<|header_start|>system<|header_end|>\n\nBe short.<|eot|>' +
        '<|header_start|>user<|header_end|>\n\nHi<|eot|>' +
        '<|header_start|>assistant<|header_end|>\n\nHello<|eot|>' +
        '<|header_start|>user<|header_end|>\n\nCount to five<|eot|>' +
        '<|header_start|>assistant<|header_end|>\n\nOne, two, ',
    });
    expect(losses.map(({ field }) => field)).toEqual(['top_k']);
    expect(client.canWriteOn!(request, target)).toBe(true);
  });

  test('has no form as a text when it holds more than texts, or names of control tokens', () => {
    const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    for (const [body, text] of [
      [{ ...user('Hi'), tools }, 'So'],
      [user([{ type: 'text', text: 'Hi' }, image]), 'So'],
      [user('Hi <|eot|>'), 'So'],
      [user('Hi'), 'So <|eot|>'],
      [
        {
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'assistant', content: 'So' },
          ],
        },
        'far',
      ],
      [
        {
          messages: [
            { role: 'user', content: 'Hi' },
            { role: 'system', content: 'S' },
          ],
        },
        'far',
      ],
      [{ messages: [{ role: 'developer', content: 'S' }, ...messages.slice(1)] }, 'far'],
    ] as const) {
      expect([body, client.canWriteOn!(chat(body), targetOf(text))]).toEqual([body, false]);
    }
    expect(client.canWriteOn!(chat(user('Hi')), targetOf('So', { quirks: {} }))).toBe(false);
    expect(client.canWriteOn!(chat(user('Hi')), targetOf('So', { contextTokensMax: 200 }))).toBe(false);
  });

  test('is refused, with another endpoint to try, where nothing says how it is laid out', () => {
    const { continuation: _, ...plain } = targetOf('');
    const send = () => client.encodeRequest(chat({ messages }), { ...plain, quirks: {} }, []);
    expect(send).toThrow(Failure);
  });
});

test('a caller’s own text completion reaches a provider of texts as it is', () => {
  const request = completions.server.decodeRequest(
    bytesOf({ model: 'demo/talker', prompt: 'Once upon', max_tokens: 9 }),
  );
  const { continuation: _, ...plain } = targetOf('', { quirks: {}, stream: false });
  const sent = JSON.parse(new TextDecoder().decode(client.encodeRequest(request, plain, []))) as JsonObject;
  expect(sent as object).toEqual({ model: 'llama-4-scout', prompt: 'Once upon', max_tokens: 9 });
});

describe('a stream of text completions', () => {
  const frames = (...all: readonly unknown[]) =>
    new TextEncoder().encode(
      all.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join(''),
    );
  const piece = (text: string, finish_reason: string | null = null) => ({
    ...{ id: 'cmpl-1', object: 'text_completion', model: 'm' },
    choices: [{ index: 0, text, logprobs: null, finish_reason }],
  });
  const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 2 } };
  const whole = frames(piece('three'), piece(', four'), piece('', 'stop'), usage, '[DONE]');

  function decode(bytes: Uint8Array) {
    const decoder = client.openDecoder({ passThrough: false, quirks: {} });
    const events: GenerationEvent[] = [];
    try {
      for (const byte of bytes) events.push(...decoder.push(Uint8Array.of(byte)));
      events.push(...decoder.end());
    } catch (error) {
      return { events, kind: (error as Failure).kind };
    }
    return { events, kind: undefined };
  }

  test('becomes text, usage and an end', () => {
    expect(decode(whole).events).toMatchObject([
      { type: 'generation-start', upstreamId: 'cmpl-1' },
      { type: 'text-delta', text: 'three' },
      { type: 'text-delta', text: ', four' },
      { type: 'finish', finishReason: 'stop' },
      { type: 'usage', usage: { promptTokens: 7, completionTokens: 2 } },
      { type: 'generation-end' },
    ]);
  });

  test('never looks whole when it is cut at any byte, or ends without a reason, or holds an error', () => {
    for (let at = 0; at < whole.length - 2; at++) {
      const { events, kind } = decode(whole.subarray(0, at));
      expect([at, kind, events.some(({ type }) => type === 'generation-end')]).toEqual([at, 'provider-cut-off', false]);
    }
    expect(decode(frames(piece('three'), '[DONE]')).kind).toBe('provider-cut-off');
    expect(decode(frames(piece('three'), { error: { message: 'busy', code: 503 } })).kind).toBe('provider-overloaded');
  });

  test('means the same without a stream', () => {
    const events = client.decodeResult(bytesOf({ ...piece('three, four', 'length'), usage: usage.usage }), {
      ...{ passThrough: false, quirks: {} },
    });
    expect(events.map(({ type }): string => type)).toEqual([
      ...['generation-start', 'usage', 'text-delta', 'finish', 'generation-end'],
    ]);
    expect(() => client.decodeResult(bytesOf(piece('three')), { passThrough: false, quirks: {} })).toThrow(Failure);
  });
});

test('what only text completions have, and more than one of them, is listed as lost', () => {
  const body = {
    model: 'demo/talker',
    prompt: 'Hi',
    suffix: '.',
    best_of: 2,
    logprobs: 1,
    n: 2,
    temperature: 0,
    user: null,
  };
  const losses: Loss[] = [];
  const request = completions.server.decodeRequest(bytesOf(body));
  const target = { ...targetOf(''), quirks: {}, stream: false };
  const { continuation: _, ...fresh } = target;
  const bytes = openaiChat.client.encodeRequest(request, fresh, losses);
  const sent = JSON.parse(new TextDecoder().decode(bytes)) as object;
  expect(sent).toEqual({ model: 'llama-4-scout', messages: [{ role: 'user', content: 'Hi' }], temperature: 0 });
  expect(losses.map(({ field }) => field).sort()).toEqual(['best_of', 'logprobs', 'n', 'suffix']);
});
