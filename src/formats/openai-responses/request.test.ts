import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import type { RequestTarget } from '../format.ts';
import openaiChat from '../openai-chat.ts';
import openaiResponses from '../openai-responses.ts';

const bytesOf = (value: object | string) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const textOf = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const decode = (body: object) => openaiResponses.server.decodeRequest(bytesOf({ model: 'demo/talker', ...body }));

const target: RequestTarget = {
  upstreamModel: 'native/model',
  stream: true,
  quirks: {},
  supportedParameters: ['tools', 'temperature', 'max_tokens', 'reasoning', 'response_format', 'top_p', 'logprobs'],
};
function encode(request: ReturnType<typeof decode>, to: Partial<RequestTarget> = {}) {
  const losses: Loss[] = [];
  const body = openaiResponses.client.encodeRequest(request, { ...target, ...to }, losses);
  return { body: JSON.parse(textOf(body)) as JsonObject & { readonly input: readonly JsonObject[] }, losses };
}

describe('a request', () => {
  test('keeps the caller’s own bytes where the provider speaks the same format', () => {
    const raw =
      '{"model":"demo/talker","input":[ {"role":"user","content":"é\\u00e9"} ],"x_new":1.50,"models":["a/b"],"top_p":0.50}';
    const sent = textOf(
      openaiResponses.client.encodeRequest(openaiResponses.server.decodeRequest(bytesOf(raw)), target, []),
    );
    expect(sent).toContain('"input":[ {"role":"user","content":"é\\u00e9"} ]');
    expect(sent).toContain('"x_new":1.50');
    expect(sent).toContain('"top_p":0.50');
    expect(JSON.parse(sent)).toMatchObject({ model: 'native/model', stream: true, store: false });
    expect(sent).not.toContain('models');
  });

  test('tells the router what it uses', () => {
    const { features } = decode({
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA==' }] }],
      tools: [{ type: 'function', name: 'f', parameters: {} }],
      text: { format: { type: 'json_schema', name: 'x', schema: {} } },
      max_output_tokens: 50,
      reasoning: { effort: 'low' },
    });
    expect(features).toMatchObject({ inputModalities: ['text', 'image'], hasTools: true, outputTokensMax: 50 });
    expect([...features.parameters].sort()).toEqual(['max_tokens', 'reasoning', 'response_format', 'tools']);
  });

  test('is refused in plain words where something would have to be kept', () => {
    for (const [field, value] of Object.entries({
      store: true,
      previous_response_id: 'resp_1',
      background: true,
      conversation: 'c',
    })) {
      expect(() => decode({ input: 'x', [field]: value })).toThrow(field === 'background' ? 'background' : 'stored');
    }
    expect(() => decode({})).toThrow('input');
    expect(() => decode({ input: [{ role: 'robot', content: 'x' }] }).content()).toThrow('role');
  });

  const history = {
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look' },
          { type: 'input_image', image_url: 'https://a.example/x.png', detail: 'low' },
        ],
      },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'e' },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: 'four' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'It is four.', annotations: [] }] },
      { role: 'user', content: 'Sure?' },
    ],
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
  };

  test('says in chat completions what it says here, in order', () => {
    const body = openaiChat.client.encodeRequest(decode(history), { ...target, quirks: { reasoning: 'object' } }, []);
    expect(JSON.parse(textOf(body))).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'https://a.example/x.png', detail: 'low' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          reasoning_details: [
            { type: 'reasoning.summary', summary: 'Hm', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
            { type: 'reasoning.encrypted', data: 'e', id: 'rs_1', format: 'openai-responses-v1', index: 1 },
          ],
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'four' },
        { role: 'assistant', content: 'It is four.' },
        { role: 'user', content: 'Sure?' },
      ],
      tools: [{ type: 'function', function: { name: 'f', strict: true } }],
    });
  });

  test('comes back from the canonical language as it was', () => {
    const revised = (body: object) => {
      const request = decode(body);
      return encode({ ...request, origin: { ...request.origin, isRevised: true } });
    };
    const once = revised(history);
    expect(once.losses.filter(({ outcome }) => outcome !== 'renamed')).toEqual([]);
    expect(once.body.instructions).toBe('Be brief.');
    expect(once.body.input.map((item) => item.type)).toEqual([
      ...['message', 'reasoning', 'function_call', 'function_call_output', 'message', 'message'],
    ]);
    // What came out once comes out again the same: nothing wears off.
    const { stream: _, ...again } = once.body as unknown as Record<string, unknown>;
    expect(revised({ ...again, model: 'demo/talker' }).body).toEqual(once.body);
  });

  test('of chat completions arrives with all it says, and a list of what it can’t say', () => {
    const chat = openaiChat.server.decodeRequest(
      bytesOf({
        model: 'demo/talker',
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', name: 'ann', content: 'Hi' },
          {
            role: 'assistant',
            content: 'Yes',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: 'ok' },
        ],
        max_tokens: 9,
        seed: 4,
        temperature: 0.5,
        response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } },
      }),
    );
    const { body, losses } = encode(chat);
    expect(body).toMatchObject({
      instructions: 'S',
      input: [
        { role: 'user' },
        { role: 'assistant' },
        { type: 'function_call', call_id: 'c' },
        { type: 'function_call_output', call_id: 'c', output: 'ok' },
      ],
      max_output_tokens: 9,
      temperature: 0.5,
      text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
      store: false,
    });
    expect(losses.map(({ field }) => field).sort()).toEqual(['messages.0.name', 'seed']);
  });

  test('goes on from an answer that broke off', () => {
    const continuation = { mode: 'instruct', text: 'So far', outputTokens: 2 } as const;
    const { body } = encode(decode({ input: 'Hi', max_output_tokens: 10 }), { continuation });
    expect(body.input.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(body.max_output_tokens).toBe(8);
  });
});

test('every kind of item survives any order of them', () => {
  const item = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'developer'), content: fc.string({ minLength: 1 }) }),
    fc.record({
      type: fc.constant('function_call'),
      call_id: fc.string({ minLength: 1 }),
      name: fc.string({ minLength: 1 }),
      arguments: fc.json(),
    }),
    fc.record({ type: fc.constant('function_call_output'), call_id: fc.string(), output: fc.string({ minLength: 1 }) }),
    fc.record({
      type: fc.constant('reasoning'),
      id: fc.string({ minLength: 1 }),
      summary: fc.array(fc.record({ type: fc.constant('summary_text'), text: fc.string({ minLength: 1 }) }), {
        minLength: 1,
      }),
    }),
    fc.record({ type: fc.constant('item_reference'), id: fc.string() }),
    fc.record({
      type: fc.constant('message'),
      role: fc.constant('assistant'),
      content: fc.array(fc.record({ type: fc.constant('output_text'), text: fc.string({ minLength: 1 }) }), {
        minLength: 1,
      }),
    }),
  );
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (input) => {
      const pass = (body: object) => {
        const request = decode(body);
        return encode({ ...request, origin: { ...request.origin, isRevised: true } });
      };
      const once = pass({ input });
      expect(once.losses).toEqual([]);
      expect(once.body.input.filter(({ type }) => type !== 'message').length).toBe(
        input.filter((each) => 'type' in each && each.type !== 'message').length - mergedReasoning(input),
      );
      expect(pass({ input: once.body.input }).body.input).toEqual(once.body.input);
    }),
    { numRuns: 300 },
  );
});

/** Two reasoning items side by side with one id are one item. */
function mergedReasoning(input: readonly object[]): number {
  let merged = 0;
  for (let i = 1; i < input.length; i++) {
    const [a, b] = [input[i - 1] as { type?: string; id?: string }, input[i] as { type?: string; id?: string }];
    if (a.type === 'reasoning' && b.type === 'reasoning' && a.id === b.id) merged++;
  }
  return merged;
}
