import { expect, test } from 'bun:test';
import type { KeyListing } from '../../src/contract/api-key.ts';
import { bodyOf, EMPTY_DRAFT, limitFacts, problemsOf, stateOf } from './key-facts.ts';

const NOW_MS = Date.parse('2026-11-20T12:00:00.000Z');
const key = { disabled: false, expires_at: null, limit: 5, limit_remaining: 3.8, limit_reset: 'monthly' } as KeyListing;

test('a limit is told by what is left of it in its window', () => {
  expect(limitFacts(key)?.text).toBe('$3.80 left of $5.00 this month');
  expect(limitFacts(key)?.share).toBeCloseTo(0.24);
  expect(limitFacts({ ...key, limit: null, limit_remaining: null })).toBeUndefined();
  expect(limitFacts({ ...key, limit: 0, limit_remaining: 0 })?.share).toBe(1);
});

test('a key is disabled, expired, used up or active, in this order', () => {
  const past = '2026-11-19T00:00:00.000Z';
  expect(stateOf({ ...key, disabled: true, expires_at: past }, NOW_MS)).toBe('disabled');
  expect(stateOf({ ...key, expires_at: past, limit_remaining: 0 }, NOW_MS)).toBe('expired');
  expect(stateOf({ ...key, limit_remaining: 0 }, NOW_MS)).toBe('used up');
  expect(stateOf(key, NOW_MS)).toBe('active');
});

test('a draft is refused field by field, and sent with none where nothing was typed', () => {
  const wrong = { name: ' ', limit: 'much', reset: '', expires: '2026-11-19', includesByok: false };
  expect(Object.keys(problemsOf(wrong, NOW_MS))).toEqual(['name', 'limit', 'expires']);
  expect(Object.keys(problemsOf({ ...EMPTY_DRAFT, name: 'a', reset: 'daily' }, NOW_MS))).toEqual(['reset']);
  const draft = { ...EMPTY_DRAFT, name: ' batch ', limit: '0.25', reset: 'daily', expires: '2026-11-20' };
  expect(problemsOf(draft, NOW_MS)).toEqual({});
  expect(bodyOf(draft, true)).toEqual({
    name: 'batch',
    limit: 0.25,
    limit_reset: 'daily',
    include_byok_in_limit: false,
    expires_at: '2026-11-20T23:59:59Z',
  });
  expect(bodyOf({ ...EMPTY_DRAFT, name: 'a' }, false)).toEqual({
    name: 'a',
    limit: null,
    limit_reset: null,
    include_byok_in_limit: false,
  });
});
