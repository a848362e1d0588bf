import { expect, test } from 'bun:test';
import Ajv2020 from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { tokensOfMask } from '../sampling/token-mask.ts';
import { compileSchema } from './compile-schema.ts';
import { GrammarConstraint } from './grammar-constraint.ts';
import { knownSchemas, treeSchema } from './known-schemas.test-data.ts';
import type { Language } from './language.ts';
import { SchemaError } from './schema-error.ts';
import { TokenMasks } from './token-masks.ts';
import { toySets, toyVocabulary } from './toy-vocabulary.test-data.ts';

const encoder = new TextEncoder();
const ajv = new Ajv2020({
  strict: false,
  ownProperties: true,
  formats: {
    date: isDate,
    time: /^\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
    'date-time': (text: string) => isDate(text.slice(0, 10)) && text[10] === 'T' && !Number.isNaN(Date.parse(text)),
    uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
    email: /^[^\s@]+@[^\s@]+\.[a-z]+$/i,
    ipv4: (text: string) =>
      text.split('.').length === 4 && text.split('.').every((part) => Number(part) < 256 && `${Number(part)}` === part),
    ipv6: (text: string) => URL.canParse(`http://[${text}]/`),
    uri: (text: string) => URL.canParse(text) || /^[a-z][a-z\d+.-]*:/i.test(text),
    hostname: (text: string) =>
      text.length > 0 && text.split('.').every((part) => /^[a-z\d]/i.test(part) && part.length < 64),
    duration: /^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/,
  },
});

function isDate(text: string): boolean {
  return new Date(text).toJSON()?.slice(0, 10) === text;
}

function compile(schema: unknown) {
  const { languages, start } = compileSchema(schema);
  const follow = (text: string): Language => {
    let language = start;
    for (const byte of encoder.encode(text)) language = language.after(byte);
    return language;
  };
  return {
    start,
    takes: (text: string) => follow(text).isComplete,
    constraint: (tokensMax: number) =>
      new GrammarConstraint(
        { masks: new TokenMasks(languages, toySets), vocabulary: toyVocabulary, start, none: languages.none },
        { tokensMax },
      ),
  };
}

/** Writes at random what is allowed; the end comes where it is chosen or when nothing else may follow. */
function write(schema: unknown, tokensMax: number, choose: (count: number) => number): string | undefined {
  const grammar = compile(schema);
  const constraint = grammar.constraint(tokensMax);
  const written: number[] = [];
  for (let step = 0; step <= tokensMax; step++) {
    const allowed = tokensOfMask(constraint.allowed(), toyVocabulary.size);
    expect(allowed).not.toBeEmpty();
    const token = allowed[choose(allowed.length)]!;
    constraint.accept(token);
    if (token === 0) return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(written));
    written.push(...toyVocabulary.bytes[token]!);
  }
  expect(grammar.start.bytesMin).toBeGreaterThan(tokensMax - 1);
  return undefined;
}

test('whatever is written under a schema is JSON that meets it, and ends before the room does', () => {
  let ended = 0;
  fc.assert(
    fc.property(
      fc.oneof(knownSchemas, fc.constant(treeSchema)),
      fc.integer({ min: 8, max: 120 }),
      fc.gen(),
      ({ schema }, room, g) => {
        const text = write(schema, room, (count) => g(fc.nat, count - 1));
        if (text === undefined) return;
        ended++;
        const value: unknown = JSON.parse(text);
        expect([ajv.validate(schema, value), ajv.errorsText(), text]).toEqual([true, 'No errors', text]);
      },
    ),
    { numRuns: 200 },
  );
  expect(ended).toBeGreaterThan(100);
}, 60_000);

test('a value that meets the schema can be written as JSON.stringify writes it, in any usual spacing', () => {
  fc.assert(
    fc.property(
      fc
        .oneof(knownSchemas, fc.constant(treeSchema))
        .chain(({ schema, values }) => fc.tuple(fc.constant(schema), values)),
      fc.constantFrom(undefined, 1, 2, 4),
      ([schema, value], indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect([ajv.validate(schema, value), compile(schema).takes(text), text]).toEqual([true, true, text]);
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

test('a value that does not meet the schema cannot be written', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      knownSchemas,
      knownSchemas.chain(({ values }) => values),
      ({ schema }, value) => {
        if (ajv.validate(schema, value)) return;
        refused++;
        expect([compile(schema).takes(JSON.stringify(value)), value]).toEqual([false, value]);
      },
    ),
    { numRuns: 200 },
  );
  expect(refused).toBeGreaterThan(100);
}, 60_000);

test('a schema that no value meets is refused', () => {
  for (const schema of [false, { enum: [1], type: 'string' }, { type: 'array', items: false, minItems: 1 }]) {
    expect(() => compileSchema(schema)).toThrow(SchemaError);
  }
});
