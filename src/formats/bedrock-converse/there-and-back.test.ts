import { describe, expect, test } from 'bun:test';
import { encodeMessage } from '../../base/event-stream.test-data.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { joinBytes } from '../../base/json-edits.ts';
import type { GenerationEvent } from '../../generation/event.ts';
import type { Loss } from '../../generation/loss.ts';
import { NO_USAGE } from '../../generation/usage.ts';
import anthropicMessages from '../anthropic-messages.ts';
import bedrock from '../bedrock-converse.ts';
import type { RequestQuirks, RequestTarget, WireFormat } from '../format.ts';
import openaiChat from '../openai-chat.ts';

const bytesOf = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const jsonOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
const event = (type: string, data: object) =>
  encodeMessage({ ':event-type': type, ':message-type': 'event' }, JSON.stringify(data));

const CLAUDE: RequestQuirks = { reasoning: 'thinking' };
const TARGET: RequestTarget = {
  ...{ upstreamModel: 'anthropic.claude', stream: true, quirks: CLAUDE, outputTokensMax: 16_000 },
  supportedParameters: ['tools', 'temperature', 'top_p', 'max_tokens', 'stop', 'reasoning', 'structured_outputs'],
};

function encode(body: object, to: Partial<RequestTarget> = {}, from: WireFormat = openaiChat) {
  const losses: Loss[] = [];
  const request = from.server.decodeRequest(bytesOf({ model: 'demo/talker', ...body }));
  const sent = jsonOf(bedrock.client.encodeRequest(request, { ...TARGET, ...to }, losses));
  return { sent, losses: losses.map(({ field, outcome }) => `${field} ${outcome}`) };
}

/** Thoughts, sealed and hidden, between texts and a call: the order in which Claude writes while it uses tools. */
const THINKS: readonly JsonObject[] = [
  { reasoningContent: { reasoningText: { text: 'First… then', signature: 'c2VhbC0x' } } },
  { reasoningContent: { redactedContent: 'aGlkZGVu' } },
  { text: 'Let me look.' },
  { toolUse: { toolUseId: 't1', name: 'look', input: { at: 1 } } },
];

const STREAM = joinBytes([
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'First… ' } } }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'then' } } }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2VhbC0x' } } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { reasoningContent: { redactedContent: 'aGlkZGVu' } } }),
  event('contentBlockStop', { contentBlockIndex: 1 }),
  event('contentBlockDelta', { contentBlockIndex: 2, delta: { text: 'Let me look.' } }),
  event('contentBlockStop', { contentBlockIndex: 2 }),
  event('contentBlockStart', { contentBlockIndex: 3, start: { toolUse: { toolUseId: 't1', name: 'look' } } }),
  event('contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '{"at":1}' } } }),
  event('contentBlockStop', { contentBlockIndex: 3 }),
  event('messageStop', { stopReason: 'tool_use' }),
  event('metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
]);
const PLAIN = bytesOf({
  output: { message: { role: 'assistant', content: THINKS } },
  ...{ stopReason: 'tool_use', usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } },
});

function eventsOf(isStream: boolean): readonly GenerationEvent[] {
  if (!isStream) return bedrock.client.decodeResult(PLAIN, { passThrough: false, quirks: {} });
  const decoder = bedrock.client.openDecoder({ passThrough: false, quirks: {} });
  return [...decoder.push(STREAM), ...decoder.end()];
}

describe.each([true, false])('thoughts of an answer, stream %p', (isStream) => {
  test.each([openaiChat, anthropicMessages])('come back as they were through a caller of $id', (format) => {
    const identity = { id: 'gen-1', model: 'm', provider: 'p', created: 0 };
    const cost = { cost: 0, promptCost: 0, completionCost: 0, isByok: false };
    const result = jsonOf(
      format.server.openEncoder(identity).encodeResult(eventsOf(isStream), { usage: NO_USAGE, cost }),
    );
    const choices = result.choices as { message: JsonObject }[] | undefined;
    const turn = choices ? choices[0]!.message : { role: 'assistant', content: result.content as Json };
    const done = { type: 'tool_result', tool_use_id: 't1', content: 'ok' };
    const reply = choices ? { role: 'tool', tool_call_id: 't1', content: 'ok' } : { role: 'user', content: [done] };
    const messages = [{ role: 'user', content: 'Hi' }, turn, reply];
    const { sent, losses } = encode({ messages, max_tokens: 50 }, {}, format);
    expect((sent.messages as JsonObject[])[1]).toEqual({ role: 'assistant', content: THINKS });
    expect(losses.filter((loss) => loss.includes('messages'))).toEqual([]);
  });
});

describe('a wish for reasoning', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  const asked = (fields: object, to: Partial<RequestTarget> = {}) => {
    const { sent, losses } = encode({ messages, ...fields }, to);
    return [sent.additionalModelRequestFields, sent.inferenceConfig, losses];
  };
  const effortful: Partial<RequestTarget> = {
    supportedParameters: [...TARGET.supportedParameters, 'reasoning_effort'],
  };

  test('is said in the words of the model’s family', () => {
    const high = { reasoning: { effort: 'high' }, max_tokens: 10_000 };
    const limit = { maxTokens: 10_000 };
    expect(asked(high)).toEqual([{ thinking: { type: 'enabled', budget_tokens: 8_000 } }, limit, []]);
    expect(asked(high, effortful)).toEqual([
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      limit,
      [],
    ]);
    expect(asked(high, { quirks: { reasoning: 'effort' } })).toEqual([{ reasoning_effort: 'high' }, limit, []]);
    expect(asked(high, { quirks: { reasoning: 'object' } })).toEqual([{ reasoning: { effort: 'high' } }, limit, []]);
    expect(asked(high, { quirks: {} })).toEqual([undefined, limit, ['reasoning dropped']]);
  });

  test('gives way where it cannot be had, and to nothing silently', () => {
    const budget = { reasoning: { max_tokens: 2_000 } };
    expect(asked({ ...budget, max_tokens: 4_000, temperature: 0.2 })).toEqual([
      { thinking: { type: 'enabled', budget_tokens: 2_000 } },
      { maxTokens: 4_000 },
      ['temperature dropped'],
    ]);
    expect(asked({ ...budget, max_tokens: 500 })[2]).toEqual(['reasoning dropped']);
    expect(asked({ reasoning: { enabled: false } })[0]).toEqual({ thinking: { type: 'disabled' } });
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    expect(asked({ ...budget, tools, tool_choice: 'required' })[2]).toEqual(['reasoning dropped']);
  });
});

describe('marks for the cache', () => {
  const marked = (text: string) => ({ type: 'text', text, cache_control: { type: 'ephemeral', ttl: '1h' } });
  const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
  const body = {
    messages: [
      { role: 'system', content: [marked('S')] },
      { role: 'user', content: [marked('U')] },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: [marked('R')] },
    ],
    tools: [{ ...tool, cache_control: { type: 'ephemeral' } }],
    max_tokens: 9,
  };
  const point = { cachePoint: { type: 'default', ttl: '1h' } };

  test('stand as points after what they follow, and after a result, never inside it', () => {
    const { sent, losses } = encode(body);
    const [user, , results] = sent.messages as { content: JsonObject[] }[];
    expect(sent.system).toEqual([{ text: 'S' }, point]);
    expect(user!.content).toEqual([{ text: 'U' }, point]);
    expect(results!.content).toEqual([{ toolResult: { toolUseId: 'c', content: [{ text: 'R' }] } }, point]);
    expect((sent.toolConfig as { tools: Json[] }).tools).toEqual([
      { toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } },
      { cachePoint: { type: 'default' } },
    ]);
    expect(losses).toEqual([]);
  });

  test('are dropped, each with a word, for a model that refuses them', () => {
    const { sent, losses } = encode(body, { quirks: { cacheMarks: 'refused' } });
    expect(JSON.stringify(sent)).not.toContain('cachePoint');
    expect(losses).toEqual([
      'messages.0.content.0.cache_control dropped',
      'messages.1.content.0.cache_control dropped',
      'messages.3.content.0.cache_control dropped',
      'tools.0.cache_control dropped',
    ]);
  });
});

test('a schema is held to by models that can, strict tools as well', () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: false };
  const tools = [{ type: 'function', function: { name: 'f', parameters: schema, strict: true } }];
  const response_format = { type: 'json_schema', json_schema: { name: 'n', schema } };
  const messages = [{ role: 'user', content: 'Hi' }];
  const { sent, losses } = encode({ messages, tools, response_format, service_tier: 'flex' });
  expect(sent).toMatchObject({
    outputConfig: {
      textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'n', schema: JSON.stringify(schema) } } },
    },
    toolConfig: { tools: [{ toolSpec: { name: 'f', inputSchema: { json: schema }, strict: true } }] },
    serviceTier: { type: 'flex' },
  });
  expect(losses).toEqual([]);
  expect(encode({ messages, service_tier: 'scale' }).losses).toEqual(['service_tier dropped']);
});

test('a citation of the web becomes an annotation, streamed and plain, and its text is kept', () => {
  const citation = { title: 'T', location: { web: { url: 'https://a.example' } }, sourceContent: [{ text: 'said' }] };
  const content = [{ citationsContent: { content: [{ text: 'Hi' }], citations: [citation] } }];
  const body = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn' };
  const plain = bedrock.client.decodeResult(bytesOf(body), { passThrough: false, quirks: {} });
  const decoder = bedrock.client.openDecoder({ passThrough: false, quirks: {} });
  const streamed = decoder.push(
    joinBytes([
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hi' } }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { citation } }),
    ]),
  );
  const annotation = {
    type: 'url_citation',
    url_citation: { url: 'https://a.example', title: 'T', content: 'said' },
  };
  for (const events of [plain, streamed]) {
    expect(events.filter(({ type }) => type === 'text-delta' || type === 'annotation')).toEqual([
      { type: 'text-delta', part: 0, text: 'Hi' },
      { type: 'annotation', part: 0, annotation },
    ]);
  }
});
