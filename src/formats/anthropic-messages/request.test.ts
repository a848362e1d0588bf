import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../base/json.ts';
import { Failure } from '../../generation/failure.ts';
import type { GenerationRequest, RequestContent } from '../../generation/request.ts';
import anthropicMessages from '../anthropic-messages.ts';
import type { RequestTarget } from '../format.ts';
import { ASK, decode, encode, fromChat, MODERN, TARGET, textOf, toChat } from './requests.test-data.ts';

function refusal(body: object | string): string {
  try {
    decode(body).content();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    return (error as Failure).message;
  }
  throw new Error('it was not refused');
}

describe('a caller of Messages', () => {
  test('is passed on byte for byte to a provider of Messages, but for what is ours', () => {
    const system = '[ {"type":"text","text":"h\\u00e9","cache_control":{"type":"ephemeral","ttl":"1h"}} ]';
    const messages = '[ {"role":"user" , "content":"\\ud83d\\ude00 é", "x_new":1.50} ]';
    const text =
      `{"x_first": [1.50, 1E5], "model":"demo/talker","system":${system}, "messages" : ${messages},"max_tokens":1000,` +
      '"temperature":0.70,"models":["a/b"],"fallbacks":[{"model":"c/d"}],"provider":{"order":["x"]},"session_id":"s",' +
      '"user":"me","strict":false,"trace":{},"plugins":[],"route":"fallback","stop_server_tools_when":[]}';
    const sent = encode(decode(text), { endUser: 'hash-of-me', stream: true });
    for (const kept of [
      '"x_first": [1.50, 1E5]',
      `"system":${system}`,
      `"messages" : ${messages}`,
      '"temperature":0.70',
    ])
      expect(sent.text).toContain(kept);
    expect(Object.keys(sent.body).sort()).toEqual(
      ['max_tokens', 'messages', 'metadata', 'model', 'stream', 'system', 'temperature', 'x_first'].sort(),
    );
    expect(sent.body).toMatchObject({ model: 'native-model', stream: true, metadata: { user_id: 'hash-of-me' } });
    expect(sent.told).toEqual([]);
  });

  test('tells the router what the request uses, and names fallbacks in either way', () => {
    const { features, field } = decode({
      models: ['b/two'],
      fallbacks: [{ model: 'c/three' }, 'd/four', 'b/two'],
      system: 'Be brief.',
      messages: [
        { role: 'user', content: [{ type: 'document', source: { type: 'url', url: 'https://a.example/x.pdf' } }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }],
            },
          ],
        },
      ],
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      stop_sequences: ['END'],
      thinking: { type: 'enabled', budget_tokens: 2048 },
      output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
      metadata: { user_id: 'me' },
      service_tier: 'standard_only',
      stream: true,
      seed: 7,
    });
    expect(features).toMatchObject({
      models: ['demo/talker', 'b/two', 'c/three', 'd/four'],
      inputModalities: ['text', 'file', 'image'],
      hasTools: true,
      outputTokensMax: 100,
      serviceTier: 'default',
      stream: true,
    });
    expect([...features.parameters].sort()).toEqual(
      ['max_tokens', 'reasoning', 'response_format', 'seed', 'stop', 'tools'].sort(),
    );
    expect(field('user')).toBe('me');
    expect(field('reasoning')).toEqual({ max_tokens: 2048 });
    expect(field('response_format')).toMatchObject({ type: 'json_schema' });
  });

  test('who gives a document as text asks no model for an eye for files', () => {
    const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'All of it.' } };
    const request = decode({ messages: [{ role: 'user', content: [document] }] });
    expect(request.features.inputModalities).toEqual(['text']);
    expect(toChat(request).body.messages).toEqual([{ role: 'user', content: 'All of it.' }] as never);
  });

  test('is told in the words of its own request what is wrong with it', () => {
    const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
    expect(refusal({ messages: undefined })).toStartWith('messages: Required');
    expect(refusal({ messages: [] })).toContain('At least one message');
    expect(refusal({ messages: [{ role: 'tool', content: 'x' }] })).toStartWith('messages.0.role');
    expect(refusal({ messages: [{ role: 'user' }] })).toStartWith('messages.0.content');
    expect(refusal(user({ text: 'x' }))).toStartWith('messages.0.content.0.type');
    expect(refusal(user({ type: 'text' }))).toStartWith('messages.0.content.0.text');
    expect(refusal(user({ type: 'tool_result', content: 'x' }))).toStartWith('messages.0.content.0.tool_use_id');
    expect(refusal(user({ type: 'tool_use', id: 'x' }))).toContain('"id" and "name"');
    expect(refusal({ max_tokens: 0 })).toStartWith('max_tokens');
    expect(refusal({ max_tokens: '5' })).toStartWith('max_tokens');
    expect(refusal({ tool_choice: 'auto' })).toStartWith('tool_choice');
    expect(refusal({ tool_choice: { type: 'tool' } })).toStartWith('tool_choice.name');
    expect(refusal({ system: [{ type: 'image' }] })).toStartWith('system');
    expect(refusal({ tools: [{ input_schema: {} }] })).toContain('"name"');
    expect(refusal({ tools: [{ type: 'openrouter:web_search' }] })).toContain('not available here');
    expect(refusal('{"model":"a","model":"b"}')).toContain('Duplicate key');
    expect(refusal('[]')).toContain('JSON object');
  });

  test('of a model that refuses sampling is served without it, and told so', () => {
    const { body, told } = encode(decode({ temperature: 0.5, top_k: 4, min_p: 0.1 }), {
      quirks: { drop: ['temperature', 'top_k'] },
    });
    expect(Object.keys(body).sort()).toEqual(['max_tokens', 'messages', 'model']);
    expect(told).toEqual(['temperature dropped', 'top_k dropped', 'min_p dropped']);
  });

  test('gets a limit where it set none, since the provider wants one', () => {
    const body = { model: 'demo/talker', messages: ASK.messages };
    const request = decode(JSON.stringify(body));
    expect(encode(request).body.max_tokens).toBe(8_192 as never);
    expect(encode(request, { outputTokensMax: 64_000 }).body.max_tokens).toBe(64_000 as never);
  });
});

describe('a request of Messages for a model that speaks chat', () => {
  const history = {
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Look it up.', signature: 'sig==' },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Paris' }, caller: { type: 'direct' } },
          { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: '21' },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'no idea' }], is_error: true },
          { type: 'text', text: 'And now?' },
        ],
      },
    ],
    tools: [
      { name: 'weather', description: 'Tells', input_schema: { type: 'object' }, cache_control: { type: 'ephemeral' } },
    ],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    stop_sequences: ['END'],
  };

  test('says all of it in its words', () => {
    const { body, losses } = toChat(decode(history));
    const call = (id: string, city: string) => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: JSON.stringify({ city }) },
    });
    expect(body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [call('toolu_1', 'Paris'), call('toolu_2', 'Oslo')],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: '21' },
      { role: 'tool', tool_call_id: 'toolu_2', content: 'no idea' },
      { role: 'user', content: 'And now?' },
    ] as never);
    expect(body).toMatchObject({ tool_choice: 'required', parallel_tool_calls: false, stop: ['END'], max_tokens: 100 });
    expect(losses.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['messages.3.is_error', 'messages.0.content.0.cache_control', 'tools.0.cache_control']),
    );
  });

  test('leaves marks for a cache to those who know them: many others refuse the word', () => {
    const mark = { type: 'ephemeral' };
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: '21', cache_control: mark };
    const marked = { ...history, messages: [...history.messages.slice(0, 2), { role: 'user', content: [result] }] };
    expect(JSON.stringify(toChat(decode(marked)).body)).not.toContain('cache_control');
    const { body, losses } = toChat(decode(marked), TARGET.supportedParameters, {
      reasoning: 'object',
      cacheMarks: 'taken',
    });
    expect((body.messages as unknown as JsonObject[]).at(-1)).toEqual({
      role: 'tool',
      tool_call_id: 'toolu_1',
      content: [{ type: 'text', text: '21', cache_control: mark }],
    });
    expect(losses).toEqual([]);
  });

  test('asks for thinking, an effort and a schema in its words', () => {
    const ask = (more: object) => toChat(decode(more), [...MODERN, 'response_format', 'verbosity']).body;
    expect(ask({ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }).reasoning_effort).toBe(
      'max' as never,
    );
    expect(ask({ thinking: { type: 'disabled' } }).reasoning_effort).toBe('none' as never);
    expect(ask({ thinking: { type: 'enabled', budget_tokens: 80 } }).reasoning_effort).toBe('high' as never);
    expect(ask({ output_config: { effort: 'low' } }).verbosity).toBe('low' as never);
    const schema = { type: 'object', properties: {} };
    for (const more of [
      { output_config: { format: { type: 'json_schema', schema } } },
      { output_format: { type: 'json_schema', schema } },
    ]) {
      expect(ask(more).response_format).toMatchObject({ type: 'json_schema', json_schema: { schema } });
    }
  });

  test('lists what only Messages has a word for', () => {
    const { losses } = toChat(
      decode({
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'search_result',
                source: 'https://a.example',
                title: 'A',
                content: [{ type: 'text', text: 'a' }],
              },
              { type: 'container_upload', file_id: 'f' },
            ],
          },
        ],
        tools: [{ type: 'web_search_20250305', name: 'web_search' }],
        context_management: { edits: [] },
        mcp_servers: [],
        speed: 'fast',
      }),
    );
    expect(losses.map(({ field }) => field).sort()).toEqual(
      [
        'context_management',
        'mcp_servers',
        'messages.0.content.0.search_result',
        'messages.0.content.1',
        'speed',
        'tools',
      ].sort(),
    );
  });
});

describe('an answer to go on from', () => {
  const continuation = { mode: 'prefill' as const, text: 'So far \n', outputTokens: 30 };
  const last = (request: GenerationRequest, to: Partial<RequestTarget>) => {
    const { body } = encode(request, to);
    return [(body.messages as unknown as JsonObject[]).slice(1), body.max_tokens, body.thinking];
  };

  test('stands as the last message without white space at its end, and thinking does not begin again', () => {
    const thinking = { thinking: { type: 'enabled', budget_tokens: 1_024 }, max_tokens: 2_000 };
    const soFar = [{ role: 'assistant', content: [{ type: 'text', text: 'So far' }] }];
    expect(last(decode(thinking), { continuation })).toEqual([soFar, 1_970, undefined] as never);
    const chat = fromChat({ reasoning: { max_tokens: 1_024 }, max_tokens: 2_000 });
    expect(last(chat, { continuation })).toEqual([soFar, 1_970, undefined] as never);
  });

  test('is followed by the wish for the rest where a beginning cannot be given', () => {
    for (const request of [decode({}), fromChat({})]) {
      const [added, limit] = last(request, { continuation: { ...continuation, mode: 'instruct' } });
      expect((added as JsonObject[]).map(({ role }) => role)).toEqual(['assistant', 'user']);
      expect(limit).toBe(70 as never);
    }
  });
});

describe('reasoning of another family of models', () => {
  const pieces = [
    { kind: 'text', text: 'Hm', signature: 'g', format: 'google-gemini-v1' },
    { kind: 'summary', text: 'In short', id: 'rs_1', format: 'openai-responses-v1' },
    { kind: 'encrypted', text: 'e==', id: 'rs_1', format: 'openai-responses-v1' },
    { kind: 'text', text: 'plain' },
  ] as const;

  test('comes back from a caller of Messages as it was, and does not go to Anthropic', () => {
    const encoder = anthropicMessages.server.openEncoder({ id: 'gen-1', model: 'm', provider: 'P', created: 0 });
    const usage = { usage: { promptTokens: 1, completionTokens: 1 } as never, cost: {} as never };
    const answer = encoder.encodeResult(
      pieces.map((piece, part) => ({ type: 'reasoning-delta', part, ...piece })),
      usage,
    );
    const { content } = JSON.parse(textOf(answer)) as { content: JsonObject[] };
    expect(content.map(({ type, thinking }) => [type, thinking])).toEqual([
      ['thinking', 'Hm'],
      ['thinking', 'In short'],
      ['redacted_thinking', undefined],
      ['thinking', 'plain'],
    ]);
    const request = decode({
      messages: [
        ASK.messages[0],
        { role: 'assistant', content: [...content, { type: 'text', text: 'Yes' }] },
        ASK.messages[0],
      ],
    });
    const returned = request.content().messages[1]!.content as RequestContent['messages'][number]['content'];
    expect(returned.slice(0, 4)).toEqual(pieces.map((piece) => ({ type: 'reasoning', ...piece })) as never);
    const { body, told } = encode(request);
    expect((body.messages as unknown as { content: unknown }[])[1]!.content).toEqual([{ type: 'text', text: 'Yes' }]);
    expect(told).toEqual([0, 1, 2, 3].map((place) => `messages.1.content.${place} dropped`));
  });
});
