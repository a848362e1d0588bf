import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startTestEngine, type TestEngine, user } from './test-engine.ts';

interface ToolCall {
  readonly id: string;
  readonly type: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

interface Choice {
  readonly message: { readonly content: string | null; readonly tool_calls?: readonly ToolCall[] };
  readonly finish_reason: string;
}

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.kill());

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string', maxLength: 12 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
};
const time = { type: 'function', function: { name: 'get_time', parameters: { type: 'object', properties: {} } } };
const question = { messages: [user('What is the weather?')], temperature: 0, max_tokens: 200 };

async function choice(body: Readonly<Record<string, unknown>>): Promise<Choice> {
  const response = await engine.ask({ ...question, ...body });
  const { choices } = (await response.json()) as { choices: readonly [Choice] };
  return choices[0];
}

async function deltas(body: Readonly<Record<string, unknown>>) {
  const frames = (await (await engine.ask({ ...question, ...body, stream: true })).text()).split('\n\n');
  return frames.filter((frame) => frame.startsWith('data: {')).map((frame) => JSON.parse(frame.slice(6)).choices[0]);
}

describe('an answer that must call a function', () => {
  test('is a call of one that was offered, with arguments that it takes', async () => {
    for (const [temperature, seed] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [2, 4],
    ]) {
      const { message, finish_reason } = await choice({
        tools: [weather, time],
        tool_choice: 'required',
        temperature,
        seed,
      });
      expect([finish_reason, message.content]).toEqual(['tool_calls', null]);
      for (const call of message.tool_calls!) {
        expect(call.id).toMatch(/^call_[0-9a-f]{24}$/);
        const given = JSON.parse(call.function.arguments);
        if (call.function.name === 'get_time') continue;
        expect([call.function.name, typeof given.city, given.days >= 1 && given.days <= 7]).toEqual([
          'get_weather',
          'string',
          true,
        ]);
      }
    }
  });

  test('calls the function that was named, once, and streams the same', async () => {
    const body = { tools: [weather, time], tool_choice: { type: 'function', function: { name: 'get_weather' } } };
    const { message } = await choice(body);
    expect(message.tool_calls!.map((call) => call.function.name)).toEqual(['get_weather']);
    const streamed = await deltas(body);
    const calls = streamed.flatMap(({ delta }) => delta.tool_calls ?? []);
    expect(calls[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'get_weather', arguments: '' } });
    expect(calls.map((call) => call.function.arguments).join('')).toBe(message.tool_calls![0]!.function.arguments);
    expect(streamed.map(({ delta }) => delta.content ?? '').join('')).toBe('');
    expect(streamed.at(-1).finish_reason).toBe('tool_calls');
  });

  test('that has no room for one is text, and says that it was cut', async () => {
    const { message, finish_reason } = await choice({ tools: [weather], tool_choice: 'required', max_tokens: 3 });
    expect(['{', '[']).toContain(message.content![0]!);
    expect([message.tool_calls, finish_reason]).toEqual([undefined, 'length']);
  });
});

test('an answer that may call a function is free to be text', async () => {
  const { message, finish_reason } = await choice({ tools: [weather] });
  expect(message.tool_calls).toBeUndefined();
  expect(message.content).not.toBe('');
  // The bundled model was never trained on tools, and may go on to its limit.
  expect(finish_reason).toBeOneOf(['stop', 'length']);
});

test('scores are told for text only', async () => {
  const streamed = await deltas({ tools: [time], tool_choice: 'required', logprobs: true });
  expect(streamed.flatMap(({ delta }) => delta.tool_calls ?? [])).not.toBeEmpty();
  expect(streamed.every(({ logprobs }) => logprobs === null)).toBe(true);
  const free = await deltas({ tools: [time], logprobs: true });
  expect(free.flatMap(({ logprobs }) => logprobs?.content ?? [])).not.toBeEmpty();
});

test('results of functions are read', async () => {
  const messages = [
    user('What is the weather?'),
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }],
    },
    { role: 'tool', tool_call_id: 'a', content: '21 degrees' },
  ];
  const { message, finish_reason } = await choice({ messages, tools: [weather] });
  expect(message.content).not.toBe('');
  expect(finish_reason).toBeOneOf(['stop', 'length']);
});

test('a strict function whose schema could not be kept is refused with its place', async () => {
  const tools = [
    time,
    {
      type: 'function',
      function: { name: 'f', strict: true, parameters: { type: 'object', properties: { a: { not: {} } } } },
    },
  ];
  const response = await engine.ask({ ...question, tools });
  expect(response.status).toBe(400);
  const { error } = (await response.json()) as { error: { param: string; message: string } };
  expect(error.param).toBe('tools[1].function.parameters');
  expect(error.message).toContain('/properties/a');
});
