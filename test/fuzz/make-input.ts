/** Seeded inputs for the parsers of streams: what providers send, and everything that can become of it on the way. */
import type { Random } from '../../src/base/random.ts';
import { readAnswers } from '../support/recordings.ts';

export interface FuzzInput {
  readonly bytes: Uint8Array;
  /** Where the network cuts it. */
  readonly cuts: readonly number[];
}

const encoder = new TextEncoder();
const seeds = readAnswers();

/** Pieces that break parsers: line ends, the format's own words, halves of characters, numbers beyond every type. */
const PIECES: readonly Uint8Array[] = [
  ...['data: ', 'data:', 'event: error\n', ': ping\n', '\n\n', '\r\n\r\n', '\r', '\n', '[DONE]', 'data: [DONE]\n\n'],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u',
    '\\ud83d',
    ',',
    ':',
    'null',
    'true',
    '1e400',
    '-0',
    '1E-7',
    '9007199254740993',
  ],
  ...[
    '{"error":',
    '"choices":[',
    '"delta":{',
    '"content":"',
    '"usage":{"prompt_tokens":-1',
    '"index":1e9',
    '"__proto__":',
  ],
  ...[
    '"finish_reason":"stop"',
    '"tool_calls":[{"index":',
    'id: 1\n',
    'retry: 5\n',
    '\ufeff',
    '\u2028',
    '\u0000',
    'é',
    '🐕',
  ],
]
  .map((text) => encoder.encode(text))
  .concat([Uint8Array.of(0xff), Uint8Array.of(0xc3), Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0xed, 0xa0, 0x80)]);

/** A slice of a recording, damaged, or pieces thrown together. Most are short, since the cost is in their number. */
export function makeInput(random: Random): FuzzInput {
  const kind = below(random, 10);
  const bytes = kind < 6 ? damage(random, slice(random)) : kind < 9 ? throwTogether(random) : nest(random);
  const cuts: number[] = [];
  for (let i = below(random, 4); i > 0; i--) cuts.push(below(random, bytes.length + 1));
  return { bytes, cuts: cuts.sort((a, b) => a - b) };
}

function slice(random: Random): Uint8Array {
  const seed = seeds[below(random, seeds.length)]!;
  const start = random.next() < 0.5 ? 0 : below(random, seed.length);
  const length = random.next() < 0.02 ? seed.length : 1 + below(random, 600);
  return seed.slice(start, start + length);
}

function damage(random: Random, bytes: Uint8Array): Uint8Array {
  let damaged = bytes;
  for (let i = below(random, 4); i > 0 && damaged.length > 0; i--) {
    const at = below(random, damaged.length);
    const how = below(random, 4);
    if (how === 0) damaged[at] = below(random, 256);
    else if (how === 1) damaged = damaged.subarray(0, at);
    else if (how === 2)
      damaged = join(damaged.subarray(0, at), PIECES[below(random, PIECES.length)]!, damaged.subarray(at));
    else damaged = join(damaged.subarray(0, at), damaged.subarray(Math.min(damaged.length, at + below(random, 20))));
  }
  return damaged;
}

function throwTogether(random: Random): Uint8Array {
  return join(...Array.from({ length: 1 + below(random, 12) }, () => PIECES[below(random, PIECES.length)]!));
}

/** Deeper than any limit, or the same key a thousand times. */
function nest(random: Random): Uint8Array {
  const depth = 1 + below(random, 200);
  const [open, close] = random.next() < 0.5 ? ['[', ']'] : ['{"a":', '}'];
  const text = open!.repeat(depth) + (random.next() < 0.8 ? '1' : '') + close!.repeat(below(random, depth + 1));
  return encoder.encode(random.next() < 0.5 ? `data: ${text}\n\n` : text);
}

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

export function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}
