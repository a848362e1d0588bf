import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import anthropicMessages from '../anthropic-messages.ts';
import type { RequestTarget } from '../format.ts';
import openaiChat from '../openai-chat.ts';
import { bytesOf, textOf } from './requests.test-data.ts';

const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => `w${text}w`)
  .filter((text) => !text.includes('trunkline.v1'));
/** Mostly absent, so that many requests hold one peculiar thing and no other. */
const seldom = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
const cache = seldom(
  fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '5m' }, { type: 'ephemeral', ttl: '1h' }),
);
/** An object without its undefined members, as JSON would have it. */
const tidy = <T extends object>(value: T): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
const record = (model: Record<string, fc.Arbitrary<unknown>>) => fc.record(model).map(tidy);
const is = <T>(value: T) => fc.constant(value);

const base64 = fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const text = record({ type: is('text'), text: word, cache_control: cache });
/** Inside the result of a tool a mark for the cache stands for one after the whole result. */
const bare = record({ type: is('text'), text: word });
const image = record({
  type: is('image'),
  source: fc.oneof(
    record({ type: is('base64'), media_type: fc.constantFrom('image/png', 'image/webp'), data: base64 }),
    is({ type: 'url', url: 'https://a.example/x.png' }),
  ),
  cache_control: cache,
});
const citations = seldom(is({ enabled: true }));
const pdf = record({
  type: is('document'),
  source: fc.oneof(
    record({ type: is('base64'), media_type: is('application/pdf'), data: base64 }),
    is({ type: 'url', url: 'https://a.example/x.pdf' }),
    record({ type: is('file'), file_id: word }),
  ),
  title: seldom(word),
  context: seldom(word),
  citations,
  cache_control: cache,
});
const words = record({
  type: is('document'),
  source: fc.oneof(
    record({ type: is('text'), media_type: is('text/plain'), data: word }),
    record({ type: is('content'), content: word }),
    record({ type: is('content'), content: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }) }),
  ),
  title: seldom(word),
  citations,
  cache_control: cache,
});
const found = record({
  type: is('search_result'),
  source: is('https://a.example/found'),
  title: word,
  content: fc.array(text, { minLength: 1, maxLength: 3 }),
  citations,
  cache_control: cache,
});
const thinking = fc.oneof(
  record({ type: is('thinking'), thinking: word, signature: base64 }),
  record({ type: is('redacted_thinking'), data: base64 }),
);
const ofServer = fc.oneof(
  record({ type: is('server_tool_use'), id: word, name: is('web_search'), input: record({ query: word }) }),
  record({ type: is('web_search_tool_result'), tool_use_id: word, content: is([]), cache_control: cache }),
);
const input = fc.dictionary(word, fc.oneof(fc.integer(), word, fc.boolean(), is(null)), { maxKeys: 3 });

interface Turn {
  readonly asked: readonly JsonObject[];
  readonly thought: readonly JsonObject[];
  readonly said: readonly JsonObject[];
  readonly calls: readonly { input: object; result: readonly JsonObject[]; isError: boolean; cache: unknown }[];
}

/** Turns of user and assistant; what the assistant called is answered at the beginning of the next turn. */
function messagesOf(turns: readonly Turn[]): readonly JsonObject[] {
  let results: JsonObject[] = [];
  return turns.flatMap(({ asked, thought, said, calls }, turn) => {
    const user = { role: 'user', content: [...results, ...asked] };
    const id = (index: number) => `toolu_${turn}_${index}`;
    const uses = calls.map((call, index) => ({
      type: 'tool_use',
      id: id(index),
      name: `f${index}`,
      input: call.input,
    }));
    results = calls.map(({ result, isError, cache: mark }, index) =>
      tidy({
        type: 'tool_result',
        tool_use_id: id(index),
        ...(result.length > 0 && { content: result }),
        ...(isError && { is_error: true }),
        cache_control: mark,
      }),
    );
    const isLast = turn === turns.length - 1;
    return isLast ? [user] : [user, { role: 'assistant', content: [...thought, ...said, ...uses] }];
  }) as JsonObject[];
}

function conversation(asked: fc.Arbitrary<JsonObject>, said: fc.Arbitrary<JsonObject>, isWhole: boolean) {
  const call = fc.record({
    input,
    result: fc.array(isWhole ? fc.oneof({ weight: 8, arbitrary: bare }, image, words, found) : bare, {
      minLength: isWhole ? 0 : 1,
      maxLength: 2,
    }),
    isError: isWhole ? seldom(is(true)).map(Boolean) : is(false),
    cache,
  });
  const turn = fc.record({
    asked: fc.array(asked, { minLength: 1, maxLength: 3 }),
    thought: fc.array(thinking, { maxLength: 2 }),
    said: fc.array(said, { minLength: 1, maxLength: 2 }),
    calls: fc.array(call, { maxLength: 2 }),
  });
  return fc.array(turn, { minLength: 1, maxLength: 4 }).map(messagesOf);
}

const tool = (isWhole: boolean) =>
  record({
    name: is('any'),
    description: seldom(word),
    input_schema: record({ type: is('object'), properties: is({ a: { type: 'string' } }) }),
    cache_control: cache,
    ...(isWhole && { defer_loading: seldom(fc.boolean()), input_examples: seldom(is([{ a: 'x' }])) }),
  });

const fields = (isWhole: boolean) => ({
  model: is('demo/talker'),
  max_tokens: fc.integer({ min: 4_000, max: 9_000 }),
  system: seldom(fc.array(text, { minLength: 1, maxLength: 2 })),
  temperature: seldom(fc.constantFrom(0, 0.5, 1)),
  top_k: seldom(fc.integer({ min: 1, max: 100 })),
  stop_sequences: seldom(fc.array(word, { minLength: 1, maxLength: 3 })),
  tools: fc.array(tool(isWhole), { minLength: 1, maxLength: 2 }).map((tools) => tools.map(named)),
  tool_choice: seldom(
    fc.constantFrom<object>(
      { type: 'auto' },
      { type: 'any' },
      { type: 'none' },
      { type: 'tool', name: 'f0' },
      { type: 'auto', disable_parallel_tool_use: true },
    ),
  ),
  ...(isWhole && {
    service_tier: seldom(fc.constantFrom('auto', 'standard_only')),
    cache_control: cache,
    container: seldom(word),
    context_management: seldom(is({ edits: [{ type: 'clear_tool_uses_20250919' }] })),
    output_config: seldom(
      fc.constantFrom<object>(
        { effort: 'low' },
        { task_budget: { type: 'tokens', total: 20_000 } },
        { format: FORMAT },
      ),
    ),
  }),
});
const FORMAT = { type: 'json_schema', schema: { type: 'object', properties: {}, additionalProperties: false } };

function named(tool: JsonObject, index: number): JsonObject {
  return { ...tool, name: `f${index}` };
}

const target: RequestTarget = {
  upstreamModel: 'demo/talker',
  stream: false,
  quirks: {},
  supportedParameters: [
    ...['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'tools', 'tool_choice', 'parallel_tool_calls'],
    ...['reasoning', 'reasoning_effort', 'structured_outputs', 'response_format', 'verbosity'],
  ],
};

/** Through the canonical language and back, although the format is the same. */
function rebuilt(body: object, to: Partial<RequestTarget> = {}) {
  const request = anthropicMessages.server.decodeRequest(bytesOf(body));
  const losses: Loss[] = [];
  const revised = { ...request, origin: { ...request.origin, isRevised: true } };
  const sent = anthropicMessages.client.encodeRequest(revised, { ...target, ...to }, losses);
  return { body: JSON.parse(textOf(sent)) as JsonObject, losses };
}

const whole = record({
  ...fields(true),
  messages: conversation(
    fc.oneof({ weight: 8, arbitrary: text }, image, pdf, words, found),
    fc.oneof({ weight: 8, arbitrary: text }, ofServer),
    true,
  ),
});

test('a request that goes through the canonical language comes back as it was', () => {
  fc.assert(
    fc.property(whole, (body) => {
      expect(rebuilt(body)).toEqual({ body, losses: [] });
    }),
    { numRuns: 100 },
  );
});

test('thinking comes back as it was asked for, in whichever way the model takes', () => {
  const ask = {
    model: 'demo/talker',
    max_tokens: 8_000,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
  };
  const byBudget = { supportedParameters: ['max_tokens', 'reasoning'] };
  for (const [asked, to] of [
    [{ thinking: { type: 'enabled', budget_tokens: 3_000 } }, byBudget],
    [{ thinking: { type: 'enabled', budget_tokens: 3_000, display: 'omitted' } }, byBudget],
    [{ thinking: { type: 'disabled' } }, byBudget],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } }, {}],
    [{ thinking: { type: 'adaptive', display: 'summarized' } }, {}],
    [{ thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'max' } }, {}],
    [{ thinking: { type: 'between_tools' } }, {}],
  ] as [object, Partial<RequestTarget>][]) {
    expect(rebuilt({ ...ask, ...asked }, to)).toEqual({ body: { ...ask, ...asked }, losses: [] });
  }
});

/** To a chat provider, and from a chat caller of the same words back. */
function byWayOfChat(body: object) {
  const losses: Loss[] = [];
  const quirks = { reasoning: 'object' as const, cacheMarks: 'taken' as const };
  const request = anthropicMessages.server.decodeRequest(bytesOf(body));
  const chat = openaiChat.client.encodeRequest(request, { ...target, quirks }, losses);
  const back = anthropicMessages.client.encodeRequest(openaiChat.server.decodeRequest(chat), target, losses);
  return {
    body: JSON.parse(textOf(back)) as JsonObject,
    losses: losses.filter(({ outcome }) => outcome !== 'renamed'),
  };
}

/** Chat says several plain texts in one: where one ends and the next begins is nothing that a model is told. */
function joined(value: unknown): unknown {
  if (!Array.isArray(value)) {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, joined(inner)]));
  }
  const list: JsonObject[] = [];
  for (const one of value.map(joined) as JsonObject[]) {
    const last = list.at(-1);
    if (isPlain(last) && isPlain(one)) list[list.length - 1] = { ...last, text: `${last.text}${one.text}` };
    else list.push(one);
  }
  return list;
}

function isPlain(block: JsonObject | undefined): block is JsonObject {
  return block?.type === 'text' && Object.keys(block).length === 2;
}

test('what both formats have words for goes to chat and comes back without a loss', () => {
  const plain = record({ ...fields(false), messages: conversation(fc.oneof(text, image), text, false) });
  fc.assert(
    fc.property(plain, (body) => {
      const { body: back, losses } = byWayOfChat(body);
      expect([joined(back), losses]).toEqual([joined(body), []]);
    }),
    { numRuns: 100 },
  );
});

test('whatever does not come back from chat as it was has been told as a loss', () => {
  let lossless = 0;
  fc.assert(
    fc.property(whole, (body) => {
      const { body: back, losses } = byWayOfChat(body);
      if (losses.length > 0) return;
      lossless++;
      expect(joined(back)).toEqual(joined(body));
    }),
    { numRuns: 100 },
  );
  expect(lossless).toBeGreaterThan(0);
});

test('a mark on the last part of a result, which chat cannot tell from one on the result, is told as a loss', () => {
  const inner = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } };
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'q' }] },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_0', name: 'f0', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_0', content: [inner] }] },
  ];
  const { losses } = byWayOfChat({ model: 'demo/talker', max_tokens: 4_000, messages });
  expect(losses.filter(({ field }) => field.endsWith('cache_control'))).toMatchObject([
    { field: 'messages.2.cache_control', outcome: 'approximated' },
  ]);
});
