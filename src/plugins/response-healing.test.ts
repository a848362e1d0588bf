import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { fitSchema } from './response-healing/fit-schema.ts';
import { healJson } from './response-healing/heal-json.ts';

function healed(text: string): unknown {
  const healing = healJson(text);
  return healing.outcome === 'left' ? 'left' : healing.value;
}

test('what models do to JSON is undone', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['```json\n{"a":1}\n```', { a: 1 }],
    ['```\n{"a": 1\n```', { a: 1 }],
    ['Sure! Here it is:\n{"a": 1,}\nHope it helps.', { a: 1 }],
    ["{'a': 'it\\'s', b: True, c: None, d: False}", { a: "it's", b: true, c: null, d: false }],
    ['{"a":[1,2', { a: [1, 2] }],
    ['{"a": 1 "b": 2}', { a: 1, b: 2 }],
    ['{"a": "line\nbreak"}', { a: 'line\nbreak' }],
    ['{“a”: “b”}', { a: 'b' }],
    ['{"a":1 // first\n}', { a: 1 }],
    ['{"a":1}]', { a: 1 }],
    ['It\'s [as asked] {"a": 1}', { a: 1 }],
    ['The set {a, b} is {"x": 1}', { x: 1 }],
    ['{"s":"don\'t"}\nThat\'s all', { s: "don't" }],
  ];
  for (const [text, value] of cases) expect([text, healed(text)]).toEqual([text, value]);
});

test('what would have to be invented is left alone', () => {
  for (const text of [
    '',
    'no JSON here',
    '{"a": "cut off in a wor',
    '{"a":}',
    '{"a":1,"b":',
    "{x: 'it's'}",
    '"a word"x',
  ])
    expect([text, healed(text)]).toEqual([text, 'left']);
});

test('digits beyond a double stay as they were written', () => {
  expect(healJson('{"n": 12345678901234567890,}')).toMatchObject({ text: '{"n": 12345678901234567890}' });
});

test('among several pieces of JSON the one that fits is taken', () => {
  const judge = (value: unknown) => fitSchema(value, { type: 'object', required: ['b'] }) === 'fits';
  expect(healJson('First {"a":1}, then {"b":2}.', judge)).toMatchObject({ outcome: 'healed', value: { b: 2 } });
  expect(healJson('Only {"a":1}.', judge).outcome).toBe('left');
});

test('valid JSON is left byte for byte, and mending twice is mending once', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(healJson(text).outcome).toBe('valid');
    }),
  );
  const broken = fc
    .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom('fence', 'comma', 'prose', 'open'))
    .map(([value, how]) => {
      const text = JSON.stringify(value);
      if (how === 'fence') return `\`\`\`json\n${text}\n\`\`\``;
      if (how === 'comma') return text.length > 2 ? `${text.slice(0, -1)},}` : text;
      return how === 'prose' ? `Here:\n${text}\nDone.` : text.slice(0, -1);
    });
  fc.assert(
    fc.property(broken, (text) => {
      const healing = healJson(text);
      if (healing.outcome === 'healed')
        expect(healJson(healing.text)).toEqual({ outcome: 'valid', value: healing.value });
    }),
  );
});

test('an object in a fence or between words comes out as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify(value);
      for (const around of [`\`\`\`json\n${text}\n\`\`\``, `Here it is: ${text}\nDone.`]) {
        // A fence inside one of its strings ends the fence for every reader.
        if (text.includes('```')) continue;
        expect(healed(around)).toEqual(JSON.parse(text));
      }
    }),
  );
});

test('nothing that a model writes makes mending throw or hang', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void healJson(text)));
  const letters = fc.constantFrom('{', '}', '[', ']', '"', "'", ',', ':', 'a', '1', '\\', '`', '\n', ' ');
  fc.assert(fc.property(fc.array(letters, { maxLength: 60 }), (text) => void healJson(text.join(''))));
  for (const text of ['{'.repeat(100_000), '{"'.repeat(50_000), '[{'.repeat(50_000)]) expect(healed(text)).toBe('left');
});

test('a schema that leads nowhere claims nothing, and its regular expressions are not run', () => {
  expect(fitSchema({ a: 1 }, { $ref: '#/$defs/none' })).toBe('unknown');
  expect(fitSchema({ a: 1 }, { $ref: '#' })).toBe('unknown');
  const hostile = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
  expect(fitSchema({ a: `${'a'.repeat(60)}!` }, hostile)).toBe('fits');
  expect(fitSchema({ a: 1 }, hostile)).toBe('misfit');
});
