import { describe, expect, test } from 'bun:test';
import { compileSchema } from './compile-schema.ts';
import type { Language } from './language.ts';
import { SchemaError } from './schema-error.ts';

function refusal(schema: unknown): {
  readonly path: string;
  readonly keyword: string | undefined;
  readonly message: string;
} {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof SchemaError) return error;
    throw error;
  }
  throw new Error('not refused');
}

function takes(schema: unknown, text: string): boolean {
  let language: Language = compileSchema(schema).start;
  for (const byte of new TextEncoder().encode(text)) language = language.after(byte);
  return language.isComplete;
}

const refused: Readonly<Record<string, readonly [schema: unknown, path: string, keyword: string | undefined]>> = {
  'a negation': [{ not: { type: 'string' } }, '', 'not'],
  'a condition': [{ if: { type: 'string' } }, '', 'if'],
  'a misspelled keyword': [{ type: 'string', maxlength: 3 }, '', 'maxlength'],
  'a keyword that only the inner schema has': [
    { type: 'object', properties: { 'a/b': { type: 'array', items: { contains: 1 } } } },
    '/properties/a~1b/items',
    'contains',
  ],
  'numbers that are multiples': [{ type: 'number', multipleOf: 0.01 }, '', 'multipleOf'],
  'items that differ': [{ type: 'array', uniqueItems: true }, '', 'uniqueItems'],
  'a back reference': [{ type: 'string', pattern: '(a)\\1' }, '', 'pattern'],
  'a look ahead in the middle': [{ type: 'string', pattern: 'a(?=b)' }, '', 'pattern'],
  'a border of words': [{ type: 'string', pattern: '\\bword' }, '', 'pattern'],
  'a pattern that is none': [{ type: 'string', pattern: '(' }, '', 'pattern'],
  'a pattern that nothing matches': [{ type: 'string', pattern: 'a^' }, '', 'pattern'],
  'a format that is not known': [{ type: 'string', format: 'regex' }, '', 'format'],
  'a format of a prototype': [{ type: 'string', format: 'constructor' }, '', 'format'],
  'a remote reference': [{ $ref: 'https://example.com/schema' }, '', '$ref'],
  'a reference to nowhere': [{ properties: { a: { $ref: '#/$defs/x' } } }, '/properties/a', '$ref'],
  'a reference to a prototype': [{ $ref: '#/constructor' }, '', '$ref'],
  'a reference that is badly encoded': [{ $ref: '#/%' }, '', '$ref'],
  'a reference to itself': [{ $ref: '#' }, '', '$ref'],
  'references in a circle': [
    { anyOf: [{ $ref: '#/$defs/a' }], $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } } },
    '/$defs/a',
    '$ref',
  ],
  'alternatives that could both hold': [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, '', 'oneOf'],
  'no alternative': [{ anyOf: [] }, '', 'anyOf'],
  'no type': [{ type: [] }, '', 'type'],
  'a type that is none': [{ type: 'text' }, '', 'type'],
  'a schema that is a text': [{ properties: { a: 'string' } }, '/properties/a', undefined],
  'bounds in the wrong order': [{ type: 'string', minLength: 5, maxLength: 2 }, '', 'maxLength'],
  'a bound that is a text': [{ type: 'integer', minimum: '3' }, '', 'minimum'],
  'a bound of an older draft': [{ type: 'integer', minimum: 3, exclusiveMinimum: true }, '', 'exclusiveMinimum'],
  'bounds without a number': [{ type: 'integer', minimum: 2, exclusiveMaximum: 2 }, '', 'minimum'],
  'more items than there is room for': [{ type: 'array', minItems: 1_000_000 }, '', 'minItems'],
  'a list of schemas for items': [{ type: 'array', items: [{}] }, '', 'items'],
  'more members than are required': [{ type: 'object', minProperties: 3 }, '', 'minProperties'],
  'fewer members than are listed': [{ properties: { a: {}, b: {} }, maxProperties: 1 }, '', 'maxProperties'],
  'a required property that may not be there': [
    { type: 'object', required: ['x'], additionalProperties: false },
    '',
    undefined,
  ],
  'two schemas of different types': [{ allOf: [{ type: 'string' }, { type: 'number' }] }, '', undefined],
  'a value that holds itself without end': [
    { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] },
    '',
    undefined,
  ],
};

for (const [name, [schema, path, keyword]] of Object.entries(refused)) {
  test(`refused, with the place and the keyword: ${name}`, () => {
    const error = refusal(schema);
    expect([error.path, error.keyword]).toEqual([path, keyword]);
    if (keyword) expect(error.message).toContain(keyword);
  });
}

describe('kept, though it looks like what is refused', () => {
  const kept: Readonly<Record<string, readonly [schema: unknown, yes: string, no: string]>> = {
    'a keyword of a type that is not asked for': [{ type: 'string', multipleOf: 3 }, '"a"', '3'],
    'alternatives that a property tells apart': [
      {
        oneOf: [
          { type: 'object', properties: { kind: { const: 'a' }, next: { $ref: '#' } }, required: ['kind'] },
          { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
        ],
      },
      '{"kind":"a","next":{"kind":"b"}}',
      '{"kind":"b","next":{"kind":"a"}}',
    ],
    'alternatives of which each closes the other out': [
      {
        oneOf: [
          { properties: { a: {} }, required: ['a'], additionalProperties: false, type: 'object' },
          { properties: { b: {} }, required: ['b'], additionalProperties: false, type: 'object' },
        ],
      },
      '{"b":1}',
      '{"a":1,"b":1}',
    ],
    'a look ahead at the beginning': [{ type: 'string', pattern: '^(?=.*\\d)(?!0)\\w{3,}$' }, '"ab1"', '"abc"'],
    'the pattern of zod for an e-mail address': [
      {
        type: 'string',
        format: 'email',
        pattern:
          "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
      },
      '"a.b@example.org"',
      '"a..b@example.org"',
    ],
    'names that are the words of prototypes': [
      JSON.parse(
        '{"type":"object","properties":{"__proto__":{"const":1}},"required":["__proto__"],"additionalProperties":false}',
      ),
      '{"__proto__":1}',
      '{"constructor":1}',
    ],
    'other names than the listed ones': [
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'integer' } },
      '{"a":"x","ab":1,"":2}',
      '{"b":1,"a":2}',
    ],
    'names by their patterns': [
      {
        type: 'object',
        patternProperties: { '^x-': { type: 'integer' }, a$: { minimum: 5 } },
        additionalProperties: false,
      },
      '{"x-1":3,"x-a":5,"a":"any"}',
      '{"x-a":4}',
    ],
    'names by a schema': [
      { type: 'object', propertyNames: { enum: ['a', 'b'] }, additionalProperties: { type: 'null' }, required: ['b'] },
      '{"b":null,"a":null}',
      '{"b":null,"c":null}',
    ],
    'a counted map': [
      { type: 'object', additionalProperties: true, minProperties: 1, maxProperties: 2 },
      '{"a":1,"b":2}',
      '{"a":1,"b":2,"c":3}',
    ],
    'integers in a wide range': [{ type: 'integer', minimum: -1234, maximum: 98765 }, '-1234', '98766'],
    'numbers with a border that is not theirs': [{ type: 'number', exclusiveMinimum: 0, maximum: 0.3 }, '0.299', '0.0'],
  };
  for (const [name, [schema, yes, no]] of Object.entries(kept)) {
    test(name, () => {
      expect([takes(schema, yes), takes(schema, no)]).toEqual([true, false]);
    });
  }
});

describe('hostile schemas end in a word, soon', () => {
  const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
    let schema: unknown = {};
    for (let level = 0; level < depth; level++) schema = wrap(schema);
    return schema;
  };
  const doubling: Record<string, unknown> = { d0: { enum: ['a', 'b'] } };
  for (let level = 1; level < 40; level++) {
    const inner = { $ref: `#/$defs/d${level - 1}` };
    doubling[`d${level}`] = { anyOf: [{ allOf: [inner, { title: 'a' }] }, { allOf: [inner, { minLength: level }] }] };
  }
  const hostile: Readonly<Record<string, unknown>> = {
    'lists in lists': nested(20_000, (items) => ({ type: 'array', items, minItems: 1 })),
    'members in members': nested(20_000, (a) => ({ properties: { a }, required: ['a'] })),
    'combined schemas in combined ones': nested(10_000, (inner) => ({ allOf: [inner] })),
    'alternatives that double 40 times': { $ref: '#/$defs/d39', $defs: doubling },
    'alternatives that multiply': {
      allOf: Array.from({ length: 12 }, (_, index) => ({
        anyOf: [{ properties: { [`a${index}`]: {} } }, { properties: { [`b${index}`]: {} } }],
      })),
    },
    'a million values': { enum: Array.from({ length: 1_000_000 }, (_, index) => index) },
    'one very long value': { const: 'x'.repeat(1_000_000) },
    'a value in 10,000 lists': { const: nested(10_000, (inner) => [inner]) },
    'a pattern of repeats in repeats': { type: 'string', pattern: '^((a{1,100}){1,100}){1,100}$' },
    'a pattern that counts to a billion': { type: 'string', pattern: '(){1000000000}' },
    'a pattern whose automaton doubles': { type: 'string', pattern: `^(a|b)*a${'(a|b)'.repeat(40)}$` },
    'many heavy patterns': {
      type: 'object',
      properties: Object.fromEntries(
        Array.from({ length: 500 }, (_, index) => [
          `p${index}`,
          { type: 'string', pattern: `^(a|b)*a(a|b){9}${index}$` },
        ]),
      ),
    },
    'many lists of values': {
      anyOf: Array.from({ length: 200 }, (_, index) => ({ const: Array(20_000).fill(index) })),
    },
    'a million properties': {
      properties: Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [`p${index}`, true])),
    },
    'a hundred thousand schemas that all hold': {
      allOf: Array.from({ length: 100_000 }, (_, index) => ({ properties: { [`a${index}`]: true } })),
    },
    'thousands of lists of required properties that all hold': {
      allOf: Array.from({ length: 2_000 }, (_, index) => ({
        required: Array.from({ length: 300 }, (_, name) => `${index} ${name}`),
      })),
    },
    'names of properties as long as books': {
      properties: Object.fromEntries(
        Array.from({ length: 2_500 }, (_, index) => [`${index}${'x'.repeat(2_000)}`, true]),
      ),
      additionalProperties: true,
    },
    'thousands of patterns for names': {
      patternProperties: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`^x${index}`, true])),
    },
    'a hundred alternatives that must differ': {
      oneOf: Array.from({ length: 1_000 }, (_, index) => ({
        properties: { [`a${index}`]: {} },
        required: [`a${index}`],
      })),
    },
  };
  for (const [name, schema] of Object.entries(hostile)) {
    test(name, () => {
      const start = performance.now();
      expect(refusal(schema).message.length).toBeLessThan(600);
      expect(performance.now() - start).toBeLessThan(5_000);
    });
  }

  test('large, but honest ones are kept', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `property ${index}`);
    const wide = {
      properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
      required: names,
      type: 'object',
    };
    expect(takes(wide, JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))))).toBe(true);
    const values = Array.from({ length: 5_000 }, (_, index) => `value ${index}`);
    expect([takes({ enum: values }, '"value 4999"'), takes({ enum: values }, '"value 5000"')]).toEqual([true, false]);
    const long = ['x'.repeat(150_000)];
    expect(takes({ const: long }, JSON.stringify(long))).toBe(true);
    const deep = nested(500, (items) => ({ type: 'array', items }));
    expect(takes(deep, `${'['.repeat(500)}${']'.repeat(500)}`)).toBe(true);
  });
});
