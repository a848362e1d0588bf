import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { endlessBias, startTestEngine, type TestEngine, user } from './test-engine.ts';

interface Answer {
  readonly choices: readonly [{ readonly message: { readonly content: string }; readonly finish_reason: string }];
  readonly error?: { readonly message: string; readonly code: string; readonly param: string | null };
}

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.kill());

const held = (schema: unknown) => ({ type: 'json_schema', json_schema: { name: 'x', strict: true, schema } });
const question = { messages: [user('What is the weather?')], temperature: 0 };

async function answer(body: Readonly<Record<string, unknown>>): Promise<Answer> {
  return (await (await engine.ask({ ...question, ...body })).json()) as Answer;
}

const WEATHER = {
  type: 'object',
  properties: {
    city: { type: 'string', maxLength: 20 },
    days: { type: 'integer', minimum: 1, maximum: 7 },
    unit: { enum: ['celsius', 'fahrenheit'] },
  },
  required: ['city', 'days', 'unit'],
  additionalProperties: false,
};

describe('an answer held to a schema', () => {
  test('is JSON that meets it, at any temperature, streamed or not, side by side with others', async () => {
    const asked = [0, 1, 2, 1].map((temperature, seed) => ({ temperature, seed, response_format: held(WEATHER) }));
    const whole = asked.map(async (body) => (await answer(body)).choices[0]);
    const streamed = asked.map(async (body) => {
      const frames = (await (await engine.ask({ ...question, ...body, stream: true })).text()).split('\n\n');
      const chunks = frames.filter((frame) => frame.startsWith('data: {')).map((frame) => JSON.parse(frame.slice(6)));
      const content = chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('');
      return { message: { content }, finish_reason: chunks.at(-1).choices[0].finish_reason };
    });
    for (const { message, finish_reason } of await Promise.all([...whole, ...streamed])) {
      const given = JSON.parse(message.content);
      expect(finish_reason).toBe('stop');
      expect(Object.keys(given)).toEqual(['city', 'days', 'unit']);
      expect([...given.city].length).toBeLessThanOrEqual(20);
      expect([1, 2, 3, 4, 5, 6, 7]).toContain(given.days);
      expect(['celsius', 'fahrenheit']).toContain(given.unit);
    }
  });

  test('ends whole within its limit, although the model would go on', async () => {
    const schema = { type: 'array', items: { type: 'string' }, minItems: 2 };
    const given = await answer({ response_format: held(schema), max_tokens: 40, logit_bias: await endlessBias() });
    expect(given.choices[0].finish_reason).toBeOneOf(['stop', 'length']);
    expect(JSON.parse(given.choices[0].message.content).length).toBeGreaterThanOrEqual(2);
  });

  test('goes on from a beginning that fits it, and says so where it does not', async () => {
    const resume = async (content: string) => {
      const messages = [...question.messages, { role: 'assistant', content }];
      return answer({ messages, response_format: held(WEATHER) });
    };
    const begun = '{"city":"Par';
    expect(JSON.parse(begun + (await resume(begun)).choices[0].message.content).city).toStartWith('Par');
    expect((await resume('{"town":')).error).toMatchObject({ code: 'nothing_allowed' });
  });
});

test('json_object gives an object', async () => {
  const given = await answer({ response_format: { type: 'json_object' }, temperature: 1, seed: 3 });
  expect(JSON.parse(given.choices[0].message.content)).toBeObject();
  expect((await answer({ response_format: { type: 'text' } })).choices[0].message.content).not.toBe('');
});

test('a json_schema that describes nothing gives any JSON', async () => {
  const given = await answer({
    response_format: { type: 'json_schema', json_schema: { name: 'any' } },
    max_tokens: 200,
  });
  expect(given.choices[0].finish_reason).toBe('stop');
  expect(() => JSON.parse(given.choices[0].message.content)).not.toThrow();
  const { error } = await answer({ response_format: { type: 'json_schema' } });
  expect(error).toMatchObject({ message: 'response_format.json_schema: Required' });
});

test('letters of several tokens arrive whole', async () => {
  const text = '😀 héllo 你好';
  const response_format = held({ const: text });
  const frames = await (await engine.ask({ ...question, stream: true, response_format })).text();
  expect(frames).not.toContain('\ufffd');
  expect(frames).toContain('"content":"😀"');
  expect((await answer({ response_format, max_tokens: 3 })).choices[0].message.content).toBe('"');
});

test('a schema that could not be kept is refused with its place', async () => {
  const properties = {
    age: { type: 'integer', description: 'years' },
    name: { not: { type: 'string' }, pattern: '(' },
  };
  const { error } = await answer({ response_format: held({ type: 'object', properties }) });
  expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'response_format' });
  expect(error?.message).toContain('/properties/name');
});
