import { describe, expect, test } from 'bun:test';
import { encodeMessage } from '../base/event-stream.test-data.ts';
import type { JsonObject } from '../base/json.ts';
import type { GenerationEvent } from '../generation/event.ts';
import { Failure } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import bedrock from './bedrock-converse.ts';
import type { RequestTarget } from './format.ts';
import openaiChat from './openai-chat.ts';

const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const event = (type: string, data: object) =>
  encodeMessage(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(data),
  );
const exception = (type: string, message: string) =>
  encodeMessage({ ':exception-type': type, ':message-type': 'exception' }, JSON.stringify({ message }));
const joined = (...pieces: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(pieces));
const delta = (contentBlockIndex: number, given: object) =>
  event('contentBlockDelta', { contentBlockIndex, delta: given, p: 'abcd' });

const SAID = [
  event('messageStart', { role: 'assistant' }),
  delta(0, { reasoningContent: { text: 'Hm' } }),
  delta(0, { reasoningContent: { signature: 'c2VhbA==' } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  delta(1, { text: 'Hé ' }),
  delta(1, { text: 'said' }),
  event('contentBlockStop', { contentBlockIndex: 1 }),
  event('contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 't1', name: 'weather' } } }),
  delta(2, { toolUse: { input: '{"city":' } }),
  delta(2, { toolUse: { input: '"Rome"}' } }),
  event('contentBlockStop', { contentBlockIndex: 2 }),
];
const STOP = event('messageStop', { stopReason: 'tool_use' });
const USAGE = {
  inputTokens: 10,
  outputTokens: 5,
  totalTokens: 115,
  cacheReadInputTokens: 100,
  cacheWriteInputTokens: 0,
};
const METADATA = event('metadata', { usage: USAGE, metrics: { latencyMs: 5 } });
const STREAM = joined(...SAID, STOP, METADATA);

function decode(pieces: readonly Uint8Array[]) {
  const decoder = bedrock.client.openDecoder({ passThrough: false, quirks: {} });
  const events: GenerationEvent[] = [];
  try {
    for (const piece of pieces) events.push(...decoder.push(piece));
    events.push(...decoder.end());
    return { events, kind: undefined };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { events, kind: error.kind };
  }
}

describe('a stream', () => {
  test('becomes thoughts, text and calls, whatever the network cuts', () => {
    for (const pieces of [[STREAM], [...STREAM].map((byte) => Uint8Array.of(byte))]) {
      const { events, kind } = decode(pieces);
      expect(kind).toBeUndefined();
      expect(events).toEqual([
        { type: 'generation-start' },
        { type: 'reasoning-delta', part: 0, kind: 'text', text: 'Hm' },
        {
          type: 'reasoning-delta',
          part: 0,
          kind: 'text',
          text: '',
          signature: 'c2VhbA==',
          format: 'anthropic-claude-v1',
        },
        { type: 'part-end', part: 0 },
        { type: 'text-delta', part: 1, text: 'Hé ' },
        { type: 'text-delta', part: 1, text: 'said' },
        { type: 'part-end', part: 1 },
        { type: 'tool-call-start', part: 2, id: 't1', name: 'weather' },
        { type: 'tool-call-delta', part: 2, argumentsJson: '{"city":' },
        { type: 'tool-call-delta', part: 2, argumentsJson: '"Rome"}' },
        { type: 'part-end', part: 2 },
        { type: 'finish', finishReason: 'tool_calls', nativeFinishReason: 'tool_use' },
        {
          type: 'usage',
          usage: expect.objectContaining({ promptTokens: 110, cachedTokens: 100, completionTokens: 5 }),
          reported: USAGE,
        },
        { type: 'generation-end' },
      ] as unknown as GenerationEvent[]);
    }
  });

  test('never looks whole when it is cut at any byte before it stopped', () => {
    const stopped = joined(...SAID, STOP).length;
    for (let at = 0; at < STREAM.length; at++) {
      const { events, kind } = decode([STREAM.subarray(0, at)]);
      // Its counts may be missing: it said that it stopped, and the transfer came to its own end.
      expect([at, kind]).toEqual([at, at === stopped ? undefined : 'provider-cut-off']);
      expect(events.some(({ type }) => type === 'generation-end')).toBe(at === stopped);
    }
  });

  test('with a wrong bit anywhere is garbled or cut off, never another answer', () => {
    for (let at = 0; at < STREAM.length; at += 7) {
      const damaged = STREAM.slice();
      damaged[at]! ^= 4;
      expect(['provider-garbled', 'provider-cut-off']).toContain(decode([damaged]).kind!);
    }
  });

  test('is a failure where it says that it went wrong, or does not say why it ended', () => {
    const stopped = (data: object) => decode([...SAID, event('messageStop', data), METADATA]).kind;
    expect(stopped({ stopReason: 'malformed_tool_use' })).toBe('provider-error');
    expect(stopped({})).toBe('provider-cut-off');
  });

  test('has a call without input as one with no arguments', () => {
    const start = event('contentBlockStart', {
      contentBlockIndex: 0,
      start: { toolUse: { toolUseId: 't', name: 'f' } },
    });
    const { events } = decode([start, delta(0, { toolUse: { input: '' } }), event('contentBlockStop', {}), STOP]);
    expect(events.filter(({ type }) => type.startsWith('tool-call'))).toEqual([
      { type: 'tool-call-start', part: 0, id: 't', name: 'f' },
      { type: 'tool-call-delta', part: 0, argumentsJson: '{}' },
    ]);
  });

  test('is a failure where an exception comes inside', () => {
    for (const [type, message, kind] of [
      ['throttlingException', 'Too many requests', 'provider-rate-limited'],
      ['modelStreamErrorException', 'oops', 'provider-error'],
      ['serviceUnavailableException', 'busy', 'provider-overloaded'],
      ['validationException', 'Input is too long for requested model.', 'provider-context-too-long'],
    ] as const) {
      expect([type, decode([joined(SAID[0]!, SAID[4]!, exception(type, message))]).kind]).toEqual([type, kind]);
    }
  });
});

describe('a plain answer', () => {
  const answer = {
    output: {
      message: {
        role: 'assistant',
        content: [{ text: 'Hi' }, { toolUse: { toolUseId: 't', name: 'f', input: { a: 1 } } }],
      },
    },
    stopReason: 'tool_use',
    usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 },
  };

  test('means the same as its stream', () => {
    const events = bedrock.client.decodeResult(bytesOf(answer), { passThrough: false, quirks: {} });
    expect(events.map(({ type }): string => type)).toEqual([
      ...['generation-start', 'text-delta', 'part-end', 'tool-call-start', 'tool-call-delta', 'part-end'],
      ...['usage', 'finish', 'generation-end'],
    ]);
  });

  test('is none when it is cut at any byte, or does not say that it stopped', () => {
    const bytes = bytesOf(answer);
    const { stopReason: _, ...open } = answer;
    for (const body of [...bytes.keys()].map((at) => bytes.subarray(0, at)).concat([bytesOf(open)])) {
      expect(() => bedrock.client.decodeResult(body, { passThrough: false, quirks: {} })).toThrow(Failure);
    }
  });
});

test('an error of the API means what its name says', () => {
  const kindOf = (status: number, type: string, message: string) =>
    bedrock.client.decodeFailure({
      status,
      headers: new Headers({ 'x-amzn-errortype': type }),
      body: bytesOf({ message }),
    }).kind;
  expect(kindOf(429, 'ThrottlingException:http://internal.amazon.com/', 'slow')).toBe('provider-rate-limited');
  expect(kindOf(400, 'ValidationException', 'The provided model identifier is invalid.')).toBe(
    'provider-model-missing',
  );
  expect(kindOf(400, 'ValidationException', 'Malformed input request')).toBe('provider-rejected');
  expect(kindOf(403, 'AccessDeniedException', 'Authentication failed: Please make sure your API Key is valid.')).toBe(
    'provider-unauthorised',
  );
  expect(kindOf(403, 'AccessDeniedException', "You don't have access to the model")).toBe('provider-forbidden');
});

describe('a request of chat completions', () => {
  const target: RequestTarget = {
    upstreamModel: 'us.meta.llama4-scout-17b-instruct-v1:0',
    stream: true,
    quirks: {},
    supportedParameters: ['tools', 'temperature', 'max_tokens', 'stop', 'top_p'],
  };
  function encode(body: object, to: Partial<RequestTarget> = {}) {
    const losses: Loss[] = [];
    const request = openaiChat.server.decodeRequest(bytesOf({ model: 'demo/talker', ...body }));
    const bytes = bedrock.client.encodeRequest(request, { ...target, ...to }, losses);
    return {
      body: JSON.parse(new TextDecoder().decode(bytes)) as JsonObject,
      losses: losses.map(({ field }) => field),
    };
  }

  test('goes to its model, whose name holds a colon', () => {
    expect(bedrock.client.path(target)).toBe('/model/us.meta.llama4-scout-17b-instruct-v1%3A0/converse-stream');
    expect(bedrock.client.path({ ...target, stream: false })).toEndWith('/converse');
  });

  test('arrives with all it says, and a list of what it can’t say', () => {
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral' } }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: ['c', 'd'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } })),
      },
      { role: 'tool', tool_call_id: 'c', content: 'ok' },
      { role: 'tool', tool_call_id: 'd', content: 'too' },
      { role: 'user', content: 'And?' },
    ];
    const tools = [{ type: 'function', function: { name: 'f', description: 'F', parameters: { type: 'object' } } }];
    const use = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'f', input: { a: 1 } } });
    const result = (toolUseId: string, text: string) => ({ toolResult: { toolUseId, content: [{ text }] } });
    const { body, losses } = encode({ messages, tools, tool_choice: 'required', max_tokens: 9, stop: 'x', seed: 4 });
    expect(body as object).toEqual({
      system: [{ text: 'S' }, { cachePoint: { type: 'default' } }],
      messages: [
        { role: 'user', content: [{ text: 'Look' }, { image: { format: 'png', source: { bytes: 'AA==' } } }] },
        { role: 'assistant', content: [use('c'), use('d')] },
        { role: 'user', content: [result('c', 'ok'), result('d', 'too'), { text: 'And?' }] },
      ],
      inferenceConfig: { maxTokens: 9, stopSequences: ['x'] },
      toolConfig: {
        tools: [{ toolSpec: { name: 'f', description: 'F', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { any: {} },
      },
    });
    expect(losses).toEqual(['seed']);
  });

  test('brings signed thinking back, also from a client that kept the format of its first piece', () => {
    for (const format of ['anthropic-claude-v1', 'unknown']) {
      const reasoning_details = [{ type: 'reasoning.text', text: 'Hm', signature: 'c2VhbA==', format, index: 0 }];
      const said = { role: 'assistant', content: 'Hi', reasoning_details };
      const { body } = encode({ messages: [{ role: 'user', content: 'Hi' }, said, { role: 'user', content: 'So?' }] });
      const thought = { reasoningContent: { reasoningText: { text: 'Hm', signature: 'c2VhbA==' } } };
      expect((body.messages as JsonObject[])[1]!.content).toEqual([thought, { text: 'Hi' }]);
    }
  });

  test('asks in words for what there is no field for, and says so', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } } };
    const messages = [{ role: 'user', content: 'Hi' }];
    const { body, losses } = encode({
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
    });
    expect(JSON.stringify(body.system)).toContain('JSON Schema');
    expect(losses).toEqual(['response_format']);
  });

  test('goes on from an answer that broke off', () => {
    const continuation = { mode: 'instruct', text: 'So far ', outputTokens: 2 } as const;
    const { body } = encode({ messages: [{ role: 'user', content: 'Hi' }], max_tokens: 10 }, { continuation });
    expect(body.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'So far' }] },
      { role: 'user' },
    ]);
    expect(body.inferenceConfig).toEqual({ maxTokens: 8 });
  });
});
