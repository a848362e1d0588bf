import { TokenSets } from './token-sets.ts';

const encoder = new TextEncoder();
const joined = [
  '{"',
  '":',
  '": "',
  '", "',
  '"}',
  '"]',
  '}]',
  '}}',
  '[]',
  '{}',
  '[{"',
  ', ',
  ',\n  ',
  '\n',
  '  ',
  'true',
  'false',
  'null',
]
  .concat([
    'name',
    'value',
    'a',
    'ab',
    'abc',
    'xy',
    '12',
    '0.',
    '-1',
    '00',
    'e+',
    '\\u00',
    '\\n',
    '\\"',
    '"a":',
    '"kind": 0',
  ])
  .concat([
    'children',
    '@example.org',
    '2024-',
    '日本',
    'é',
    '😀',
    '"日',
    'T00:00:00Z',
    'a long run of plain text in one piece',
  ]);

/** Every byte, tokens of several, and some that begin or end within a character. Token 0 ends, token 1 is never text. */
const bytes: readonly Uint8Array[] = [
  new Uint8Array(),
  new Uint8Array(),
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...joined.map((text) => encoder.encode(text)),
  Uint8Array.of(0x61, 0xe6, 0x97),
  Uint8Array.of(0xa5, 0x22),
  Uint8Array.of(0xf0, 0x9f),
  Uint8Array.of(0x98, 0x80, 0x22, 0x2c),
  Uint8Array.of(0x31),
];

export const toyVocabulary = { size: bytes.length, bytes, endTokens: new Set([0]) };
export const toySets = new TokenSets(toyVocabulary);
