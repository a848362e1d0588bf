import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { RequestFeatures } from '../generation/request.ts';
import {
  type AutoCandidate,
  chooseModels,
  isAllowed,
  isAutoSlug,
  isSameChoice,
  matchesPattern,
  percentileOf,
  tierOf,
} from './auto-model.ts';

const FEATURES = {
  parameters: [],
  hasTools: false,
  promptTokensEstimate: 500,
} as unknown as RequestFeatures;

function candidate(modelId: string, percentile: number, more: Partial<AutoCandidate> = {}): AutoCandidate {
  return { modelId, percentile, cost: percentile, releasedDay: 20_000, isUnwell: false, ...more };
}

test('only slugs that stand for it ask for a choice, with or without a variant', () => {
  const wish = { slugs: ['trunkline/auto', 'any/auto'] };
  expect(['trunkline/auto', 'Any/Auto:nitro'].every((slug) => isAutoSlug(slug, wish))).toBe(true);
  expect(['any/auto-beta', 'auto', 'acme/auto'].some((slug) => isAutoSlug(slug, wish))).toBe(false);
  expect(isAutoSlug('trunkline/auto', undefined)).toBe(false);
});

describe('the cost tier', () => {
  test('grows with what is asked for', () => {
    const tier = (more: Partial<RequestFeatures>) => tierOf({ ...FEATURES, ...more });
    expect(tier({ promptTokensEstimate: 50 })).toBe('low');
    expect(tier({ promptTokensEstimate: 50, parameters: ['response_format'] })).toBe('medium');
    expect(tier({})).toBe('medium');
    expect(tier({ hasTools: true })).toBe('high');
    expect(tier({ hasTools: true, parameters: ['reasoning'] })).toBe('xhigh');
    expect(tier({ hasTools: true, parameters: ['reasoning'], promptTokensEstimate: 100_000 })).toBe('max');
  });

  test('is the caller’s where given, and an empty band gives way to the cheaper one first', () => {
    const all = [candidate('a/low', 5), candidate('a/medium', 25), candidate('a/max', 95)];
    const choose = (costTier: 'low' | 'high' | 'max') =>
      chooseModels(all, { ...FEATURES, auto: { slugs: [], costTier } }, 1).chosen;
    expect(choose('max')).toEqual(['a/max', 'a/medium', 'a/low']);
    expect(choose('high')).toEqual(['a/medium', 'a/low', 'a/max']);
    expect(choose('low')[0]).toBe('a/low');
  });
});

test('in a band what is well comes first, then what is new, then what is cheap', () => {
  const all = [
    candidate('a/old', 21, { releasedDay: 19_000 }),
    candidate('a/unwell', 22, { releasedDay: 21_000, isUnwell: true }),
    candidate('a/new-dear', 30, { releasedDay: 20_010 }),
    candidate('a/new-cheap', 23, { releasedDay: 20_003 }),
  ];
  expect(chooseModels(all, FEATURES, 1).chosen).toEqual(['a/new-cheap', 'a/new-dear', 'a/old', 'a/unwell']);
});

test('exclusion wins, and a listing has to be named', () => {
  expect(isAllowed('meta/llama', undefined)).toBe(true);
  expect(isAllowed('meta/llama', { slugs: [], allowed: ['meta/*'], excluded: ['*/llama'] })).toBe(false);
  expect(isAllowed('meta/llama', { slugs: [], allowed: ['openai/*'] })).toBe(false);
  expect(isAllowed('meta/llama:free', { slugs: [], allowed: ['meta/*'] })).toBe(false);
  expect(isAllowed('meta/llama:free', { slugs: [], allowed: ['meta/*:free'] })).toBe(true);
});

test('a star stands for any letters, and nothing else has a meaning', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['a/b', 'a/b', true],
    ['a/b', '*', true],
    ['a/b', 'a/*', true],
    ['a/b', '*b', true],
    ['a/b', 'a*a/b', false],
    ['a/bcd', 'a/*c*', true],
    ['a.b/c', 'axb/c', false],
    ['a/B', 'A/b', true],
  ];
  for (const [text, pattern, expected] of cases)
    expect([text, pattern, matchesPattern(text, pattern)]).toEqual([text, pattern, expected]);
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '.', '/'), { maxLength: 12 })
    .map((letters) => letters.join(''));
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '/'), { maxLength: 20 }), pattern, (letters, stars) => {
      const reference = new RegExp(`^${stars.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`, 's');
      expect(matchesPattern(letters.join(''), stars)).toBe(reference.test(letters.join('')));
    }),
  );
  // Nothing that a caller writes makes it slow.
  expect(matchesPattern('a'.repeat(200), `${'*a'.repeat(500)}b`)).toBe(false);
});

test('the percentile is the share of models that are cheaper', () => {
  expect([1, 2, 4, 9].map((cost) => percentileOf(cost, [1, 2, 2, 4]))).toEqual([0, 25, 75, 100]);
  expect(percentileOf(1, [])).toBe(0);
});

const candidates = fc.uniqueArray(
  fc.record({
    modelId: fc.integer({ min: 0, max: 99 }).map((n) => `a/m${n}`),
    percentile: fc.integer({ min: 0, max: 99 }),
    cost: fc.integer({ min: 0, max: 5 }),
    releasedDay: fc.integer({ min: 19_000, max: 20_000 }),
    isUnwell: fc.boolean(),
  }),
  { selector: ({ modelId }) => modelId, maxLength: 60 },
);

test('the choice depends on the candidates and the seed alone, and can be made again from what is kept', () => {
  fc.assert(
    fc.property(candidates, fc.nat(), fc.nat(), (all, seed, turn) => {
      const choice = chooseModels(all, FEATURES, seed);
      const turned = [...all.slice(turn % (all.length + 1)), ...all.slice(0, turn % (all.length + 1))];
      expect(chooseModels(turned, FEATURES, seed)).toEqual(choice);
      expect(isSameChoice(choice, FEATURES)).toBe(true);
      expect(choice.chosen.length).toBe(Math.min(4, all.length));
      if (choice.chosen.length > 1) {
        expect(isSameChoice({ ...choice, chosen: [...choice.chosen].reverse() }, FEATURES)).toBe(false);
      }
    }),
  );
});
