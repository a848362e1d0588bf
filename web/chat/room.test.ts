import { expect, test } from 'bun:test';
import { findAddressed, withoutAddress } from './address-question.ts';
import { type Answer, startAnswer } from './answer.ts';
import { asCurl, buildRequest, readTools } from './build-request.ts';
import { estimateRoom, spentInRoom } from './estimate.ts';
import { findMissing } from './needs.ts';
import { branchRoom, type ChatRoom, type Column, makeRoom, type Reply, titleOf } from './room.ts';

const ONE: Column = { id: 'one', model: 'demo/one', parameters: {} };
const TWO: Column = { id: 'two', model: 'demo/two', parameters: {} };
const done = (text: string, fields: Partial<Answer> = {}): Answer => ({
  ...startAnswer('demo/one', 0),
  text,
  state: 'done',
  ...fields,
});
const reply = (id: string, column: string, ...tries: Answer[]): Reply => ({
  id,
  role: 'assistant',
  column,
  tries,
  shown: tries.length - 1,
});
const question = (id: string, text: string, columns = ['one', 'two']) =>
  ({ id, role: 'user', columns, parts: [{ type: 'text', text }] }) as const;
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } } as const;

function room(fields: Partial<ChatRoom> = {}): ChatRoom {
  return { ...makeRoom([], 'browser', 0), columns: [ONE, TWO], ...fields };
}

test('a column is sent its own conversation, without what others said and without tries that were replaced', () => {
  const messages = [
    question('q1', 'Hello'),
    reply('a1', 'one', done('first'), done('second')),
    reply('a2', 'two', done('other')),
    question('q2', 'Only you', ['one']),
    reply('a3', 'one', startAnswer('demo/one', 0)),
  ];
  const column = { ...ONE, system: 'Be short', parameters: { temperature: 0 }, provider: 'acme/fp8' };
  expect(buildRequest(room({ messages, columns: [column, TWO] }), { column, until: 'a3' })).toEqual({
    model: 'demo/one',
    messages: [
      { role: 'system', content: 'Be short' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'second' },
      { role: 'user', content: 'Only you' },
    ],
    temperature: 0,
    provider: { only: ['acme/fp8'], allow_fallbacks: false },
  });
});

test('calls of tools go back with their results and with the thoughts that led to them', () => {
  const call = { id: 'c1', name: 'look', argumentsJson: '{}' };
  const messages = [
    question('q1', 'Look'),
    reply('a1', 'one', done('', { calls: [call], details: [{ type: 'reasoning.text', text: 't' }] })),
    { id: 't1', role: 'tool', column: 'one', callId: 'c1', name: 'look', text: 'blue' } as const,
    reply('a2', 'one', startAnswer('demo/one', 0)),
  ];
  expect(buildRequest(room({ messages }), { column: ONE, until: 'a2' }).messages).toEqual([
    { role: 'user', content: 'Look' },
    {
      role: 'assistant',
      content: '',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
      reasoning_details: [{ type: 'reasoning.text', text: 't' }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'blue' },
  ]);
});

test('tools and a schema become what the API asks for; what is none is refused in words', () => {
  const options = {
    tools: '[{"name":"look","parameters":{"type":"object"}}]',
    schema: '{"type":"object"}',
    hasWeb: true,
  };
  expect(buildRequest(room({ options }), { column: ONE, until: '' })).toMatchObject({
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } },
    plugins: [{ id: 'web' }],
  });
  expect(() => readTools('[{"name":"a b"}]')).toThrow('Each tool needs a name');
  expect(() => readTools('{')).toThrow('The tools');
});

test('a request for the shell keeps a quote in the text from ending its argument', () => {
  const curl = asCurl('https://llm.example', { model: 'demo/one', messages: [{ role: 'user', content: "it's" }] });
  expect(curl).toContain(`it'\\''s`);
  expect(curl).toContain('$TRUNKLINE_API_KEY');
});

test('a question is addressed by the slug after an @, or by the choice below it, or else to all', () => {
  const columns = [ONE, TWO];
  expect(findAddressed('@demo/two hello', columns, '')).toEqual([TWO]);
  expect(findAddressed('@two hello', columns, 'one')).toEqual([TWO]);
  expect(findAddressed('@nobody hello', columns, '')).toEqual(columns);
  expect(findAddressed('hello', columns, 'one')).toEqual([ONE]);
  expect(withoutAddress('@two hello', columns)).toBe('hello');
  expect(withoutAddress('@nobody hello', columns)).toBe('@nobody hello');
});

test('an estimate multiplies as decimals, and says nothing of money when a price is not known', () => {
  const parts = [{ type: 'text', text: 'x'.repeat(384) }] as const;
  expect(estimateRoom(room(), [ONE, TWO], parts, () => '0.0000001')).toEqual({ tokens: 200, cost: '0.00002' });
  expect(estimateRoom(room(), [ONE], parts, () => undefined).cost).toBeUndefined();
});

test('what a room has cost holds the tries that were replaced', () => {
  const paid = (cost: string) => done('x', { usage: { prompt: 1, completion: 1, cached: 0, reasoning: 0, cost } });
  expect(spentInRoom(room({ messages: [reply('a', 'one', paid('0.1'), paid('2e-1'))] }))).toBe('0.3');
});

const MODEL = {
  id: 'demo/one',
  supported_parameters: ['temperature'],
  architecture: { input_modalities: ['text'] },
} as unknown as NonNullable<Parameters<typeof findMissing>[2]>[number];

test('a model that lost an ability the room needs is explained, and text only settles it for pictures', () => {
  const messages = [{ ...question('q', 'See'), parts: [picture] }];
  const column = { ...ONE, parameters: { temperature: 1, top_k: 3 } };
  const found = findMissing(room({ messages, options: { tools: '[]' } }), column, [MODEL]);
  expect(found.map(({ what }) => what)).toEqual(['media', 'tools', 'parameter']);
  expect(findMissing(room({ messages }), { ...ONE, isTextOnly: true }, [MODEL])).toEqual([]);
  expect(findMissing(room(), TWO, [MODEL]).map(({ what }) => what)).toEqual(['model']);
});

test('a branch has one column, its conversation up to there, and nothing of the server’s version', () => {
  const messages = [
    question('q1', 'Hello'),
    reply('a1', 'one', done('x')),
    reply('a2', 'two', done('y')),
    question('q2', 'More'),
  ];
  const branch = branchRoom(room({ messages, version: 4 }), 'two', 'a2', 9);
  expect(branch.messages).toEqual([question('q1', 'Hello', ['two']), messages[2]!]);
  expect([branch.columns, branch.version, branch.title]).toEqual([[TWO], 0, 'Hello (branch)']);
});

test('a room without a name is called by its first question, in one clean line', () => {
  expect(titleOf(room({ messages: [question('q', 'a\u202e\n\nb')] }))).toBe('a b');
  expect(titleOf(room())).toBe('New room');
  expect(titleOf(room({ messages: [{ ...question('q', ''), parts: [picture] }] }))).toBe('Picture or file');
});
