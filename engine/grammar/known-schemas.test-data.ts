/** Random schemas of all that is supported, each with values that meet it, in the order in which its grammar writes them. */
import fc from 'fast-check';

type Schema = Readonly<Record<string, unknown>>;

export interface KnownSchema {
  readonly schema: Schema;
  readonly values: fc.Arbitrary<unknown>;
}

const names = ['a', 'b', 'ab', 'name', 'é', 'constructor', 'say "hi"', '', 'a\\b', '日本'];

const patterns: readonly (readonly [source: string, values: fc.Arbitrary<string>])[] = (
  [
    '^[a-z]{2,3}$',
    '^(ab|cd)+$',
    '^\\d{3}-\\d{4}$',
    'x+y',
    '^[^a-y]*$',
    '^\\p{Lu}\\w*$',
    '[é-ü]$',
    '^$',
    '.',
    '^a|b$',
  ] as const
).map((source) => [source, fc.stringMatching(new RegExp(source, 'u'))]);

const formatted: Readonly<Record<string, readonly string[]>> = {
  date: ['2024-02-29', '1999-12-31'],
  time: ['23:59:59Z', '00:00:00.123+05:30'],
  'date-time': ['2026-11-26T16:13:00Z'],
  uuid: ['123e4567-e89b-12d3-a456-426614174000'],
  email: ['ada.lovelace+1@mail.example.org'],
  ipv4: ['255.0.10.1'],
  ipv6: ['::', '2001:db8::1', '1:2:3:4:5:6:7:8'],
  uri: ['https://example.org:80/a/b?c=d#e', 'mailto:a@b.c'],
  hostname: ['a-b.example.org'],
  duration: ['P1Y2M3DT4H5M6S', 'PT1H', 'P3W'],
};

const strings: fc.Arbitrary<KnownSchema> = fc.oneof(
  fc.tuple(fc.nat(4), fc.nat(6)).map(([min, more]) => ({
    schema: { type: 'string', minLength: min, maxLength: min + more },
    values: fc.string({ unit: 'binary', minLength: min, maxLength: min + more }),
  })),
  fc.constantFrom(...patterns).map(([pattern, values]) => ({ schema: { type: 'string', pattern }, values })),
  fc.constantFrom(...Object.entries(formatted)).map(([format, values]) => ({
    schema: { type: 'string', format },
    values: fc.constantFrom(...values),
  })),
  fc.constant({ schema: { type: 'string' }, values: fc.string({ unit: 'binary' }) }),
);

const integers: fc.Arbitrary<KnownSchema> = fc
  .tuple(fc.maxSafeInteger(), fc.nat(1_000), fc.boolean())
  .map(([low, more, isOpen]) => {
    const high = Math.min(low + more, Number.MAX_SAFE_INTEGER);
    const schema = { type: 'integer', minimum: low, ...(isOpen ? {} : { maximum: high }) };
    return { schema, values: fc.integer({ min: low, max: high }) };
  });

/** Neither so large nor so small that a number within these bounds needs an exponent. */
const bound = fc.oneof(
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 })
    .map((value) => (Math.abs(value) < 1e-5 ? 0 : value)),
  fc.integer({ min: -20, max: 20 }),
);

const numbers: fc.Arbitrary<KnownSchema> = fc
  .tuple(bound, bound, fc.constantFrom('closed', 'open', 'from', 'to', 'any'))
  .map(([one, other, kind]) => {
    // JSON has no negative zero that `JSON.stringify` would write.
    const low = Math.min(one, other) + 0;
    const high = Math.max(one, other) + 0;
    const inside = low + (high - low) / 2 + 0;
    if (kind === 'from')
      return { schema: { type: 'number', minimum: low }, values: fc.constantFrom(low, inside, high) };
    if (kind === 'to') return { schema: { type: 'number', maximum: high }, values: fc.constantFrom(low, inside, high) };
    if (kind === 'any')
      return { schema: { type: 'number' }, values: fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e307 }) };
    if (kind === 'closed')
      return { schema: { type: 'number', minimum: low, maximum: high }, values: fc.constantFrom(low, inside, high) };
    const schema = { type: 'number', exclusiveMinimum: low, exclusiveMaximum: high };
    return { schema, values: fc.constant(inside) };
  })
  .filter(({ schema }) => !('exclusiveMinimum' in schema) || schema.exclusiveMinimum! < schema.exclusiveMaximum!)
  .filter(({ schema, values }) => fc.sample(values, 1)[0] !== (schema as Schema).exclusiveMaximum);

const others: fc.Arbitrary<KnownSchema> = fc.oneof(
  fc.constant({ schema: { type: 'boolean' }, values: fc.boolean() }),
  fc.constant({ schema: { type: 'null' }, values: fc.constant(null) }),
  fc
    .array(fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant([1, { a: [] }])), {
      minLength: 1,
      maxLength: 5,
    })
    .map((list) => ({
      schema: { enum: list },
      values: fc.constantFrom(...list),
    })),
  fc
    .jsonValue({ maxDepth: 2 })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
    .map((value) => ({ schema: { const: value }, values: fc.constant(value) })),
  fc.constant({ schema: { type: ['string', 'null'], minLength: 1 }, values: fc.constantFrom('x', null) }),
  fc.constant({ schema: { type: 'integer', nullable: true }, values: fc.constantFrom(-5, null) }),
  fc.constant({
    schema: {},
    values: fc
      .jsonValue({ maxDepth: 2, noUnicodeString: false })
      .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  }),
);

/** Trees that refer to themselves. */
const tree: KnownSchema = {
  schema: {
    $ref: '#/$defs/tree',
    $defs: {
      tree: {
        type: 'object',
        properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
        required: ['value', 'children'],
        additionalProperties: false,
      },
    },
  },
  values: fc.constantFrom({ value: 1, children: [] }, { value: 2, children: [{ value: -3, children: [] }] }),
};

function arrays(node: fc.Arbitrary<KnownSchema>): fc.Arbitrary<KnownSchema> {
  return fc.oneof(
    fc.tuple(node, fc.nat(2), fc.nat(3)).map(([item, min, more]) => ({
      schema: { type: 'array', items: item.schema, minItems: min, maxItems: min + more },
      values: fc.array(item.values, { minLength: min, maxLength: min + more }),
    })),
    fc.tuple(node, node, fc.boolean()).map(([first, second, isOpen]) => ({
      schema: {
        type: 'array',
        prefixItems: [first.schema, second.schema],
        minItems: 2,
        items: isOpen ? first.schema : false,
      },
      values: fc
        .tuple(first.values, second.values)
        .chain((pair) => (isOpen ? first.values.map((more) => [...pair, more]) : fc.constant(pair))),
    })),
  );
}

interface Property {
  readonly name: string;
  readonly known: KnownSchema;
  readonly isRequired: boolean;
}

function objects(node: fc.Arbitrary<KnownSchema>): fc.Arbitrary<KnownSchema> {
  const property: fc.Arbitrary<Property> = fc.record({
    name: fc.constantFrom(...names),
    known: node,
    isRequired: fc.boolean(),
  });
  return fc
    .tuple(
      fc.uniqueArray(property, { selector: ({ name }) => name, maxLength: 4 }),
      fc.option(fc.oneof(node, fc.constantFrom(true, false)), { nil: undefined }),
    )
    .map(([properties, additional]) => {
      const more =
        typeof additional === 'object' ? { schema: additional.schema, values: additional.values } : undefined;
      const isOpen = more !== undefined || additional === true;
      const schema = {
        type: 'object',
        properties: Object.fromEntries(properties.map(({ name, known }) => [name, known.schema])),
        required: properties.filter(({ isRequired }) => isRequired).map(({ name }) => name),
        ...(additional === undefined ? {} : { additionalProperties: more ? more.schema : additional }),
      };
      return {
        schema,
        values: membersOf(properties, isOpen ? (more?.values ?? fc.jsonValue({ maxDepth: 1 })) : undefined),
      };
    });
}

function membersOf(properties: readonly Property[], more: fc.Arbitrary<unknown> | undefined): fc.Arbitrary<unknown> {
  const listed = properties.map(({ name, known, isRequired }) =>
    fc.tuple(fc.constant(name), isRequired ? known.values : fc.option(known.values, { nil: undefined })),
  );
  const others = more
    ? fc.array(fc.tuple(fc.string({ unit: 'binary', minLength: 5, maxLength: 9 }), more), { maxLength: 2 })
    : fc.constant([]);
  return (
    fc
      .tuple(fc.tuple(...listed), others)
      // Names that look like numbers would come first.
      .map(([own, extra]) =>
        Object.fromEntries([
          ...own.filter(([, value]) => value !== undefined),
          ...extra.map(([name, value]) => [`-${name}`, value] as const),
        ]),
      )
  );
}

function combined(node: fc.Arbitrary<KnownSchema>): fc.Arbitrary<KnownSchema> {
  return fc.oneof(
    fc.array(node, { minLength: 1, maxLength: 3 }).map((parts) => ({
      schema: { anyOf: parts.map(({ schema }) => schema) },
      values: fc.oneof(...parts.map(({ values }) => values)),
    })),
    node.map((part) => ({ schema: { allOf: [part.schema, { title: 'both' }] }, values: part.values })),
    fc.tuple(node, node).map(([one, other]) => ({
      schema: {
        oneOf: [one, other].map(({ schema }, index) => ({
          type: 'object',
          properties: { kind: { const: index }, value: schema },
          required: ['kind', 'value'],
        })),
      },
      values: fc.oneof(
        one.values.map((value) => ({ kind: 0, value })),
        other.values.map((value) => ({ kind: 1, value })),
      ),
    })),
    fc.tuple(node, node).map(([one, other]) => ({
      schema: {
        allOf: [
          { type: 'object', properties: { a: one.schema }, required: ['a'] },
          { properties: { b: other.schema }, required: ['b'] },
        ],
      },
      values: fc.record({ a: one.values, b: other.values }),
    })),
  );
}

export const knownSchemas: fc.Arbitrary<KnownSchema> = fc.letrec<{ node: KnownSchema }>((tie) => {
  const inner = tie('node');
  return {
    node: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.oneof(strings, integers, numbers, others),
      arrays(inner),
      objects(inner),
      combined(inner),
    ),
  };
}).node;

export const treeSchema = tree;
