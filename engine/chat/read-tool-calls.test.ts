import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { type ToolCallEvent, ToolCallReader } from './read-tool-calls.ts';

const names = new Set(['get_weather', 'get_time', 'files.read', 'f']);

function read(
  pieces: readonly string[],
  callsMax = Number.POSITIVE_INFINITY,
  takes = (_: unknown) => true,
): readonly ToolCallEvent[] {
  const reader = new ToolCallReader({ tools: { names, takes }, callsMax });
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

/** Calls as pairs of name and arguments, and text as text. */
function summary(events: readonly ToolCallEvent[]): readonly unknown[] {
  const told: unknown[] = [];
  for (const event of events) {
    if (event.type === 'tool-call') told.push([event.call.name, JSON.parse(event.call.argumentsJson)]);
    else if (typeof told.at(-1) === 'string') told.push(`${told.pop()}${event.text}`);
    else told.push(event.text);
  }
  return told;
}

const calls: Readonly<Record<string, readonly [text: string, told: readonly unknown[]]>> = {
  'one in Python': ['[get_weather(city="Paris", days=3)]', [['get_weather', { city: 'Paris', days: 3 }]]],
  'several in Python': [
    "[get_weather(city='San Francisco'), get_time(), ]",
    [
      ['get_weather', { city: 'San Francisco' }],
      ['get_time', {}],
    ],
  ],
  'all kinds of values in Python': [
    '[f(a=True, b=None, c=[1, -2.5, .5, 1_000, 6.02e23], d={"k": [{}], \'l\': (1, 2), 3: "x"}, e=(7), g=(7,), h=false)]',
    [
      [
        'f',
        {
          a: true,
          b: null,
          c: [1, -2.5, 0.5, 1000, 6.02e23],
          d: { k: [{}], l: [1, 2], '3': 'x' },
          e: 7,
          g: [7],
          h: false,
        },
      ],
    ],
  ],
  'escapes and quotes in Python': [
    `[f(a='it\\'s "so"', b="\\x41\\u00e9\\U0001F600\\101\\n", c="""three "quotes" here""", d='', e='\\d', g='a)]')]`,
    [['f', { a: `it's "so"`, b: 'Aé😀A\n', c: 'three "quotes" here', d: '', e: '\\d', g: 'a)]' }]],
  ],
  'a name with a dot': ['[files.read(path="a")]', [['files.read', { path: 'a' }]]],
  'one in JSON': ['{"name": "get_weather", "parameters": {"city": "Paris"}}', [['get_weather', { city: 'Paris' }]]],
  'arguments under another name, and other keys': [
    '{"type": "function", "id": "1", "arguments": {"a": [1, {"b": "}"}]}, "name": "f"}',
    [['f', { a: [1, { b: '}' }] }]],
  ],
  'arguments as a text': ['{"name":"f","arguments":"{\\"a\\":1}"}', [['f', { a: 1 }]]],
  'a call as it stands in requests': ['{"type":"function","function":{"name":"f","arguments":"{}"}}', [['f', {}]]],
  'a function without arguments': ['{"type": "function", "name": "get_time"}', [['get_time', {}]]],
  'no arguments': ['{"name": "get_time", "parameters": null}', [['get_time', {}]]],
  'several in JSON, apart': [
    '{"name":"f","parameters":{}}; {"name":"get_time","parameters":{}}\n{"name":"f","parameters":{"x":1}}\n',
    [
      ['f', {}],
      ['get_time', {}],
      ['f', { x: 1 }],
    ],
  ],
  'a list in JSON': [
    '[{"name": "f", "parameters": {}}, {"name": "f", "parameters": {"a": 1}}]',
    [
      ['f', {}],
      ['f', { a: 1 }],
    ],
  ],
  'tags around it': ['<|python_start|>[f(a=1)]<|python_end|>', [['f', { a: 1 }]]],
  'tags around several': [
    '<|python_start|>{"name":"f","parameters":{}}<|python_end|>\n<|python_start|>[f()]<|python_end|> ',
    [
      ['f', {}],
      ['f', {}],
    ],
  ],
  'space before it': ['\n\n  [f()]\n', [['f', {}]]],
  'text before it': ['Let me look:\n[f(a=1)]', ['Let me look:\n', ['f', { a: 1 }]]],
  'text behind it': ['[f()]\n\nThat was it [1].', [['f', {}], '\n\nThat was it [1].']],
  'text between two': ['[f()] and [f(a=1)]', [['f', {}], ' and ', ['f', { a: 1 }]]],
  'a lone surrogate': ['[f(a="\\ud800")]', [['f', { a: '\ufffd' }]]],
};

describe('a call is read', () => {
  for (const [name, [text, told]] of Object.entries(calls)) {
    test(name, () => {
      expect(summary(read([text]))).toEqual(told as unknown[]);
      expect(summary(read([...text]))).toEqual(told as unknown[]);
    });
  }
});

const texts: Readonly<Record<string, string>> = {
  'a function that was not offered': '[send_mail(to="x")]',
  'such a function in JSON': '{"name": "send_mail", "parameters": {}}',
  'a call within a call of such a function': '[send_mail(then=[f()])]',
  'a call within other data': '{"plan": [{"name": "f", "parameters": {}}]}',
  'a call within a call that is none': '{"name": "send_mail", "parameters": {"then": {"name": "f", "parameters": {}}}}',
  'a record that happens to have a name': '{"name": "f", "age": 3}',
  'a record with a name only': '{"name": "f"}',
  'a list of numbers': 'See [1], [2, 3] and [[4]].',
  'a link': '[get the docs](https://example.org)',
  'a call without brackets': 'get_weather(city="Paris")',
  'arguments without a name': '[get_weather("Paris")]',
  'an argument twice': '[f(a=1, a=2)]',
  'an expression': '[f(a=1 + 2)]',
  'a variable': '[f(a=city)]',
  'a number that is none': '[f(a=012)]',
  'a call that is not finished': '[get_weather(city="Par',
  'JSON that is not finished': '{"name": "get_weather", "parameters": {"city": "Par',
  'a list that is not finished': '[f(a=1), f(',
  'broken JSON': '{"name": "f", "parameters": {"a": 01}}',
  'JSON with a comma too many': '{"name": "f", "parameters": {"a": 1,}}',
  'arguments that are a list': '{"name": "f", "parameters": [1]}',
  'arguments twice': '{"name": "f", "parameters": {}, "arguments": {}}',
  'another type': '{"type": "object", "name": "f", "parameters": {}}',
  'only the tag': '<|python_start|>print(1)<|python_end|>',
  'less than': 'a < b and b > c',
  'an empty list and an empty object': '[] {}',
  'nothing but space': ' \n ',
  'deep nesting': `{"name": "f", "parameters": ${'{"a":'.repeat(100)}1${'}'.repeat(101)}`,
  'names of prototypes': '[constructor()] {"__proto__": 1} [f(a=constructor)]',
};

describe('what only looks like a call stays text', () => {
  for (const [name, text] of Object.entries(texts)) {
    test(name, () => {
      expect(summary(read([text]))).toEqual([text]);
      expect(summary(read([...text]))).toEqual([text]);
    });
  }
});

test('brackets that are never closed hide no call behind an empty line', () => {
  expect(summary(read(['see [note\n\n[f()]']))).toEqual(['see [note\n\n', ['f', {}]]);
});

test('a call whose arguments the function does not take stays text', () => {
  const takes = (call: unknown) => (call as { argumentsJson: string }).argumentsJson !== '{"a": 1}';
  const text = '{"name":"f","parameters":{"a": 1}}';
  expect(summary(read([text], 9, takes))).toEqual([text]);
  expect(summary(read(['[f(a=2)]'], 9, takes))).toEqual([['f', { a: 2 }]]);
});

test('where one call is wanted, the answer ends with it', () => {
  const reader = new ToolCallReader({ tools: { names, takes: () => true }, callsMax: 1 });
  expect(summary(reader.push('Well: [f(a=1), '))).toEqual(['Well: ', ['f', { a: 1 }]]);
  expect(reader.isDone).toBe(true);
  expect([...reader.push('f(a=2)] more'), ...reader.end()]).toEqual([]);
});

const snippet = fc.oneof(
  fc.constantFrom(...Object.values(calls).map(([text]) => text), ...Object.values(texts)),
  fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '<|python_start|>',
    '<|python_end|>',
    '; ',
    '\n',
    ' ',
    '(',
    ')',
    '{"name": "f", ',
    '[f(',
    'a=',
  ),
  fc.string({ maxLength: 5 }),
);
const answers = fc.array(snippet, { maxLength: 6 }).map((parts) => parts.join(''));

test('however the text is cut, the same is told, and the ends add up', () => {
  let callCount = 0;
  fc.assert(
    fc.property(answers, fc.array(fc.integer({ min: 1, max: 9 })), (text, lengths) => {
      const pieces: string[] = [];
      for (let start = 0, index = 0; start < text.length; start += pieces.at(-1)!.length, index++) {
        pieces.push(text.slice(start, start + (lengths[index] ?? 3)));
      }
      const whole = read([text]);
      const cut = read(pieces);
      callCount += whole.filter(({ type }) => type === 'tool-call').length;
      expect(summary(cut)).toEqual(summary(whole) as unknown[]);
      for (const events of [whole, cut]) {
        const ends = events.map(({ end }) => end);
        expect(ends).toEqual(ends.toSorted((one, other) => one - other));
        for (const event of events) if (event.type === 'text') expect(text.slice(0, event.end)).toEndWith(event.text);
        if (events.every(({ type }) => type === 'text'))
          expect(events.map((event) => (event as { text: string }).text).join('')).toBe(text);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(callCount).toBeGreaterThan(500);
});

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

test('whatever the arguments are, they come out as they went in', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,5}$/), json),
      fc.constantFrom(undefined, 2),
      (given, indent) => {
        const text = JSON.stringify({ name: 'f', parameters: given }, undefined, indent);
        expect(summary(read([text]))).toEqual([['f', given]]);
        const python = Object.entries(given).map(([name, value]) => `${name}=${pythonOf(value)}`);
        expect(summary(read([`[f(${python.join(', ')})]`]))).toEqual([['f', given]]);
      },
    ),
  );
});

/** As Python's `repr` would, more or less. */
function pythonOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  if (typeof value === 'string')
    return `'${value.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}'`;
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value!)
    .map(([name, part]) => `${pythonOf(name)}: ${pythonOf(part)}`)
    .join(', ')}}`;
}

test('long texts are read in a time that grows with their length', () => {
  const begun = performance.now();
  for (const part of [
    '[',
    '{"name": "f", "parameters": {"a": "',
    '[f(a=',
    '{',
    '"',
    '<|python_start|>',
    '{"name":"f","parameters":{"a":{}}} ',
  ]) {
    const reader = new ToolCallReader({ tools: { names, takes: () => true }, callsMax: Number.POSITIVE_INFINITY });
    for (let index = 0; index < 20_000; index++) reader.push(part);
    reader.end();
  }
  expect(performance.now() - begun).toBeLessThan(20_000);
});
