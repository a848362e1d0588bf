import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { GrammarConstraint } from '../grammar/grammar-constraint.ts';
import { TokenMasks } from '../grammar/token-masks.ts';
import { toySets, toyVocabulary } from '../grammar/toy-vocabulary.test-data.ts';
import { Rejection } from '../rejection.ts';
import { tokensOfMask } from '../sampling/token-mask.ts';
import { decodeChatRequest } from './chat-request.ts';
import { compileAnswer, nameOfAnswer } from './compile-answer.ts';
import { ToolCallReader } from './read-tool-calls.ts';
import { offeredTools, readToolUse } from './tool-use.ts';

const parameters = {
  type: 'object',
  properties: { a: { enum: ['x', 'ab'] }, b: { type: 'integer', minimum: 0 } },
  required: ['a'],
};
const tool = (name: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'function',
  function: { name, parameters, ...changes },
});
const schema = (value: unknown) => ({ type: 'json_schema', json_schema: { name: 'x', schema: value } });

function answerOf(body: Readonly<Record<string, unknown>>) {
  const request = decodeChatRequest({ messages: [{ role: 'user', content: 'Hi' }], ...body });
  const use = readToolUse(request);
  const answer = { format: request.response_format, use };
  const compile = () => {
    const { languages, start } = compileAnswer(answer);
    const takes = (text: string) => {
      let at = start;
      for (const byte of new TextEncoder().encode(text)) at = at.after(byte);
      return at.isComplete;
    };
    return { languages, start, takes };
  };
  return { use, compile, takes: (text: string) => compile().takes(text), name: nameOfAnswer(answer) };
}

describe('an answer that must call', () => {
  const one = '{"name": "f", "parameters": {"a": "x"}}';
  const two = `[${one}, {"name":"g","parameters":{"a":"ab","b":3}}]`;

  test('is a call or a list of calls, and nothing else', () => {
    const { takes } = answerOf({ tools: [tool('f'), tool('g')], tool_choice: 'required' });
    for (const text of [one, two]) expect([text, takes(text)]).toEqual([text, true]);
    for (const text of ['{}', 'Hi', '[]', '{"name": "h", "parameters": {"a": "x"}}', '{"name": "f", "parameters": {}}'])
      expect([text, takes(text)]).toEqual([text, false]);
  });

  test('is one call where several are not wanted', () => {
    const { takes } = answerOf({ tools: [tool('f'), tool('g')], tool_choice: 'required', parallel_tool_calls: false });
    expect([takes(one), takes(two)]).toEqual([true, false]);
  });

  test('calls the function that was named', () => {
    const { takes } = answerOf({
      tools: [tool('f'), tool('g')],
      tool_choice: { type: 'function', function: { name: 'g' } },
    });
    expect([takes(one), takes('{"name": "g", "parameters": {"a": "x"}}'), takes(two)]).toEqual([false, true, false]);
  });

  test('without parameters has none', () => {
    const { takes } = answerOf({ tools: [tool('f', { parameters: undefined })], tool_choice: 'required' });
    expect([takes('{"name": "f", "parameters": {}}'), takes(one)]).toEqual([true, false]);
  });
});

test('a free answer is not held', () => {
  for (const body of [
    {},
    { tools: [tool('f')] },
    { response_format: { type: 'text' } },
    { tools: [tool('f', { strict: true })], tool_choice: 'none' },
  ]) {
    expect(answerOf(body).name).toBeUndefined();
  }
});

test('a call or a document, where both are asked for', () => {
  const { takes } = answerOf({
    tools: [tool('f')],
    response_format: schema({ type: 'object', properties: { done: { type: 'boolean' } }, required: ['done'] }),
  });
  expect([takes('{"name": "f", "parameters": {"a": "x"}}'), takes('{"done":true}'), takes('done')]).toEqual([
    true,
    true,
    false,
  ]);
});

test('schemas that cannot be kept are refused by name, unless nobody asked to keep them', () => {
  const bad = { type: 'object', properties: { a: { not: {} } } };
  const refusal = (body: Readonly<Record<string, unknown>>) => {
    try {
      answerOf(body).compile();
    } catch (error) {
      if (error instanceof Rejection) return [error.param, error.message.includes('/properties/a: "not"')];
    }
    return undefined;
  };
  expect(refusal({ tools: [tool('f'), tool('g', { parameters: bad, strict: true })] })).toEqual([
    'tools[1].function.parameters',
    true,
  ]);
  expect(refusal({ response_format: schema(bad) })).toEqual(['response_format', true]);
  expect(
    answerOf({ tools: [tool('f', { parameters: bad })], tool_choice: 'required' }).takes(
      '{"name":"f","parameters":{"z":[1]}}',
    ),
  ).toBe(true);
});

test('a schema nested without end is refused', () => {
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level++) deep = { type: 'array', items: deep };
  expect(() => answerOf({ response_format: schema(deep) })).toThrow(Rejection);
});

test('a request with many dear functions is refused soon', () => {
  const pattern = (index: number) => `^(a|b)*a(a|b){9}${index}$`;
  const dear = (strict: boolean) => (_: unknown, index: number) =>
    tool(`f${index}`, {
      strict,
      parameters: { type: 'object', properties: { a: { type: 'string', pattern: pattern(index) } } },
    });
  const begun = performance.now();
  expect(() => answerOf({ tools: Array.from({ length: 128 }, dear(true)) }).compile()).toThrow(Rejection);
  answerOf({ tools: Array.from({ length: 128 }, dear(false)), tool_choice: 'required' }).compile();
  expect(performance.now() - begun).toBeLessThan(20_000);
});

test('two answers have the same name only if they are held to the same', () => {
  const bodies = [
    { tools: [tool('f', { strict: true })] },
    { tools: [tool('f', { strict: true })], parallel_tool_calls: false },
    { tools: [tool('f')], tool_choice: 'required' },
    { tools: [tool('g')], tool_choice: 'required' },
    { tools: [tool('f'), tool('g')], tool_choice: { type: 'function', function: { name: 'f' } } },
    { tools: [tool('f'), tool('g')], tool_choice: { type: 'function', function: { name: 'g' } } },
    { tools: [tool('f')], response_format: { type: 'json_object' } },
    { response_format: { type: 'json_object' } },
    { response_format: schema({}) },
  ];
  const names = bodies.map((body) => answerOf(body).name);
  expect(new Set(names).size).toBe(bodies.length);
  expect(names).not.toContain(undefined);
});

describe('where a strict function may be called', () => {
  const body = { tools: [tool('f', { strict: true }), tool('g')] };
  const { compile, use } = answerOf(body);
  const { takes } = compile();

  test('all other text is free', () => {
    const free = [
      '',
      'Hi 😀',
      '{"name": "Bob", "age": 3}',
      '{"name": "fg"}',
      '{"name": "g", "parameters": {"a": 5}}',
      '[f(a=5)]',
      '{{{"name"',
      '"f"',
    ];
    for (const text of free) expect([text, takes(text)]).toEqual([text, true]);
  });

  test('a call of it is one that it takes', () => {
    const good = [
      '{"name": "f", "parameters": {"a": "x"}}',
      'So: {"type":"function", "name":"f", "parameters":{"a":"ab","b":1}} and on',
      '{ "name" : {"name": "f", "parameters": {"a": "x"}}',
    ];
    for (const text of good) expect([text, takes(text)]).toEqual([text, true]);
    for (const text of [
      '{"name": "f"',
      '{"name": "f", "parameters": {"a": "z"}}',
      '{"name": "f"}',
      'x {"name":"f","parameters":{"b":1}}',
    ])
      expect([text, takes(text)]).toEqual([text, false]);
  });

  test('every answer ends in time, and each call in it that counts is one that the function takes', () => {
    let calls = 0;
    const snippets = ['{"name": "f"', '{"name": "g"', '[f(a="x")', '[f(b=1)]', ', "parameters": {', '"a": "', 'text '];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('{"name": "f"'), fc.constantFrom(...snippets)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 60, max: 100 }),
        fc.gen(),
        (wished, room, g) => {
          const { languages, start } = compile();
          const grammar = {
            masks: new TokenMasks(languages, toySets),
            vocabulary: toyVocabulary,
            start,
            none: languages.none,
          };
          const constraint = new GrammarConstraint(grammar, { tokensMax: room });
          const written: number[] = [];
          // The wishes are followed as far as they are allowed, byte by byte.
          const wishes = [...new TextEncoder().encode(wished.join(''))].map((byte) => byte + 2);
          for (let step = 0; ; step++) {
            expect(step).toBeLessThanOrEqual(room);
            const allowed = tokensOfMask(constraint.allowed(), toyVocabulary.size);
            const wish = wishes.shift();
            const token = wish !== undefined && allowed.includes(wish) ? wish : allowed[g(fc.nat, allowed.length - 1)]!;
            constraint.accept(token);
            if (token === 0) break;
            written.push(...toyVocabulary.bytes[token]!);
          }
          const text = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(written));
          const reader = new ToolCallReader({ tools: offeredTools(use!), callsMax: 9 });
          for (const event of [...reader.push(text), ...reader.end()]) {
            if (event.type !== 'tool-call' || event.call.name !== 'f') continue;
            calls++;
            const given = JSON.parse(event.call.argumentsJson);
            expect(['x', 'ab']).toContain(given.a);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(calls).toBeGreaterThan(10);
  }, 60_000);
});
