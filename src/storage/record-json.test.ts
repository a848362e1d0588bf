import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { makeRecord } from '../../test/support/generation-records.ts';
import { fromExactJson, recordFromJson, recordToJson, toExactJson } from './record-json.ts';

test('a record survives its line exactly, bigints and hostile text too', () => {
  const record = makeRecord('gen-1', {
    chargedPico: 9_223_372_036_854_775_807n,
    userAgent: '#12 \0 \ud800 "\n',
    externalUser: '#',
    sessionId: '##5',
    app: { title: '__proto__', categories: ['#1', ''] },
  });
  expect(recordFromJson(recordToJson(record))).toEqual(record);
  expect(recordToJson(record)).not.toContain('\n');
});

test('any value made of what records are made of is read back as it was', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('#', '##', '#1', '#-1', '##1'),
      fc.bigInt(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  }));
  fc.assert(fc.property(value, (before) => expect(fromExactJson(toExactJson(before))).toEqual(before)));
});

test('what is no record is refused', () => {
  expect(() => recordFromJson('{}')).toThrow();
  expect(() => recordFromJson('{"id":"gen-1"')).toThrow();
  const withPlainNumber = recordToJson(makeRecord('gen-1')).replace('"chargedPico":"#1200"', '"chargedPico":1200');
  expect(() => recordFromJson(withPlainNumber)).toThrow();
});
