import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { z } from 'zod';
import { grammarOfSchema } from './grammar.ts';
import { Rejection } from './rejection.ts';
import { startTestEngine, type TestEngine, user } from './test-engine.ts';

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.kill());

async function write(schema: unknown, seed: number): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const response = await engine.ask({
    messages: [user('Can I get JSON?')],
    temperature: 1.8,
    seed,
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  expect(response.status).toBe(200);
  const { choices } = (await response.json()) as {
    choices: [{ message: { content: string }; finish_reason: string }];
  };
  return { text: choices[0].message.content, isCut: choices[0].finish_reason === 'length' };
}

const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 5 },
        next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
      },
      required: ['name', 'next'],
      additionalProperties: false,
    },
  },
};

const accepted: Readonly<Record<string, unknown>> = {
  'a scalar of each type': { type: ['string', 'integer', 'number', 'boolean', 'null'], minLength: 2, maxLength: 9 },
  'optional properties around required ones': {
    type: 'object',
    properties: { a: { type: 'boolean' }, b: { type: 'boolean' }, c: { type: 'boolean' }, d: { type: 'null' } },
    required: ['b'],
    additionalProperties: false,
  },
  'only optional properties': { type: 'object', properties: { a: { const: 1 }, 'b"\\\n': { const: '"\\\n' } } },
  'a required property without a schema': { type: 'object', properties: {}, required: ['x'] },
  'a list within bounds': { type: 'array', items: { type: 'integer', minimum: 0 }, minItems: 2, maxItems: 3 },
  'a list of one': { type: 'array', items: { enum: ['a', 2, null, true] }, minItems: 1, maxItems: 1 },
  'an empty list': { type: 'array', maxItems: 0 },
  'a map': { type: 'object', additionalProperties: { type: 'integer', exclusiveMinimum: 0 } },
  'an empty object': { type: 'object', additionalProperties: false },
  'what zod writes for an integer': { type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 },
  'a range': { type: 'integer', minimum: -2, exclusiveMaximum: 3 },
  'alternatives, one of them empty text': {
    anyOf: [{ const: '' }, { type: 'object', properties: { k: true }, required: ['k'] }],
  },
  'a schema that contains itself': tree,
  anything: {},
};

for (const [name, schema] of Object.entries(accepted)) {
  test(`what is written meets the schema: ${name}`, async () => {
    const checker = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
    const answers = await Promise.all([1, 2, 3, 4].map((seed) => write(schema, seed)));
    for (const { text, isCut } of answers) {
      if (!isCut) expect(checker.safeParse(JSON.parse(text)).error).toBeUndefined();
    }
    expect(answers.filter(({ isCut }) => !isCut).length).toBeGreaterThan(0);
  });
}

const refused: Readonly<Record<string, unknown>> = {
  'a pattern': { type: 'string', pattern: '(a+)+$' },
  'a format': { type: 'string', format: 'email' },
  'a remote reference': { $ref: 'https://example.com/schema' },
  'a reference to nowhere': { $ref: '#/$defs/x' },
  'a reference to a prototype': { $ref: '#/constructor' },
  'a reference to itself': { $ref: '#' },
  'references in a circle': {
    anyOf: [{ $ref: '#/$defs/a' }],
    $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } },
  },
  'no value at all': false,
  'a type that is none': { type: 'text' },
  'a required property that is not allowed': { type: 'object', required: ['x'], additionalProperties: false },
  'bounds in the wrong order': { type: 'string', minLength: 5, maxLength: 2 },
  'huge bounds': { type: 'array', minItems: 1_000_000 },
  'a wide range': { type: 'integer', minimum: 5, maximum: 5_000 },
  'unique items': { type: 'array', uniqueItems: true },
  'several parts that all hold': { allOf: [{ type: 'string' }, { minLength: 3 }] },
  'a negation': { not: { type: 'string' } },
  'a text': 'string',
  'deep nesting': Array.from({ length: 40 }).reduce((inner) => ({ type: 'array', items: inner }), {}),
};

for (const [name, schema] of Object.entries(refused)) {
  test(`refused: ${name}`, () => {
    expect(() => grammarOfSchema(schema)).toThrow(Rejection);
  });
}

test('alternatives that multiply through references are refused', () => {
  const $defs: Record<string, unknown> = { d0: { enum: ['a', 'b', 'c', 'd'] } };
  for (let level = 1; level < 10; level++) {
    const inner = { $ref: `#/$defs/d${level - 1}` };
    $defs[`d${level}`] = {
      anyOf: [inner, { anyOf: [inner, { const: `x${level}` }] }, { anyOf: [inner, { const: 0 }] }],
    };
  }
  expect(() => grammarOfSchema({ $ref: '#/$defs/d9', $defs })).toThrow(Rejection);
});

test('no schema brings the engine down', async () => {
  const { schema } = fc.letrec((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      fc.record({ type: fc.constantFrom('string', 'number', 'boolean', 'null') }),
      fc.record({ type: fc.constant('integer'), minimum: fc.integer() }, { requiredKeys: ['type'] }),
      fc.record(
        { type: fc.constant('string'), minLength: fc.nat(600), maxLength: fc.nat(600) },
        { requiredKeys: ['type'] },
      ),
      fc.record({ enum: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }) }),
      fc.record({ anyOf: fc.array(tie('schema'), { maxLength: 3 }) }),
      fc.record({ type: fc.constant('array'), items: tie('schema'), maxItems: fc.nat(70) }, { requiredKeys: ['type'] }),
      fc.record(
        {
          type: fc.constant('object'),
          properties: fc.dictionary(fc.string({ unit: 'binary' }), tie('schema'), { maxKeys: 3 }),
          additionalProperties: fc.boolean(),
        },
        { requiredKeys: ['type'] },
      ),
      fc.constant({ $ref: '#' }),
    ),
  }));
  await fc.assert(
    fc.asyncProperty(schema, async (made) => {
      const response_format = { type: 'json_schema', json_schema: { name: 'x', schema: made } };
      const response = await engine.ask({ messages: [user('Hi')], max_tokens: 20, temperature: 1.5, response_format });
      expect([200, 400]).toContain(response.status);
    }),
    { numRuns: 150 },
  );
}, 20_000);
