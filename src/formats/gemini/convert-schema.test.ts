import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { jsonSchemaOf, openApiOf, readableSchema } from './convert-schema.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...more });

describe('a JSON Schema', () => {
  test('is said in OpenAPI’s words where they say all of it', () => {
    expect(
      openApiOf({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        ...object(
          {
            name: { type: 'string', description: 'N', enum: ['a', 'b'] },
            age: { type: ['integer', 'null'], minimum: 0 },
            tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
            kind: { const: 'x' },
          },
          { required: ['name'], additionalProperties: false },
        ),
      }),
    ).toEqual({
      type: 'OBJECT',
      properties: {
        name: { type: 'STRING', description: 'N', enum: ['a', 'b'] },
        age: { type: 'INTEGER', nullable: true, minimum: 0 },
        tags: { type: 'ARRAY', items: { type: 'STRING' }, maxItems: 3 },
        kind: { type: 'STRING', enum: ['x'] },
      },
      propertyOrdering: ['name', 'age', 'tags', 'kind'],
      required: ['name'],
    });
  });

  test('is sent as it is where OpenAPI has no words for it', () => {
    for (const schema of [
      { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } },
      { type: ['string', 'number'] },
      { type: 'string', format: 'email' },
      { type: 'integer', enum: [1, 2] },
      { type: 'array', prefixItems: [{ type: 'string' }] },
      object({ a: object({}) }),
      object({}, { additionalProperties: { type: 'string' } }),
      { type: 'string', enum: ['a', null] },
      { oneOf: [{ type: 'string' }, { type: 'number' }] },
    ] as JsonObject[]) {
      expect([schema, openApiOf(schema)]).toEqual([schema, undefined]);
    }
  });

  test('loses the keywords that Gemini does not read, and says which', () => {
    const losses: Loss[] = [];
    const schema = object({
      a: { type: 'string', not: { const: 'x' } },
      b: { anyOf: [{ type: 'number', multipleOf: 2 }] },
    });
    expect(readableSchema(schema, 'p', losses)).toEqual(
      object({ a: { type: 'string' }, b: { anyOf: [{ type: 'number' }] } }),
    );
    expect(losses.map(({ field, outcome }) => [field, outcome])).toEqual([
      ['p.properties.a.not', 'dropped'],
      ['p.properties.b.anyOf.0.multipleOf', 'dropped'],
    ]);
  });
});

test('OpenAPI’s schema objects become JSON Schema, numbers in strings and all', () => {
  expect(
    jsonSchemaOf({
      type: 'OBJECT',
      property_ordering: ['b', 'a'],
      properties: {
        a: { type: 'STRING', nullable: true, enum: ['x'] },
        b: { type: 'ARRAY', items: { type: 'NUMBER' }, max_items: '3' },
      },
    }),
  ).toEqual({
    type: 'object',
    properties: {
      b: { type: 'array', items: { type: 'number' }, maxItems: 3 },
      a: { type: ['string', 'null'], enum: ['x', null] },
    },
  });
});

test('what goes to OpenAPI comes back the same', () => {
  const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.record({ type: fc.constantFrom('string', 'number', 'integer', 'boolean'), description: fc.string() }),
      fc.record({ type: fc.constant(['string', 'null']) }),
      fc.record({ type: fc.constant('string'), enum: fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }) }),
      fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(9) }),
      fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
      fc.record({
        type: fc.constant('object'),
        properties: fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('schema'), {
          minKeys: 1,
          maxKeys: 4,
          noNullPrototype: true,
        }),
      }),
    ) as fc.Arbitrary<JsonObject>,
  }));
  fc.assert(
    fc.property(schema, (given) => {
      expect(jsonSchemaOf(openApiOf(given)!)).toEqual(given);
    }),
    { numRuns: 300 },
  );
});
