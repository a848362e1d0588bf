import { expect, test } from 'bun:test';
import type { GenerationRow } from '../../src/contract/generation-log.ts';
import { logPath, merge } from './use-log.ts';

const row = (id: string, second: number, cost = '0') =>
  ({ id, created_at: `2026-11-20T12:00:0${second}.000Z`, cost }) as GenerationRow;

test('what came meanwhile stands on top, each generation once, newest first', () => {
  const merged = merge([row('gen-4', 4), row('gen-2', 2, '7')], [row('gen-3', 3), row('gen-2', 2), row('gen-1', 1)]);
  expect(merged.map(({ id, cost }) => `${id} ${cost}`)).toEqual(['gen-4 0', 'gen-3 0', 'gen-2 7', 'gen-1 0']);
});

test('of one moment the larger id comes first, as the server has it', () => {
  expect(merge([row('gen-a', 1)], [row('gen-b', 1)]).map(({ id }) => id)).toEqual(['gen-b', 'gen-a']);
});

test('a filter and a cursor stand in the address', () => {
  expect(logPath({ model: 'a/b' }, 'c1')).toBe('/api/x/generations?model=a%2Fb&limit=100&cursor=c1');
});
