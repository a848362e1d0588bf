import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { PromptPiece } from '../generation/request.ts';
import { PrefixIndex } from './prefix-index.ts';
import { makePromptChain, type PromptChain } from './prompt-chain.ts';

const encoder = new TextEncoder();
const text = (words: string): PromptPiece => ({ bytes: encoder.encode(words), isMedia: false });
const picture = (words: string): PromptPiece => ({ bytes: encoder.encode(words), isMedia: true });
const chain = (...pieces: readonly (PromptPiece | string)[]): PromptChain =>
  makePromptChain(
    pieces.map((piece) => (typeof piece === 'string' ? text(piece) : piece)),
    'author/model',
    'home',
  );
/** Text of so many blocks that differs from block to block. */
const blocks = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name} ${index}`.padEnd(64, '.')).join('');

describe('the chain of a prompt', () => {
  test('is the same however its text is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        expect(chain(...pieces)).toEqual(chain(pieces.join('')));
      }),
    );
  });

  test('has the keys of another one exactly as far as both are the same', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (shared, mine, yours) => {
        const a = chain(blocks('shared', shared), blocks('a', mine));
        const b = chain(blocks('shared', shared), blocks('b', yours));
        const same = a.keys.filter((key, index) => key === b.keys[index]).length;
        expect([same, a.keys.length, b.keys.length]).toEqual([shared, shared + mine, shared + yours]);
      }),
    );
  });

  test('shares nothing with another tenant or model', () => {
    const words = [text(blocks('shared', 4))];
    const keys = [
      makePromptChain(words, 'author/model', 'home').keys,
      makePromptChain(words, 'author/model', 'other').keys,
      makePromptChain(words, 'author/model2', 'home').keys,
    ];
    expect(new Set(keys.flat()).size).toBe(12);
  });

  test('takes a picture as one block, the same wherever it stands in the text, and counts it like a thousand tokens', () => {
    const cat = chain('short', picture('cat'));
    expect([cat.keys.length, cat.ends]).toEqual([2, [5, 4005]]);
    expect(chain('short', picture('dog')).keys[0]).toBe(cat.keys[0]!);
    expect(chain('short', picture('dog')).keys[1]).not.toBe(cat.keys[1]!);
    expect(chain('short', picture('cat'), blocks('more', 1)).keys.slice(0, 2)).toEqual([...cat.keys]);
  });

  test('of a prompt of 20 MB ends after four million bytes', () => {
    const long = makePromptChain([text('x'.repeat(20_000_000))], 'author/model', 'home');
    expect([long.keys.length, long.size]).toEqual([65_536, 20_000_000]);
  });
});

describe('the index', () => {
  test('knows how much of a prompt an engine has seen', () => {
    const index = new PrefixIndex();
    const asked = chain(blocks('system', 6), blocks('question', 2), 'tail');
    expect(index.match('a', asked)).toEqual({ any: 0, chat: 0 });
    index.add('a', chain(blocks('system', 6), blocks('another', 4)));
    expect(index.match('a', asked)).toEqual({ any: (6 * 64) / (8 * 64 + 4), chat: 0 });
    expect(index.match('b', asked)).toEqual({ any: 0, chat: 0 });
    index.add('a', asked);
    expect(index.match('a', asked).any).toBe((8 * 64) / (8 * 64 + 4));
  });

  test('tells the next turn of a chat from a new chat with the same beginning', () => {
    const index = new PrefixIndex();
    index.add('a', chain(blocks('system', 6), blocks('hello', 2)));
    const nextTurn = chain(blocks('system', 6), blocks('hello', 2), blocks('answer', 2));
    const newChat = chain(blocks('system', 6), blocks('other', 4));
    expect(index.match('a', nextTurn)).toEqual({ any: 0.8, chat: 0.8 });
    expect(index.match('a', newChat)).toEqual({ any: 0.6, chat: 0 });
  });

  test('forgets what was used longest ago, and the end of a prompt before its beginning', () => {
    const index = new PrefixIndex();
    const [old, recent] = [chain(blocks('old', 800)), chain(blocks('recent', 600))];
    index.resize('a', 1024 * 16);
    index.add('a', old);
    index.add('a', recent);
    expect(index.match('a', recent).any).toBe(1);
    expect(index.match('a', old).any).toBeCloseTo(424 / 800, 5);
    index.add('a', old);
    expect(index.match('a', old).any).toBe(1);
    expect(index.size).toBe(1024);
  });

  test('never holds more of an engine than its cache does, nor of all engines than there is memory for', () => {
    const index = new PrefixIndex();
    index.resize('small', 1);
    index.add('small', chain(blocks('long', 5_000)));
    expect(index.size).toBe(1_024);
    expect(index.match('small', chain(blocks('long', 5_000))).any).toBeCloseTo(1_024 / 5_000, 5);
  });

  test('forgets an engine that began anew', () => {
    const index = new PrefixIndex();
    const asked = chain(blocks('system', 6));
    index.add('a', asked);
    index.forget('a');
    expect([index.match('a', asked).any, index.size]).toEqual([0, 0]);
  });

  test('a short prompt fills no block and matches nothing', () => {
    const index = new PrefixIndex();
    index.add('a', chain('Hi'));
    expect(index.match('a', chain('Hi'))).toEqual({ any: 0, chat: 0 });
    expect(index.match('a', chain())).toEqual({ any: 0, chat: 0 });
  });
});
