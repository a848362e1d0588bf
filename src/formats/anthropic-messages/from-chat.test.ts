import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../base/json.ts';
import type { RequestTarget } from '../format.ts';
import { ASK, encode, fromChat, MODERN } from './requests.test-data.ts';

describe('a chat request for a provider of Messages', () => {
  test('becomes turns that alternate, results first, with ids that Anthropic takes', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } });
    const { body, losses, told } = encode(
      fromChat({
        messages: [
          { role: 'system', content: 'One.' },
          { role: 'developer', content: 'Two.' },
          { role: 'user', content: 'Go' },
          { role: 'user', content: [{ type: 'text', text: 'on', cache_control: { type: 'ephemeral' } }] },
          { role: 'assistant', content: '', tool_calls: [call('functions.f:0'), call('functions_f_0')] },
          { role: 'tool', tool_call_id: 'functions.f:0', content: 'first' },
          { role: 'tool', tool_call_id: 'functions_f_0', content: 'second' },
          { role: 'user', content: 'Well?' },
        ],
        tools: [{ type: 'function', function: { name: 'f' } }],
      }),
    );
    expect(body.system).toEqual([
      { type: 'text', text: 'One.' },
      { type: 'text', text: 'Two.' },
    ] as never);
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Go' },
          { type: 'text', text: 'on', cache_control: { type: 'ephemeral' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'functions_f_0', name: 'f', input: { a: 1 } },
          { type: 'tool_use', id: 'functions_f_0_2', name: 'f', input: { a: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'functions_f_0', content: [{ type: 'text', text: 'first' }] },
          { type: 'tool_result', tool_use_id: 'functions_f_0_2', content: [{ type: 'text', text: 'second' }] },
          { type: 'text', text: 'Well?' },
        ],
      },
    ] as never);
    expect(body.tools).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }] as never);
    expect(told).toEqual([]);
    expect(losses.map(({ outcome }) => outcome)).toEqual(['renamed', 'renamed']);
  });

  test('keeps a word of the system where it stands as far as the model takes one there', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'In French now.' },
      { role: 'assistant', content: 'Bonjour' },
      { role: 'system', content: 'Louder.' },
    ];
    const modern = encode(fromChat({ messages }));
    expect((modern.body.messages as unknown as JsonObject[]).map(({ role }) => role)).toEqual([
      'user',
      'system',
      'assistant',
      'user',
    ]);
    const old = encode(fromChat({ messages }), { quirks: { roles: { system: 'user' } } });
    expect((old.body.messages as unknown as JsonObject[])[0]).toEqual({
      role: 'user',
      content: ['Hi', '<system>', 'In French now.', '</system>'].map((text) => ({ type: 'text', text })),
    });
    expect(old.told).toEqual(['messages.1 approximated', 'messages.3 approximated']);
  });

  test('brings pictures and files along in whichever way they were given', () => {
    const { body, told } = encode(
      fromChat({
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url: 'data:image/webp;base64,UklGRg==' } },
              { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'low' } },
              { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
              { type: 'file', file: { filename: 'b.txt', file_data: 'data:text/plain;base64,aGVsbG8=' } },
              { type: 'file', file: { file_id: 'file_1' } },
              { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
            ],
          },
        ],
      }),
    );
    expect((body.messages as unknown as JsonObject[])[0]!.content).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklGRg==' } },
      { type: 'image', source: { type: 'url', url: 'https://a.example/x.png' } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' }, title: 'b.txt' },
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    ] as never);
    expect(told).toEqual(['messages.0.content.1.detail dropped', 'messages.0.content.5 dropped']);
  });

  test.each([
    [
      { tool_choice: 'required', parallel_tool_calls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    [{ tool_choice: 'none' }, { type: 'none' }],
    [{ tool_choice: { type: 'function', function: { name: 'f' } } }, { type: 'tool', name: 'f' }],
    [{ parallel_tool_calls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{}, undefined],
  ])('with %j chooses tools by %j', (more, expected) => {
    const { body } = encode(fromChat({ tools: [{ type: 'function', function: { name: 'f' } }], ...more }));
    expect(body.tool_choice).toEqual(expected as never);
  });

  test.each([
    [{ reasoning: { effort: 'high' } }, MODERN, { type: 'adaptive', display: 'summarized' }, { effort: 'high' }, []],
    [
      { reasoning_effort: 'minimal' },
      MODERN,
      { type: 'adaptive', display: 'summarized' },
      { effort: 'low' },
      ['reasoning.effort approximated'],
    ],
    [{ reasoning: { enabled: true, exclude: true } }, MODERN, { type: 'adaptive', display: 'omitted' }, undefined, []],
    [
      { reasoning: { max_tokens: 2_000 }, max_tokens: 10_000 },
      MODERN,
      { type: 'adaptive', display: 'summarized' },
      { effort: 'low' },
      ['reasoning.max_tokens approximated'],
    ],
    [{ reasoning: { effort: 'none' } }, MODERN, { type: 'disabled' }, undefined, []],
    [
      { reasoning: { max_tokens: 2_000 }, max_tokens: 10_000 },
      undefined,
      { type: 'enabled', budget_tokens: 2_000 },
      undefined,
      [],
    ],
    [
      { reasoning: { effort: 'high' }, max_tokens: 10_000 },
      undefined,
      { type: 'enabled', budget_tokens: 8_000 },
      undefined,
      [],
    ],
    [{ reasoning: { effort: 'high' }, max_tokens: 1_000 }, undefined, undefined, undefined, ['reasoning dropped']],
    [
      { reasoning: { max_tokens: 9_000 }, max_tokens: 5_000 },
      undefined,
      { type: 'enabled', budget_tokens: 4_999 },
      undefined,
      ['reasoning.max_tokens approximated'],
    ],
    [{ reasoning: { effort: 'high' } }, ['max_tokens'], undefined, undefined, ['reasoning dropped']],
    [{ verbosity: 'high' }, MODERN, undefined, { effort: 'high' }, []],
    [{ verbosity: 'high' }, undefined, undefined, undefined, ['verbosity dropped']],
  ])('with %j asks for thinking by %#', (more, supportedParameters, thinking, config, expected) => {
    const { body, told } = encode(fromChat(more), supportedParameters ? { supportedParameters } : {});
    expect([body.thinking, body.output_config, told]).toEqual([thinking, config, expected] as never);
  });

  test('never begins to think in the middle of a turn that called tools without', () => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ];
    const more = { messages, reasoning: { max_tokens: 2_000 }, max_tokens: 9_000 };
    const { body, told } = encode(fromChat(more));
    expect([body.thinking, told]).toEqual([undefined, ['tools emulated', 'reasoning dropped']] as never);
    expect(
      encode(
        fromChat({
          ...more,
          tools: [{ type: 'function', function: { name: 'f' } }],
          tool_choice: 'required',
          messages: ASK.messages,
        }),
      ).told,
    ).toEqual(['reasoning dropped']);
  });

  test('says sampling in the range that is taken, and only what goes together', () => {
    const sampled = (more: object, to: Partial<RequestTarget> = {}) => {
      const { body, told } = encode(fromChat(more), to);
      const { temperature, top_p, top_k } = body as unknown as Record<string, number>;
      return [temperature, top_p, top_k, told];
    };
    expect(sampled({ temperature: 1.5 })).toEqual([1, undefined, undefined, ['temperature approximated']]);
    expect(sampled({ temperature: 0.5, top_p: 0.9 })).toEqual([0.5, undefined, undefined, ['top_p dropped']]);
    expect(sampled({ top_p: 0.9, top_k: 3, seed: 1 })).toEqual([undefined, 0.9, 3, ['seed dropped']]);
    const thinking = { reasoning: { max_tokens: 2_000 }, max_tokens: 9_000 };
    expect(sampled({ ...thinking, temperature: 0.2 })[3]).toEqual(['temperature dropped']);
    expect(sampled({ ...thinking, temperature: 1 })).toEqual([1, undefined, undefined, []]);
    const drop = { quirks: { drop: ['temperature'] } };
    expect(sampled({ temperature: 0.2 }, drop)).toEqual([undefined, undefined, undefined, ['temperature dropped']]);
  });

  test('stops at strings that are more than white space', () => {
    expect(encode(fromChat({ stop: 'END' })).body.stop_sequences).toEqual(['END'] as never);
    const { body, told } = encode(fromChat({ stop: ['END', '\n\n'] }));
    expect([body.stop_sequences, told]).toEqual([['END'], ['stop approximated']] as never);
  });

  test('has JSON held to its schema where the endpoint can, and is asked for it in words where it cannot', () => {
    const schema = {
      type: 'object',
      properties: { age: { type: 'integer', minimum: 0, description: 'Years' }, kind: { oneOf: [{ type: 'string' }] } },
      required: ['age'],
    };
    const asked = { response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } } };
    const held = encode(fromChat(asked), { supportedParameters: MODERN });
    expect(held.body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer', description: 'Years\n{"minimum":0}' },
            kind: { anyOf: [{ type: 'string' }] },
          },
          required: ['age'],
          additionalProperties: false,
        },
      },
    } as never);
    expect(held.told).toEqual(['response_format.json_schema.schema approximated']);
    const told = encode(fromChat(asked));
    expect(JSON.stringify(told.body.system)).toContain('minimum');
    expect(told.told).toEqual(['response_format emulated']);
    expect(
      encode(fromChat({ response_format: { type: 'json_object' } }), { supportedParameters: MODERN }).told,
    ).toEqual(['response_format emulated']);
  });

  test('keeps signed thinking in its place, and leaves out what nobody signed', () => {
    const detail = (more: object) => ({ type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0, ...more });
    const assistant = (details: object[]) => ({
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Yes', reasoning_details: details },
        { role: 'user', content: 'Go' },
      ],
    });
    const content = (details: object[]) => {
      const { body, told } = encode(fromChat(assistant(details)));
      return [(body.messages as unknown as { content: unknown }[])[1]!.content, told];
    };
    const text = { type: 'text', text: 'Yes' };
    expect(
      content([
        detail({ text: 'Hm', signature: 's1' }),
        { type: 'reasoning.encrypted', data: 'x', format: 'anthropic-claude-v1' },
      ]),
    ).toEqual([
      [{ type: 'thinking', thinking: 'Hm', signature: 's1' }, { type: 'redacted_thinking', data: 'x' }, text],
      [],
    ]);
    for (const other of [detail({ text: 'Hm' }), detail({ text: 'Hm', signature: 's', format: 'google-gemini-v1' })])
      expect(content([other])).toEqual([[text], ['messages.1.content.0 dropped']]);
  });

  test('is never sent an empty block, an empty message or arguments that are no object', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '[1]' } };
    const { body, told } = encode(
      fromChat({
        messages: [
          { role: 'assistant', content: 'Welcome' },
          { role: 'user', content: [{ type: 'text', text: ' ' }] },
          { role: 'assistant', content: 'Done? ', tool_calls: [call] },
          { role: 'tool', tool_call_id: 'c', content: '' },
          { role: 'assistant', content: 'Then \n' },
        ],
      }),
    );
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'The conversation begins with your own words:' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Welcome' },
          { type: 'text', text: 'Done? ' },
          { type: 'tool_use', id: 'c', name: 'f', input: { raw_arguments: '[1]' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Then' }] },
    ] as never);
    expect(told).toEqual([
      'messages.1 dropped',
      'messages.2.content.1.arguments approximated',
      'messages emulated',
      'tools emulated',
      'messages.3 approximated',
    ]);
  });
});
