import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/json.ts';
import type { RequestTarget } from '../format.ts';
import openaiChat from '../openai-chat.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from './request-fields.ts';

const TARGET: RequestTarget = {
  upstreamModel: 'native/model',
  stream: false,
  quirks: {},
  supportedParameters: ['max_tokens', 'temperature', 'tools'],
};
const MESSAGES = '[ {"role":"user" , "content":"h\\u00e9 \\/ \\ud83d\\ude00  é" , "x_new":1.50} ]';

/** The caller's body as text → what the provider gets, as text. */
function sent(body: string, target: Partial<RequestTarget> = {}): string {
  const request = openaiChat.server.decodeRequest(new TextEncoder().encode(body));
  const full = { ...TARGET, stream: request.features.stream, ...target };
  return new TextDecoder().decode(openaiChat.client.encodeRequest(request, full, []));
}

function sentObject(fields: string, target?: Partial<RequestTarget>): JsonObject {
  const comma = fields === '' ? '' : ',';
  return JSON.parse(sent(`{"model":"demo/talker","messages":${MESSAGES}${comma}${fields}}`, target)) as JsonObject;
}

test('messages, tools and fields that nobody knows keep their bytes; the model is rewritten', () => {
  const tools = '[ {"type":"function","function":{"name":"f","parameters":{"minimum":1.0,"type":"object"}}} ]';
  const text = sent(
    `{"x_first": [1.50, 1E5],\n"model":"demo/talker", "messages" : ${MESSAGES}, "tools":${tools},"temperature":0.70}`,
  );
  expect(text).toContain('"x_first": [1.50, 1E5]');
  expect(text).toContain(`"messages" : ${MESSAGES}`);
  expect(text).toContain(`"tools":${tools}`);
  expect(text).toContain('"temperature":0.70');
  expect((JSON.parse(text) as JsonObject).model).toBe('native/model');
  expect(text).not.toContain('demo/talker');
});

test('fields that speak to the exchange never reach a provider', () => {
  const values: Record<string, string> = {
    models: '["demo/other"]',
    route: '"fallback"',
    provider: '{"order":["acme"]}',
    plugins: '[]',
    preset: '"p"',
    transforms: '[]',
    session_id: '"s"',
    metadata: '{"a":"b"}',
    structured_outputs: 'true',
    strict: 'true',
    include_reasoning: 'true',
  };
  const fields = [...EXCHANGE_FIELDS].map((name) => `"${name}":${values[name] ?? '{}'}`);
  expect(Object.keys(sentObject(fields.join(','))).sort()).toEqual(['messages', 'model']);
  expect(
    ['models', 'provider', 'plugins', 'session_id', 'metadata', 'trace', 'usage'].filter(
      (name) => !EXCHANGE_FIELDS.has(name),
    ),
  ).toEqual([]);
});

test('no spelling of a key smuggles a second model or a field of the exchange past the splice', () => {
  const hide = (key: string, at: number): string =>
    `${key.slice(0, at)}\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}${key.slice(at + 1)}`;
  for (const key of ['models', 'provider', 'plugins', 'session_id']) {
    const value = key === 'provider' ? '{}' : key === 'models' ? '["x/y"]' : key === 'plugins' ? '[]' : '"s"';
    for (let at = 0; at < key.length; at++) {
      expect(Object.keys(sentObject(`"${hide(key, at)}":${value}`)).sort()).toEqual(['messages', 'model']);
    }
  }
  for (let at = 0; at < 5; at++) {
    expect(() => sentObject(`"${hide('model', at)}":"dear/model"`)).toThrow('Duplicate key');
    const alone = sent(`{"messages":${MESSAGES},"${hide('model', at)}":"demo/talker"}`);
    expect(JSON.parse(alone)).toEqual({ model: 'native/model', messages: JSON.parse(MESSAGES) });
  }
});

test('nulls mean absent and are not sent', () => {
  const body = sentObject('"temperature":null,"tools":null,"stop":null,"x_new":null,"user":null,"stream":null');
  expect(Object.keys(body).sort()).toEqual(['messages', 'model']);
});

describe('a stream', () => {
  test('asks for usage, whatever the caller asked for', () => {
    for (const options of ['', ',"stream_options":{"include_usage":false}', ',"stream_options":null']) {
      expect(sentObject(`"stream":true${options}`)).toMatchObject({
        stream: true,
        stream_options: { include_usage: true },
      });
    }
  });

  test('does not ask a provider that refuses to be asked or tells by itself', () => {
    for (const streamUsage of ['given', 'refused'] as const) {
      const fields = '"stream":true,"stream_options":{"include_usage":true}';
      expect(sentObject(fields, { quirks: { streamUsage } })).not.toHaveProperty('stream_options');
    }
  });

  test('is not asked for when none is wanted', () => {
    const body = sentObject('"stream":false,"stream_options":{"include_usage":true}');
    expect(Object.keys(body).sort()).toEqual(['messages', 'model']);
  });
});

describe('parameters', () => {
  test('that the endpoint does not honour are left out, limits of cost are not', () => {
    const body = sentObject('"temperature":1,"top_k":5,"seed":1,"logit_bias":{},"max_tokens":7,"x_sampler":"kept"');
    expect(body).toMatchObject({ temperature: 1, max_tokens: 7, x_sampler: 'kept' });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model', 'temperature', 'x_sampler']);
    expect(sentObject('"max_tokens":7', { supportedParameters: [] })).toMatchObject({ max_tokens: 7 });
  });

  test('that the endpoint honours are all sent', () => {
    const values: Record<string, string> = {
      logit_bias: '{"1":1}',
      logprobs: 'true',
      response_format: '{"type":"json_object"}',
      stop: '"x"',
      tools: '[]',
      tool_choice: '"auto"',
      parallel_tool_calls: 'true',
      prediction: '{}',
      web_search_options: '{}',
      verbosity: '"low"',
      reasoning_effort: '"low"',
    };
    const own = new Set(['structured_outputs', 'include_reasoning', 'reasoning', 'max_completion_tokens']);
    const names = [...PARAMETER_NAMES].filter((name) => !own.has(name));
    const body = sentObject(names.map((name) => `"${name}":${values[name] ?? 1}`).join(','), {
      supportedParameters: [...PARAMETER_NAMES],
    });
    expect(names.filter((name) => !(name in body))).toEqual([]);
  });

  test.each([
    ['max_completion_tokens', ['max_tokens'], 'max_tokens'],
    ['max_tokens', ['max_completion_tokens'], 'max_completion_tokens'],
    ['max_tokens', ['max_tokens', 'max_completion_tokens'], 'max_tokens'],
    ['max_completion_tokens', ['max_tokens', 'max_completion_tokens'], 'max_completion_tokens'],
    ['max_completion_tokens', [], 'max_completion_tokens'],
  ])('%s for an endpoint that knows %p is %s', (name, supportedParameters, expected) => {
    const body = sentObject(`"${name}":9`, { supportedParameters });
    expect(Object.entries(body).filter(([key]) => key.startsWith('max_'))).toEqual([[expected, 9]]);
  });

  test('sent under both names are sent once', () => {
    for (const supportedParameters of [['max_tokens'], ['max_completion_tokens']]) {
      const text = sent(`{"model":"demo/talker","messages":${MESSAGES},"max_tokens":5,"max_completion_tokens":6}`, {
        supportedParameters,
      });
      expect(text.match(/"max_/g)).toHaveLength(1);
    }
  });

  test('reasoning is told in the provider’s words', () => {
    const effort = { supportedParameters: ['reasoning_effort'] };
    expect(sentObject('"reasoning":{"effort":"high"}', effort)).toMatchObject({ reasoning_effort: 'high' });
    expect(sentObject('"reasoning":{"enabled":true}', effort)).toMatchObject({ reasoning_effort: 'medium' });
    expect(sentObject('"reasoning":{"effort":"high"}', effort)).not.toHaveProperty('reasoning');
    expect(sentObject('"reasoning":{"effort":"high"}')).not.toHaveProperty('reasoning_effort');
    const object = { supportedParameters: ['reasoning'], quirks: { reasoning: 'object' } } as const;
    expect(sentObject('"reasoning":{"effort":"high"}', object)).toMatchObject({ reasoning: { effort: 'high' } });
  });
});

test('the end user is told by a hash, or not at all', () => {
  expect(sentObject('"user":"alice@example.com"', { endUser: 'h-1' })).toMatchObject({ user: 'h-1' });
  expect(sent(`{"model":"a/b","messages":${MESSAGES},"user":"alice"}`, { endUser: 'h' })).not.toContain('alice');
});

describe('a provider’s quirks', () => {
  test('rename, drop and set fields', () => {
    const quirks = { rename: { seed: 'random_seed' }, drop: ['temperature'], set: { safe_prompt: true, x: 1 } };
    const supportedParameters = ['seed', 'temperature'];
    expect(sentObject('"seed":4,"temperature":1,"x":2', { quirks, supportedParameters })).toEqual({
      model: 'native/model',
      messages: JSON.parse(MESSAGES),
      random_seed: 4,
      safe_prompt: true,
      x: 1,
    });
  });

  test('translate roles and nothing else of a message', () => {
    const messages =
      '[{"role":"developer","content":"developer"},{ "content":"x","r\\u006fle":"user" , "role2":"developer"}]';
    const plain = '[{"role":"developer","content":"developer"},{"content":"x", "role" : "user"}]';
    expect(() =>
      sent(`{"model":"a/b","messages":${messages}}`, { quirks: { roles: { developer: 'system' } } }),
    ).toThrow();
    const text = sent(`{"model":"a/b","messages":${plain}}`, { quirks: { roles: { developer: 'system' } } });
    expect(text).toContain('[{"role":"system","content":"developer"},{"content":"x", "role" : "user"}]');
  });
});

test('whatever fields stand in whatever order, the provider gets one valid body without ours', () => {
  const field = fc.oneof(
    fc.constantFrom(...EXCHANGE_FIELDS).map((name) => [name, null] as const),
    fc
      .constantFrom('temperature', 'max_tokens', 'max_completion_tokens', 'stream', 'tools')
      .map((name) => [name, null] as const),
    fc.tuple(
      fc.string().map((text) => `x${text}`),
      fc.jsonValue({ maxDepth: 3 }),
    ),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(field, { selector: ([name]) => name, maxLength: 8 }),
      fc.nat(8),
      fc.boolean(),
      (fields, at, stream) => {
        const members = fields.map(([name, value]) => `${JSON.stringify(name)} :${JSON.stringify(value)}`);
        members.splice(at % (members.length + 1), 0, '"model":"demo/talker"', `"messages":${MESSAGES}`);
        const body = JSON.parse(sent(`{ ${members.join(' , ')} }`, { stream })) as JsonObject;
        const kept = fields.filter(([name, value]) => name.startsWith('x') && value !== null);
        expect(body).toEqual({
          model: 'native/model',
          messages: JSON.parse(MESSAGES),
          ...(stream && { stream: true, stream_options: { include_usage: true } }),
          ...JSON.parse(JSON.stringify(Object.fromEntries(kept))),
        });
      },
    ),
    { numRuns: 300 },
  );
});
