import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { GenerationEvent } from '../generation/event.ts';
import { Failure, type FailureKind } from '../generation/failure.ts';
import type { Loss } from '../generation/loss.ts';
import anthropicMessages from './anthropic-messages.ts';
import type { RequestTarget } from './format.ts';
import ollamaChat from './ollama-chat.ts';
import { decodeChatRequest } from './openai-chat/decode-request.ts';

const ALL = ['tools', 'temperature', 'top_p', 'top_k', 'min_p', 'seed', 'stop', 'max_tokens', 'reasoning'];
const target: RequestTarget = {
  upstreamModel: 'llama4:scout',
  stream: true,
  quirks: {},
  supportedParameters: [...ALL, 'frequency_penalty', 'presence_penalty', 'repetition_penalty', 'response_format'],
  contextTokensMax: 131_072,
};
const decode = (body: object) => decodeChatRequest(new TextEncoder().encode(JSON.stringify({ model: 'a/b', ...body })));
const encode = (body: object, overrides: Partial<RequestTarget> = {}) =>
  JSON.parse(new TextDecoder().decode(ollamaChat.client.encodeRequest(decode(body), { ...target, ...overrides }, [])));
const lossesOf = (request: ReturnType<typeof decode>, to: RequestTarget): readonly Loss[] => {
  const losses: Loss[] = [];
  ollamaChat.client.encodeRequest(request, to, losses);
  return losses;
};
const hello = { messages: [{ role: 'user', content: 'hello' }] };

describe('a request', () => {
  test('carries sampling in options under the names Ollama knows', () => {
    const sampling = { temperature: 0.2, top_p: 0.9, top_k: 40, min_p: 0.1, seed: 7, stop: 'END', max_tokens: 50 };
    const body = encode({ ...hello, ...sampling, repetition_penalty: 1.1, frequency_penalty: 0.5 });
    expect(body).toEqual({
      model: 'llama4:scout',
      messages: [{ role: 'user', content: 'hello' }],
      stream: true,
      truncate: false,
      shift: false,
      options: {
        ...{ temperature: 0.2, top_p: 0.9, top_k: 40, min_p: 0.1, seed: 7, stop: ['END'], num_predict: 50 },
        ...{ repeat_penalty: 1.1, frequency_penalty: 0.5, num_ctx: 4096 },
      },
    });
  });

  test('asks for a context that holds prompt and answer, in powers of two', () => {
    const prompt = (bytes: number) => ({ messages: [{ role: 'user', content: 'x'.repeat(bytes) }] });
    const contextOf = (body: object, overrides = {}) => encode(body, overrides).options.num_ctx;
    expect(contextOf(prompt(10))).toBe(4096);
    expect(contextOf(prompt(10_000))).toBe(8192);
    expect(contextOf({ ...prompt(10_000), max_tokens: 30_000 })).toBe(65_536);
    expect(contextOf(prompt(900_000))).toBe(131_072);
    expect(contextOf(prompt(10), { contextTokensMax: 2048 })).toBe(2048);
    expect(contextOf(prompt(10), { contextTokensLoaded: 32_768 })).toBe(32_768);
    const { contextTokensMax: _, ...unlimited } = target;
    const bytes = ollamaChat.client.encodeRequest(decode(prompt(10)), unlimited, []);
    expect(JSON.parse(new TextDecoder().decode(bytes)).options).toEqual({});
  });

  test('turns a schema into format and a wish to think into think', () => {
    const schema = { type: 'object', properties: { a: { type: 'number' } } };
    const asked = { type: 'json_schema', json_schema: { name: 'x', schema } };
    expect(encode({ ...hello, response_format: asked }).format).toEqual(schema);
    expect(encode({ ...hello, response_format: { type: 'json_object' } }).format).toBe('json');
    expect(encode({ ...hello, reasoning: { effort: 'high' } }).think).toBe(true);
    expect(encode({ ...hello, reasoning: { effort: 'none' } }).think).toBe(false);
    expect(encode({ ...hello, reasoning: { enabled: true } }, { supportedParameters: [] }).think).toBeUndefined();
  });

  test('carries pictures, tool calls and their results', () => {
    const tools = [
      { type: 'function', function: { name: 'sum', description: 'adds', parameters: { type: 'object' } } },
    ];
    const call = { id: 'c1', type: 'function', function: { name: 'sum', arguments: '{"a":1}' } };
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    const body = encode({
      tools,
      messages: [
        { role: 'developer', content: 'be brief' },
        { role: 'user', content: [{ type: 'text', text: 'look' }, picture] },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: '1' },
      ],
    });
    expect(body.tools).toEqual(tools);
    expect(body.messages).toEqual([
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'look', images: ['AAAA'] },
      { role: 'assistant', content: '', tool_calls: [{ id: 'c1', function: { name: 'sum', arguments: { a: 1 } } }] },
      { role: 'tool', tool_call_id: 'c1', tool_name: 'sum', content: '1' },
    ]);
  });

  test('carries what is said beside results of tools, after them', () => {
    const messages = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: 'bad', is_error: true },
          { type: 'text', text: 'go on' },
        ],
      },
    ];
    const body = new TextEncoder().encode(JSON.stringify({ model: 'a/b', max_tokens: 9, messages }));
    const request = anthropicMessages.server.decodeRequest(body);
    const losses: Loss[] = [];
    const sent = JSON.parse(new TextDecoder().decode(ollamaChat.client.encodeRequest(request, target, losses)));
    expect(sent.messages.slice(1)).toEqual([
      { role: 'tool', tool_call_id: 't', tool_name: 'f', content: 'bad' },
      { role: 'user', content: 'go on' },
    ]);
    expect(losses.map(({ field }) => field)).toContain('messages.1.content.0.is_error');
  });

  test('tells reasoning that anyone can read, and says of the rest that it stays behind', () => {
    const details = [
      { type: 'reasoning.text', text: 'Two and two', signature: 'proof' },
      { type: 'reasoning.encrypted', data: 'c2VhbGVk' },
    ];
    const turns = [...hello.messages, { role: 'assistant', content: '4', reasoning_details: details }];
    const request = { messages: [...turns, { role: 'user', content: 'why?' }] };
    expect(encode(request).messages[1]).toEqual({ role: 'assistant', content: '4', thinking: 'Two and two' });
    const fields = lossesOf(decode(request), target).map(({ field }) => field);
    expect(fields).toEqual(['messages.1.content.0.signature', 'messages.1.content.1']);
  });

  test('is refused for what would change its meaning when left out', () => {
    const picture = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const remote = { messages: [{ role: 'user', content: [picture] }] };
    expect(kindOf(() => encode(remote))).toBe('provider-unprocessable');
    const call = { id: 'c1', type: 'function', function: { name: 'sum', arguments: '{"a":' } };
    const broken = { messages: [{ role: 'assistant', content: null, tool_calls: [call] }] };
    expect(kindOf(() => encode(broken))).toBe('provider-unprocessable');
  });

  test('lists everything that cannot be said', () => {
    const tools = [{ type: 'function', function: { name: 'sum' } }];
    const fields = { n: 2, logit_bias: { 1: 1 }, top_a: 0.1, temperature: 1, repetition_penalty: 1.2 };
    const request = decode({ ...hello, ...fields, tools, tool_choice: 'required', reasoning: { effort: 'low' } });
    const losses = lossesOf(request, target).map((loss) => `${loss.field} ${loss.outcome}`);
    expect(losses.sort()).toEqual([
      'logit_bias dropped',
      'n dropped',
      'reasoning emulated',
      'repetition_penalty renamed',
      'tool_choice dropped',
      'top_a dropped',
    ]);
    expect(lossesOf(decode({ ...hello, temperature: 1, stop: ['x'] }), target)).toEqual([]);
    expect(encode({ ...hello, tools, tool_choice: 'none' }).tools).toBeUndefined();
  });
});

const at = '2026-11-24T04:00:00.123456789Z';
const line = (frame: object) => JSON.stringify({ model: 'llama4:scout', created_at: at, ...frame });
const says = (content: string) => line({ message: { role: 'assistant', content }, done: false });
const done = line({
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  ...{ total_duration: 5, prompt_eval_count: 12, prompt_eval_duration: 1, eval_count: 3, eval_duration: 1 },
});
const call = { function: { index: 0, name: 'sum', arguments: { a: 1 } } };
const STREAM = [
  line({ message: { role: 'assistant', content: '', thinking: 'hm ' }, done: false }),
  says('héllo '),
  says('🌍'),
  line({ message: { role: 'assistant', content: '', tool_calls: [call] }, done: false }),
  done,
];
const CALL_ID = 'call_20261124T040000123456789Z_0';
const EVENTS: readonly GenerationEvent[] = [
  { type: 'generation-start', upstreamModel: 'llama4:scout' },
  { type: 'reasoning-delta', part: 0, text: 'hm ' },
  { type: 'part-end', part: 0 },
  { type: 'text-delta', part: 1, text: 'héllo ' },
  { type: 'text-delta', part: 1, text: '🌍' },
  { type: 'part-end', part: 1 },
  { type: 'tool-call-start', part: 2, id: CALL_ID, name: 'sum' },
  { type: 'tool-call-delta', part: 2, argumentsJson: '{"a":1}' },
  { type: 'part-end', part: 2 },
  {
    type: 'usage',
    usage: {
      ...{ promptTokens: 12, completionTokens: 3, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
      ...{ audioPromptTokens: 0, audioCompletionTokens: 0, imageTokens: 0, provenance: 'reported' },
    },
  },
  { type: 'finish', finishReason: 'tool_calls', nativeFinishReason: 'stop' },
  { type: 'generation-end' },
];

const encoder = new TextEncoder();
const bytesOf = (lines: readonly string[]) => encoder.encode(`${lines.join('\n')}\n`);
const options = { passThrough: false, quirks: {} };

function decodeAll(chunks: readonly Uint8Array[]): readonly GenerationEvent[] {
  const decoder = ollamaChat.client.openDecoder(options);
  return [...chunks.flatMap((chunk) => [...decoder.push(chunk)]), ...decoder.end()];
}

function kindOf(act: () => unknown): FailureKind | 'none' {
  try {
    act();
    return 'none';
  } catch (error) {
    if (error instanceof Failure) return error.kind;
    throw error;
  }
}

describe('an answer', () => {
  test('becomes the same events however its bytes are cut into chunks', () => {
    const bytes = bytesOf(STREAM);
    expect(decodeAll([bytes])).toEqual([...EVENTS]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const ends = [...new Set([0, ...cuts, bytes.length])].sort((a, b) => a - b);
        const chunks = ends.slice(1).map((end, index) => bytes.slice(ends[index], end));
        expect(decodeAll(chunks)).toEqual([...EVENTS]);
      }),
    );
    expect(decodeAll([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([...EVENTS]);
  });

  test('that is cut anywhere before its end is a failure, never a clean end', () => {
    const bytes = bytesOf(STREAM).subarray(0, -1);
    expect(decodeAll([bytes])).toEqual([...EVENTS]);
    for (let length = 0; length < bytes.length; length++) {
      expect(kindOf(() => decodeAll([bytes.subarray(0, length)]))).toBe('provider-cut-off');
    }
  });

  test('that reports an error midway fails with the kind its words tell', () => {
    const fails = (error: unknown) => kindOf(() => decodeAll([bytesOf([says('a'), JSON.stringify({ error })])]));
    expect(fails('llama runner process has terminated')).toBe('provider-error');
    expect(fails('server busy, please try again. maximum pending requests exceeded')).toBe('provider-overloaded');
    expect(fails({ message: 'the input length exceeds the context length' })).toBe('provider-context-too-long');
  });

  test('that is not what Ollama sends is garbled', () => {
    for (const bad of ['<html>', '[]', '{"done":"yes"}', '{"message":{"content":5},"done":false}', '"\ud800']) {
      expect(kindOf(() => decodeAll([bytesOf([says('a'), bad, done])]))).toBe('provider-garbled');
    }
    expect(kindOf(() => decodeAll([new Uint8Array(9 * 1024 * 1024).fill(0x20)]))).toBe('provider-garbled');
    expect(kindOf(() => decodeAll([encoder.encode('{"done":tr'), Uint8Array.of(0xff, 0x0a)]))).toBe('provider-garbled');
  });

  test('that ended by its limit says so, and without counts reports no usage', () => {
    const events = decodeAll([bytesOf([says('a'), line({ done: true, done_reason: 'length', eval_count: 1 })])]);
    expect(events.slice(-2)).toEqual([
      { type: 'finish', finishReason: 'length', nativeFinishReason: 'length' },
      { type: 'generation-end' },
    ]);
    expect(events.filter((event) => event.type === 'usage')).toEqual([]);
  });

  test('in one piece is read like a stream of one line', () => {
    const whole = line({ message: { content: 'hi' }, done: true, prompt_eval_count: 2, eval_count: 1 });
    const events = ollamaChat.client.decodeResult(encoder.encode(whole), options);
    expect(events.map((event) => event.type)).toEqual([
      ...(['generation-start', 'text-delta', 'part-end', 'usage', 'finish', 'generation-end'] as const),
    ]);
  });

  test('with an error status keeps the engine’s words but not the machine’s paths', () => {
    const refuse = (status: number, error: string) =>
      ollamaChat.client.decodeFailure({
        status,
        headers: new Headers({ 'retry-after': '3' }),
        body: encoder.encode(JSON.stringify({ error })),
      });
    expect(refuse(404, 'model "x" not found, try pulling it first').kind).toBe('provider-model-missing');
    expect(refuse(400, '"x" does not support thinking').kind).toBe('provider-rejected');
    expect(refuse(503, 'server busy').detail.retryAfterSeconds).toBe(3);
    const failure = refuse(500, 'open /home/ann/.ollama/models/blobs/sha256-1: no such file; see http://10.0.0.1/x');
    expect(failure.kind).toBe('provider-error');
    expect(failure.detail.providerMessage).toBe('open [path]: no such file; see [address]');
    const page = { status: 502, headers: new Headers(), body: encoder.encode('<html>') };
    expect(ollamaChat.client.decodeFailure(page).kind).toBe('provider-error');
  });
});

test('callers cannot speak this format yet and are told so', () => {
  expect(kindOf(() => ollamaChat.server.decodeRequest(encoder.encode('{}')))).toBe('wrong-endpoint');
});
